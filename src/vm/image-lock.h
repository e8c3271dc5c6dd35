/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Which of this user's machines has which image: a file below $XDG_RUNTIME_DIR/diorama/images/ for each, named for the
 * image's host path and for its device and inode (two names of one file are one), locked (OFD locks) while it is in
 * use; several may read, one may write. Beside QEMU's own locks, which some file systems do not have, and which do not
 * tell whose they are. Any thread may use them; they look at files, and so are not for the main one. */
typedef struct _DioImageLock DioImageLock;

/* OWNER: the machine's name. Fails with G_IO_ERROR_BUSY and a sentence that names who has it: a machine of ours, or
 * another process (found by QEMU's locks on the file and in /proc), as far as can be known. Does not wait. */
DioImageLock *dio_image_lock_take (const char *path, gboolean writes, const char *owner, GError **error);
void dio_image_lock_release (DioImageLock *self);
/* Adds to FDS (of int) descriptors for the process that uses the image: as long as it lives the image stays locked,
 * even if that outlives us. */
void dio_image_lock_add_fds (DioImageLock *self, GArray *fds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioImageLock, dio_image_lock_release)

/* Who has the image at PATH so that it cannot be written now: a sentence, or NULL: nobody. (transfer full) */
char *dio_image_lock_dup_holder (const char *path);

G_END_DECLS
