/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/mount-users.h"

#include "usb/text.h"

#include <string.h>

#define MAX_NAME 32

static gboolean
leads_below (const char *link, const char *point)
{
  g_autofree char *target = g_file_read_link (link, NULL);

  return target && g_str_has_prefix (target, point) && strchr ("/", target[strlen (point)]);
}

static gboolean
uses (const char *process, const char *point)
{
  static const char *const links[] = { "cwd", "root", "exe" };
  g_autofree char *files = g_build_filename (process, "fd", NULL);
  g_autoptr (GDir) dir = NULL;
  const char *number;

  for (gsize i = 0; i < G_N_ELEMENTS (links); i++)
    {
      g_autofree char *link = g_build_filename (process, links[i], NULL);

      if (leads_below (link, point))
        return TRUE;
    }
  dir = g_dir_open (files, 0, NULL);
  while (dir && (number = g_dir_read_name (dir)))
    {
      g_autofree char *link = g_build_filename (files, number, NULL);

      if (leads_below (link, point))
        return TRUE;
    }
  return FALSE;
}

GStrv
dio_usb_mount_users_list (const char *root, const char *point, guint limit)
{
  g_autofree char *folder = g_strconcat (root, "/proc", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *number;

  while (dir && g_hash_table_size (names) < limit && (number = g_dir_read_name (dir)))
    {
      g_autofree char *process = g_build_filename (folder, number, NULL), *said = NULL, *name = NULL;
      g_autofree char *comm = g_build_filename (process, "comm", NULL);

      if (!g_ascii_isdigit (*number) || !uses (process, point) || !g_file_get_contents (comm, &said, NULL, NULL))
        continue;
      name = dio_usb_text_clean (said, MAX_NAME);
      if (name && g_hash_table_add (names, g_strdup (name)))
        g_strv_builder_add (builder, name);
    }
  return g_strv_builder_end (builder);
}
