/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/host-path.h"

#include <sys/vfs.h>
#include <sys/xattr.h>

#define FUSE_MAGIC 0x65735546 /* Linux's include/uapi/linux/magic.h */
#define HOST_PATH_ATTRIBUTE "user.document-portal.host-path"
#define MAX_PATH 65536

gboolean
dio_path_is_portal (const char *path)
{
  g_autofree char *root = g_build_filename (g_get_user_runtime_dir (), "doc", "", NULL);
  struct statfs where;

  g_return_val_if_fail (path != NULL, FALSE);

  return g_str_has_prefix (path, root) && statfs (path, &where) == 0 && where.f_type == FUSE_MAGIC;
}

char *
dio_path_dup_host (const char *path)
{
  g_autofree char *host = NULL;
  gssize n;

  if (!dio_path_is_portal (path))
    return g_strdup (path);
  host = g_malloc0 (MAX_PATH + 1);
  n = getxattr (path, HOST_PATH_ATTRIBUTE, host, MAX_PATH);
  return n > 0 && g_path_is_absolute (host) ? g_strdup (host) : g_strdup (path);
}
