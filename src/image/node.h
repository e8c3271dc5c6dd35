/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/report.h"

G_BEGIN_DECLS

/* What QEMU's tools are told of an image, with all of its files named, of which format each is, and that there is
 * nothing below the last: without locks, and read-only unless WRITABLE, which is of the image only. PATHS, FORMATS: of
 * the image, then of what it is written over, N in all. ENCRYPTION: (nullable) the image's, as in a report; SECRET: the
 * id of the object with its passphrase. As JSON, with the node name "disk". (transfer full) */
char *dio_image_node_to_json (const char *const *paths, const char *const *formats, guint n, gboolean writable,
                              const char *encryption, const char *secret);

G_END_DECLS
