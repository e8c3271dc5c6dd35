/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/below.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>

#define USAGE_PAGE 0x04
#define LONG_ITEM 0xfe
/* HID Usage Tables 1.4, 3: the FIDO Alliance's page. */
#define FIDO_PAGE 0xf1d0

GStrv
dio_usb_below_list (const char *root, const char *path, const char *class)
{
  g_autofree char *folder = g_strconcat (root, "/sys/class/", class, NULL);
  g_autofree char *inside = g_strconcat (path, "/", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *link = g_build_filename (folder, name, NULL);
      char *real = realpath (link, NULL);

      if (real && g_str_has_prefix (real, inside))
        g_strv_builder_add (names, name);
      free (real);
    }
  return g_strv_builder_end (names);
}

/* TRUE: BIT is set in one of the bit maps of an input device, "capabilities/NAME": words in hexadecimal, as large as
 * the kernel's, the lowest one last. */
static gboolean
has_bit (const char *map, guint bit)
{
  const guint bits = 8 * sizeof (long);
  g_auto (GStrv) words = g_strsplit (map, " ", 64);
  guint n = g_strv_length (words);

  return bit / bits < n && (g_ascii_strtoull (words[n - 1 - bit / bits], NULL, 16) >> bit % bits & 1);
}

static gboolean
has_bits (const char *map, guint first, guint last)
{
  for (guint bit = first; bit <= last; bit++)
    if (!has_bit (map, bit))
      return FALSE;
  return TRUE;
}

static char *
read_map (const char *input, const char *name)
{
  g_autofree char *path = g_build_filename (input, "capabilities", name, NULL);
  char *map = NULL;

  return g_file_get_contents (path, &map, NULL, NULL) ? g_strstrip (map) : g_strdup ("");
}

/* By what it can send, as udev's input_id tells them apart: a keyboard has all of its main keys, a headset with buttons
 * for the volume is none. */
static guint
find_input_kinds (const char *input)
{
  g_autofree char *keys = read_map (input, "key"), *rel = read_map (input, "rel"), *abs = read_map (input, "abs");
  const gboolean moves = has_bits (rel, REL_X, REL_Y), has_places = has_bits (abs, ABS_X, ABS_Y);
  const gboolean touches = has_bit (keys, BTN_TOUCH) || has_bit (keys, BTN_TOOL_PEN) ||
                           has_bit (keys, BTN_TOOL_FINGER) || has_bit (keys, BTN_LEFT);
  guint kinds = 0;

  if (has_bits (keys, KEY_ESC, KEY_S))
    kinds |= 1u << DIO_USB_KIND_KEYBOARD;
  if (has_bit (keys, BTN_JOYSTICK) || has_bit (keys, BTN_GAMEPAD))
    kinds |= 1u << DIO_USB_KIND_GAME_CONTROLLER;
  else if ((moves && has_bit (keys, BTN_LEFT)) || (has_places && touches))
    kinds |= 1u << DIO_USB_KIND_POINTER;
  return kinds;
}

/* TRUE: a report descriptor (HID 1.11, 6.2.2) has the usage page of FIDO's security keys. */
static gboolean
is_security_key (const guint8 *data, gsize size)
{
  for (gsize at = 0; at < size;)
    {
      const guint8 prefix = data[at++];
      gsize length = (prefix & 3) == 3 ? 4 : prefix & 3;

      if (prefix == LONG_ITEM)
        length = at < size ? data[at] + 2u : 0;
      if (length > size - at)
        return FALSE;
      if ((prefix & 0xfc) == USAGE_PAGE && length == 2 && (data[at] | data[at + 1] << 8) == FIDO_PAGE)
        return TRUE;
      at += length;
    }
  return FALSE;
}

static gboolean
has_security_key (const char *root, const char *path)
{
  g_auto (GStrv) names = dio_usb_below_list (root, path, "hidraw");

  for (char **name = names; *name; name++)
    {
      g_autofree char *file = g_strconcat (root, "/sys/class/hidraw/", *name, "/device/report_descriptor", NULL);
      g_autofree char *data = NULL;
      gsize size;

      if (g_file_get_contents (file, &data, &size, NULL) && is_security_key ((const guint8 *) data, size))
        return TRUE;
    }
  return FALSE;
}

guint
dio_usb_below_find_kinds (const char *root, const char *path)
{
  static const struct
  {
    const char *class;
    DioUsbKind kind;
  } classes[] = {
    { "net", DIO_USB_KIND_NETWORK },
    { "tty", DIO_USB_KIND_SERIAL },
    { "bluetooth", DIO_USB_KIND_BLUETOOTH },
  };
  g_auto (GStrv) inputs = dio_usb_below_list (root, path, "input");
  guint kinds = has_security_key (root, path) ? 1u << DIO_USB_KIND_SMART_CARD : 0;

  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      g_auto (GStrv) names = dio_usb_below_list (root, path, classes[i].class);

      kinds |= *names ? 1u << classes[i].kind : 0;
    }
  for (char **name = inputs; *name; name++)
    {
      g_autofree char *input = g_strconcat (root, "/sys/class/input/", *name, NULL);

      kinds |= find_input_kinds (input);
    }
  return kinds;
}
