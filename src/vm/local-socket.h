/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Unix stream sockets with a name. Each returns -1 with an error. */

/* A listening one at PATH, in place of what is there; close-on-exec. */
int dio_local_socket_listen (const char *path, GError **error);
/* A connected one. Does not block: fails with G_IO_ERROR_WOULD_BLOCK when others are still waiting to be let in. */
int dio_local_socket_connect (const char *path, GError **error);

G_END_DECLS
