/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/argv.h"

G_BEGIN_DECLS

/* The disk images of one run of a machine: nobody else has them meanwhile (image-lock.h), except to read what we only
 * read, too. */
typedef struct _DioRunImages DioRunImages;

/* Takes all of them. Fails with G_IO_ERROR_BUSY and a sentence that names who has one. Blocks: not for the main thread.
 */
DioRunImages *dio_run_images_new (DioMachineConfig *config, GError **error);
void dio_run_images_free (DioRunImages *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioRunImages, dio_run_images_free)

/* What the argument list has to say of them; FDS (of int) takes what makes them QEMU's. The pointers are SELF's. */
void dio_run_images_hand_over (DioRunImages *self, DioRunPaths *paths, GArray *fds);

G_END_DECLS
