/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The names of the programs that have something open at POINT or below, as far as this user may know; at most LIMIT.
 * ROOT: what is before "/proc". Slow: reads all processes. Any thread. (transfer full) */
GStrv dio_usb_mount_users_list (const char *root, const char *point, guint limit);

G_END_DECLS
