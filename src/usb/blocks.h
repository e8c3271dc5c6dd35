/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The block devices of a USB device, and what they are used for. See usb/below.h for ROOT, below which "/proc" is made
 * up, too, and PATH. Any thread. */

/* Their names in sysfs ("sdb", "sdb1", "dm-0"): disks, partitions, what is made of them (LUKS, LVM, RAID), and all that
 * shares a btrfs with them. (transfer full): a set. */
GHashTable *dio_usb_blocks_find (const char *root, const char *path);
/* One file system that is mounted. */
typedef struct
{
  char *block; /* name in sysfs */
  char *point; /* a file name */
} DioUsbMount;
void dio_usb_mount_free (DioUsbMount *mount);
/* What is mounted of BLOCKS, in the order in which it was. (transfer full): an array of DioUsbMount. */
GPtrArray *dio_usb_blocks_list_mounts (const char *root, GHashTable *blocks);
/* TRUE: one of them is swapped to. */
gboolean dio_usb_blocks_have_swap (const char *root, GHashTable *blocks);
/* "MAJOR:MINOR" of a block device by its name in sysfs. (transfer full) (nullable) */
char *dio_usb_blocks_read_number (const char *root, const char *name);

G_END_DECLS
