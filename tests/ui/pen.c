/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Preloaded, it makes a pen of the mouse: GTK says of each event that it was made with one. There is no way to inject
 * one's events into a compositor that has no devices; what they are to a program apart from this is the same. */

#include <gtk/gtk.h>

GdkDeviceTool *
gdk_event_get_device_tool (GdkEvent *event)
{
  static GdkDeviceTool *pen;

  if (!pen)
    pen = g_object_new (GDK_TYPE_DEVICE_TOOL, "tool-type", GDK_DEVICE_TOOL_TYPE_PEN, NULL);
  return pen;
}
