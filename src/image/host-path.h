/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Inside a sandbox the document portal shows files of the host below /run/user/UID/doc. Users know them by the host's
 * path; and QEMU's locks do not work there (F_OFD_GETLK is answered with EIO), so that every such file is opened with
 * locking off, and kept apart by our own locks (vm/image-lock.h). */

/* Whether PATH is one of the portal's. No I/O but statfs. */
gboolean dio_path_is_portal (const char *path);
/* PATH as the host has it: the portal's attribute user.document-portal.host-path, else PATH itself. (transfer full) */
char *dio_path_dup_host (const char *path);

G_END_DECLS
