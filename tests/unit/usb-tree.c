/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb-tree.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/devices/pci0000:00/0000:00:14.0/usb1/"

void
usb_tree_init (UsbTree *tree)
{
  g_autofree char *made = g_dir_make_tmp ("diorama-usb-XXXXXX", NULL);
  char *real = realpath (made, NULL);

  tree->root = g_strdup (real);
  free (real);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);

      remove_all (inside);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

void
usb_tree_clear (UsbTree *tree)
{
  remove_all (tree->root);
  g_clear_pointer (&tree->root, g_free);
}

static char *
make_parent (UsbTree *tree, const char *path)
{
  char *file = g_strconcat (tree->root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (file);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return file;
}

void
usb_tree_write_data (UsbTree *tree, const char *path, const void *data, gsize size)
{
  g_autofree char *file = make_parent (tree, path);

  g_assert_true (g_file_set_contents (file, data, (gssize) size, NULL));
}

void
usb_tree_write (UsbTree *tree, const char *path, const char *text)
{
  usb_tree_write_data (tree, path, text, strlen (text));
}

void
usb_tree_link (UsbTree *tree, const char *path, const char *target)
{
  g_autofree char *file = make_parent (tree, path);

  g_assert_cmpint (symlink (target, file), ==, 0);
}

char *
usb_tree_device (UsbTree *tree, const char *port)
{
  g_autofree char *path = g_strconcat (DEVICES, port, "/busnum", NULL);

  usb_tree_write (tree, path, "1\n");
  return g_strconcat (tree->root, DEVICES, port, NULL);
}

void
usb_tree_add (UsbTree *tree, const char *port, const char *class, const char *parent, const char *name)
{
  g_autofree char *device =
      g_strconcat (DEVICES, port, "/", port, ":1.0/", class, parent ? "/" : "", parent ? parent : "", "/", name, NULL);
  g_autofree char *event = g_strconcat (device, "/uevent", NULL);
  g_autofree char *link = g_strconcat ("/sys/class/", class, "/", name, NULL);
  g_autofree char *target = g_strconcat ("../../..", device, NULL);

  usb_tree_write (tree, event, "");
  usb_tree_link (tree, link, target);
}

static void
write_number (UsbTree *tree, const char *name, const char *number)
{
  g_autofree char *file = g_strconcat ("/sys/class/block/", name, "/dev", NULL);
  g_autofree char *line = g_strconcat (number, "\n", NULL);

  usb_tree_write (tree, file, line);
}

void
usb_tree_add_block (UsbTree *tree, const char *port, const char *parent, const char *name, const char *number)
{
  usb_tree_add (tree, port, "block", parent, name);
  write_number (tree, name, number);
}

void
usb_tree_add_holder (UsbTree *tree, const char *on, const char *name, const char *number, const char *mapper)
{
  g_autofree char *event = g_strconcat ("/sys/devices/virtual/block/", name, "/uevent", NULL);
  g_autofree char *link = g_strconcat ("/sys/class/block/", name, NULL);
  g_autofree char *target = g_strconcat ("../../../sys/devices/virtual/block/", name, NULL);
  g_autofree char *holder = g_strconcat ("/sys/class/block/", on, "/holders/", name, NULL);
  g_autofree char *over = g_strconcat (tree->root, "/sys/devices/virtual/block/", name, NULL);
  g_autofree char *linked = g_strconcat (tree->root, link, NULL);
  g_autofree char *said = g_strconcat (mapper, "\n", NULL);
  g_autofree char *called = g_strconcat ("/sys/class/block/", name, "/dm/name", NULL);

  usb_tree_write (tree, event, "");
  if (!g_file_test (linked, G_FILE_TEST_EXISTS))
    usb_tree_link (tree, link, target);
  usb_tree_link (tree, holder, over);
  write_number (tree, name, number);
  usb_tree_write (tree, called, said);
}
