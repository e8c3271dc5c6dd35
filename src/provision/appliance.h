/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/ovf.h"
#include "image/qemu-img.h"

G_BEGIN_DECLS

/* The files of an appliance, in a tar (OVA) or in a folder (OVF). Only what its description lists is ever opened, and
 * only files that are the appliance's own. Blocks; one thread at a time. */
typedef struct _DioAppliance DioAppliance;

/* Reads the description and the list of checksums, and checks the one by the other. PATH: an .ova or .ovf. */
DioAppliance *dio_appliance_open (const char *path, GError **error);
void dio_appliance_free (DioAppliance *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioAppliance, dio_appliance_free)

/* (transfer none) */
DioOvf *dio_appliance_get_ovf (DioAppliance *self);
/* Bytes of all the files that it lists; TRUE once each of them was seen to be there. */
gboolean dio_appliance_measure (DioAppliance *self, guint64 *ret_bytes, GError **error);

/* Called for each disk with a file, in the order in which they are in the package, with the path of the file, which may
 * be changed or removed if OWN. */
typedef gboolean (*DioApplianceFunc) (guint disk, const char *path, gboolean own, gpointer data, GError **error);

/* Unpacks the files of the disks, one after the other, into the file PART, unless they can be read where they are, and
 * checks them; then calls FUNC. BEFORE (nullable): called before each, for who tells how far the work is. */
gboolean dio_appliance_take_disks (DioAppliance *self, const char *part, void (*before) (guint disk, gpointer data),
                                   DioApplianceFunc func, DioProgressFunc progress, gpointer data,
                                   GCancellable *cancellable, GError **error);

G_END_DECLS
