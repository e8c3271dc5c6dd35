/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* Use All Monitors: one screen of the guest fills each. */

#include "ui/screens-private.h"

/* How long monitors must have stayed as they are. */
#define SETTLE_MS 500
/* How often windows are sent to where they should be. */
#define MAX_TRIES 8

GdkMonitor *
dio_screens_get_monitor (GtkWidget *window)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));

  return surface ? gdk_display_get_monitor_at_surface (gtk_widget_get_display (window), surface) : NULL;
}

gboolean
dio_screens_can_use_all_monitors (DioScreens *self)
{
  return dio_session_get_connected (self->session) && dio_screens_count (self) > 1 &&
         g_list_model_get_n_items (self->monitors) > 1;
}

/* Returns: (transfer full): the monitors, that of the first screen's window before the others. */
static GPtrArray *
list_monitors (DioScreens *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  GdkMonitor *first = dio_screens_get_monitor (GTK_WIDGET (self->windows[0]));

  for (guint i = 0; i < g_list_model_get_n_items (self->monitors); i++)
    {
      GdkMonitor *monitor = g_list_model_get_item (self->monitors, i);

      g_ptr_array_insert (list, monitor == first ? 0 : -1, monitor);
    }
  return list;
}

/* Screens that were open before come first, in the order of their numbers. */
static guint
choose_screen (DioScreens *self, guint32 used)
{
  for (guint i = 0; i < dio_screens_count (self); i++)
    if (self->windows[i] && !(used & 1u << i))
      return i;
  return dio_screens_find_closed (self);
}

/* Returns: whether it fills it already. A window that is not yet shown, or fills one monitor and is asked to fill
 * another, may end where mutter likes: so each is looked at again, and one that is on the wrong one has to leave it
 * first. */
static gboolean
fill (GtkWindow *window, GdkMonitor *monitor)
{
  gboolean there = dio_screens_get_monitor (GTK_WIDGET (window)) == monitor;

  if (!gtk_window_is_fullscreen (window))
    gtk_window_fullscreen_on_monitor (window, monitor);
  else if (!there)
    gtk_window_unfullscreen (window);
  else
    return TRUE;
  return FALSE;
}

/* Returns: whether every window is where it should be. */
static gboolean
spread (DioScreens *self)
{
  g_autoptr (GPtrArray) monitors = list_monitors (self);
  gboolean done = TRUE;
  guint32 used = 0;

  for (guint i = 0; i < monitors->len; i++)
    {
      guint number = choose_screen (self, used);

      if (number >= dio_screens_count (self))
        break;
      used |= 1u << number;
      if (!self->windows[number])
        {
          self->borrowed |= 1u << number;
          dio_screens_open (self, number);
        }
      done &= fill (GTK_WINDOW (self->windows[number]), g_ptr_array_index (monitors, i));
    }
  /* A monitor that was unplugged leaves a screen behind. */
  for (guint i = 1; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    if (self->borrowed & 1u << i && !(used & 1u << i))
      dio_screens_close (self, i);
  return done;
}

static void
leave (DioScreens *self)
{
  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    if (self->borrowed & 1u << i)
      dio_screens_close (self, i);
    else if (self->windows[i])
      gtk_window_unfullscreen (GTK_WINDOW (self->windows[i]));
}

static void
on_settled (gpointer user_data)
{
  DioScreens *self = user_data;

  self->settle_id = 0;
  if (!self->all_monitors)
    return;
  if (g_list_model_get_n_items (self->monitors) < 2)
    dio_screens_set_all_monitors (self, FALSE);
  else if (!spread (self) && ++self->n_tries < MAX_TRIES)
    self->settle_id = g_timeout_add_once (SETTLE_MS, on_settled, self);
}

/* A compositor that arranges its monitors anew may take them all away and give them back one by one, and moves windows
 * about meanwhile. */
static void
on_arranged (DioScreens *self)
{
  g_clear_handle_id (&self->settle_id, g_source_remove);
  self->n_tries = 0;
  self->settle_id = g_timeout_add_once (SETTLE_MS, on_settled, self);
}

void
dio_screens_set_all_monitors (DioScreens *self, gboolean all)
{
  if (self->all_monitors == all)
    return;
  self->all_monitors = all;
  if (all)
    {
      spread (self);
      gtk_window_present (GTK_WINDOW (self->windows[0]));
      on_arranged (self);
    }
  else
    leave (self);
  dio_screens_update_actions (self);
}

void
dio_screens_leave_all_monitors (DioScreens *self)
{
  g_return_if_fail (DIO_IS_SCREENS (self));
  dio_screens_set_all_monitors (self, FALSE);
}

void
dio_screens_left_fullscreen (DioScreens *self)
{
  if (!self->settle_id)
    dio_screens_set_all_monitors (self, FALSE);
}

static void
on_monitors_changed (DioScreens *self, guint position, guint removed, guint added)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GdkMonitor) monitor = g_list_model_get_item (self->monitors, i);

      g_signal_connect_object (monitor, "notify::geometry", G_CALLBACK (on_arranged), self, G_CONNECT_SWAPPED);
    }
  on_arranged (self);
  dio_screens_update_actions (self);
}

void
dio_screens_setup_monitors (DioScreens *self)
{
  g_signal_connect_object (self->monitors, "items-changed", G_CALLBACK (on_monitors_changed), self, G_CONNECT_SWAPPED);
  on_monitors_changed (self, 0, 0, g_list_model_get_n_items (self->monitors));
}
