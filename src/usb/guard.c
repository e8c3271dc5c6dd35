/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/guard.h"

#include "usb/below.h"
#include "usb/blocks.h"
#include "usb/routes.h"

#include <string.h>

/* A key that types passwords, or a controller, is not what a computer is used with. */
static gboolean
is_input (const char *root, const char *path, DioUsbKind kind)
{
  return kind != DIO_USB_KIND_SMART_CARD && kind != DIO_USB_KIND_GAME_CONTROLLER &&
         (dio_usb_below_find_kinds (root, path) & (1u << DIO_USB_KIND_KEYBOARD | 1u << DIO_USB_KIND_POINTER));
}

/* Where the system itself is, and the homes: what users mount is elsewhere, or deeper in their own folders. */
static gboolean
is_of_system (const char *point)
{
  /* /run/… and /lib/live: what systems mount that run from a stick. */
  static const char *const trees[] = { "/usr",           "/var",      "/boot",  "/efi",      "/etc",
                                       "/opt",           "/nix",      "/gnu",   "/srv",      "/sysroot",
                                       "/run/initramfs", "/run/live", "/cdrom", "/lib/live", "/run/archiso" };

  for (gsize i = 0; i < G_N_ELEMENTS (trees); i++)
    if (g_str_has_prefix (point, trees[i]) && strchr ("/", point[strlen (trees[i])]))
      return TRUE;
  if (g_str_has_prefix (point, "/home") && strchr ("/", point[strlen ("/home")]))
    return point[strlen ("/home")] == '\0' || !strchr (point + strlen ("/home/"), '/');
  return g_str_equal (point, "/") || g_str_equal (point, "/root");
}

static gboolean
is_system (const char *root, const char *path)
{
  g_autoptr (GHashTable) blocks = dio_usb_blocks_find (root, path);
  g_autoptr (GPtrArray) mounts = dio_usb_blocks_list_mounts (root, blocks);

  for (guint i = 0; i < mounts->len; i++)
    if (is_of_system (((DioUsbMount *) g_ptr_array_index (mounts, i))->point))
      return TRUE;
  return dio_usb_blocks_have_swap (root, blocks);
}

DioUsbGuard
dio_usb_guard_find (const char *root, const char *path, DioUsbKind kind)
{
  if (kind == DIO_USB_KIND_HUB)
    return DIO_USB_GUARD_HUB;
  if (is_system (root, path))
    return DIO_USB_GUARD_SYSTEM;
  if (dio_usb_routes_lead_through (root, path))
    return DIO_USB_GUARD_NETWORK;
  return is_input (root, path, kind) ? DIO_USB_GUARD_INPUT : DIO_USB_GUARD_NONE;
}
