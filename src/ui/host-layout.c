/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/host-layout.h"

#include "input/layouts.h"

char *
dio_host_layout_find (GdkDisplay *display, GListModel *layouts)
{
  GdkSeat *seat = gdk_display_get_default_seat (display);
  GdkDevice *keyboard = seat ? gdk_seat_get_keyboard (seat) : NULL;
  g_auto (GStrv) titles = keyboard ? gdk_device_get_layout_names (keyboard) : NULL;
  int active = keyboard ? gdk_device_get_active_layout_index (keyboard) : -1;
  char *name = NULL;

  if (titles && active >= 0 && (guint) active < g_strv_length (titles))
    name = dio_layouts_find (layouts, titles[active]);
  return name ? name : g_strdup ("us");
}
