/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

/* A made-up computer: a folder with a /sys and a /proc. */
typedef struct
{
  char *root;
} UsbTree;

void usb_tree_init (UsbTree *tree);
void usb_tree_clear (UsbTree *tree);
/* PATH is as in the computer, below its folder; what leads there is made. */
void usb_tree_write (UsbTree *tree, const char *path, const char *text);
void usb_tree_write_data (UsbTree *tree, const char *path, const void *data, gsize size);
void usb_tree_link (UsbTree *tree, const char *path, const char *target);
/* (transfer full): the device at PORT, in the made-up sysfs. */
char *usb_tree_device (UsbTree *tree, const char *port);
/* A device of CLASS below what is at PORT. PARENT: (nullable): a device of that class that it is in. */
void usb_tree_add (UsbTree *tree, const char *port, const char *class, const char *parent, const char *name);
/* A disk or partition; and what is made of others: NAME is among HOLDERS of ON, and has no port. */
void usb_tree_add_block (UsbTree *tree, const char *port, const char *parent, const char *name, const char *number);
void usb_tree_add_holder (UsbTree *tree, const char *on, const char *name, const char *number, const char *mapper);
