/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Preloaded, it changes what GTK says of the host. The mouse is a pen: there is no way to inject one's events into a
 * compositor that has no devices, and what they are to a program apart from this is the same. And the desktop keeps its
 * shortcuts, without an answer, as one that cannot give them. */

#include <gtk/gtk.h>

GdkDeviceTool *
gdk_event_get_device_tool (GdkEvent *event)
{
  static GdkDeviceTool *pen;

  if (!pen)
    pen = g_object_new (GDK_TYPE_DEVICE_TOOL, "tool-type", GDK_DEVICE_TOOL_TYPE_PEN, NULL);
  return pen;
}

void
gdk_toplevel_inhibit_system_shortcuts (GdkToplevel *toplevel, GdkEvent *event)
{
}
