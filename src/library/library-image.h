/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"

G_BEGIN_DECLS

/* What an image is to the machines that there are. */
typedef enum
{
  DIO_IMAGE_USE_NONE,
  DIO_IMAGE_USE_LAYER, /* a disk of a machine is written over it: whoever changes it destroys that disk */
  DIO_IMAGE_USE_DISK   /* it is a machine's disk */
} DioImageUse;

/* Looks in the definitions of all machines of LIBRARY, once it has been looked through, for the file with HOST_PATH (as
 * the host calls it), DEVICE and INODE: a file may have several names. Discs in drives do not count: many machines may
 * read one. Main thread; reads in a thread. */
void dio_library_find_image_async (DioLibrary *self, const char *host_path, guint64 device, guint64 inode,
                                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* RET_MACHINE: (out) (optional) (nullable) (transfer full). */
DioImageUse dio_library_find_image_finish (DioLibrary *self, GAsyncResult *result, DioLibraryMachine **ret_machine,
                                           GError **error);

G_END_DECLS
