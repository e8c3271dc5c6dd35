/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/blocks.h"

#include "usb/below.h"

#include <stdlib.h>
#include <string.h>

/* More than anybody builds on a disk; a loop in a made-up sysfs ends here as well. */
#define MAX_BLOCKS 512

void
dio_usb_mount_free (DioUsbMount *mount)
{
  g_free (mount->block);
  g_free (mount->point);
  g_free (mount);
}

/* The lines of a file of the kernel's; none if there is no such file. */
static GStrv
read_lines (const char *root, const char *path)
{
  g_autofree char *file = g_strconcat (root, path, NULL), *text = NULL;

  return g_strsplit (g_file_get_contents (file, &text, NULL, NULL) ? text : "", "\n", -1);
}

static void
add_folder (GPtrArray *names, GHashTable *set, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)) && names->len < MAX_BLOCKS)
    if (g_hash_table_add (set, g_strdup (name)))
      g_ptr_array_add (names, g_strdup (name));
}

/* A btrfs can be on several disks, and is mounted from any of them: /sys/fs/btrfs/UUID/devices. */
static void
add_btrfs (GPtrArray *names, GHashTable *set, const char *root, const char *name)
{
  g_autofree char *all = g_strconcat (root, "/sys/fs/btrfs", NULL);
  g_autoptr (GDir) dir = g_dir_open (all, 0, NULL);
  const char *uuid;

  while (dir && (uuid = g_dir_read_name (dir)))
    {
      g_autofree char *folder = g_build_filename (all, uuid, "devices", NULL);
      g_autofree char *own = g_build_filename (folder, name, NULL);

      if (g_file_test (own, G_FILE_TEST_EXISTS))
        add_folder (names, set, folder);
    }
}

GHashTable *
dio_usb_blocks_find (const char *root, const char *path)
{
  g_auto (GStrv) disks = dio_usb_below_list (root, path, "block");
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (char **disk = disks; *disk; disk++)
    if (g_hash_table_add (set, g_strdup (*disk)))
      g_ptr_array_add (names, g_strdup (*disk));
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *holders = g_strconcat (root, "/sys/class/block/", name, "/holders", NULL);

      add_folder (names, set, holders);
      add_btrfs (names, set, root, name);
    }
  return set;
}

char *
dio_usb_blocks_read_number (const char *root, const char *name)
{
  g_autofree char *path = g_strconcat (root, "/sys/class/block/", name, "/dev", NULL);
  char *number = NULL;

  return g_file_get_contents (path, &number, NULL, NULL) ? g_strstrip (number) : NULL;
}

/* Spaces and the like are \040 in the kernel's lists; in place. */
static char *
unescape (char *text)
{
  char *to = text;

  for (const char *from = text; *from; to++)
    if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' &&
        from[3] <= '7')
      {
        *to = (char) ((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
        from += 4;
      }
    else
      *to = *from++;
  *to = '\0';
  return text;
}

static char *
read_mapper_name (const char *root, const char *block)
{
  g_autofree char *path = g_strconcat (root, "/sys/class/block/", block, "/dm/name", NULL);
  char *name = NULL;

  return g_file_get_contents (path, &name, NULL, NULL) ? g_strstrip (name) : NULL;
}

/* Which of BLOCKS a node in /dev is (transfer none); by its name, since a made-up /dev has no nodes. */
static const char *
find_node (const char *root, GHashTable *blocks, const char *node)
{
  char *real = realpath (node, NULL);
  g_autofree char *name = g_path_get_basename (real ? real : node), *mapper = g_path_get_basename (node);
  GHashTableIter iter;
  gpointer block;

  free (real);
  if (!g_str_has_prefix (node, "/dev/"))
    return NULL;
  if (g_hash_table_lookup_extended (blocks, name, &block, NULL))
    return block;
  g_hash_table_iter_init (&iter, blocks);
  while (g_str_has_prefix (node, "/dev/mapper/") && g_hash_table_iter_next (&iter, &block, NULL))
    {
      g_autofree char *is = read_mapper_name (root, block);

      if (g_strcmp0 (is, mapper) == 0)
        return block;
    }
  return NULL;
}

static const char *
find_number (const char *root, GHashTable *blocks, const char *number)
{
  GHashTableIter iter;
  gpointer block;

  g_hash_table_iter_init (&iter, blocks);
  while (g_hash_table_iter_next (&iter, &block, NULL))
    {
      g_autofree char *is = dio_usb_blocks_read_number (root, block);

      if (g_strcmp0 (is, number) == 0)
        return block;
    }
  return NULL;
}

/* FIELDS: of a line of mountinfo (proc_pid_mountinfo(5)): 2 is the number of the device, or one of the file system's
 * own (btrfs), 4 the place; after a lone hyphen come the type and what was mounted. */
static const char *
find_mounted (const char *root, GHashTable *blocks, char **fields)
{
  const char *block = find_number (root, blocks, fields[2]);
  guint i = 6;

  while (!block && fields[i] && !g_str_equal (fields[i], "-"))
    i++;
  if (block || g_strv_length (fields) < i + 3)
    return block;
  return find_node (root, blocks, unescape (fields[i + 2]));
}

GPtrArray *
dio_usb_blocks_list_mounts (const char *root, GHashTable *blocks)
{
  GPtrArray *mounts = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_usb_mount_free);
  g_auto (GStrv) lines = g_hash_table_size (blocks) > 0 ? read_lines (root, "/proc/self/mountinfo") : NULL;

  for (char **line = lines; line && *line; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, " ", -1);
      const char *block = g_strv_length (fields) > 6 ? find_mounted (root, blocks, fields) : NULL;
      DioUsbMount *mount;

      if (!block)
        continue;
      mount = g_new (DioUsbMount, 1);
      *mount = (DioUsbMount) { g_strdup (block), g_strdup (unescape (fields[4])) };
      g_ptr_array_add (mounts, mount);
    }
  return mounts;
}

gboolean
dio_usb_blocks_have_swap (const char *root, GHashTable *blocks)
{
  g_auto (GStrv) lines = g_hash_table_size (blocks) > 0 ? read_lines (root, "/proc/swaps") : NULL;

  for (char **line = lines; line && *line; line++)
    {
      (*line)[strcspn (*line, " \t")] = '\0';
      if (find_node (root, blocks, unescape (*line)))
        return TRUE;
    }
  return FALSE;
}
