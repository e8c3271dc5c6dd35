/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/screens-private.h"

#include "ui/console-window-private.h"

G_DEFINE_FINAL_TYPE (DioScreens, dio_screens, G_TYPE_OBJECT)

guint
dio_screens_count (DioScreens *self)
{
  return MIN (dio_session_get_n_screens (self->session), DIO_ARRANGEMENT_MAX_SCREENS);
}

guint
dio_screens_count_open (DioScreens *self)
{
  guint n = 0;

  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    n += self->windows[i] != NULL;
  return n;
}

guint
dio_screens_find_closed (DioScreens *self)
{
  guint n = dio_screens_count (self);

  for (guint i = 0; i < n; i++)
    if (!self->windows[i])
      return i;
  return n;
}

/* --- how the windows lie --- */

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!dio_arrangement_save_finish (DIO_ARRANGEMENT (source), result, &error))
    g_debug ("The arrangement of the screens is not kept: %s", error->message);
}

static void
save (DioScreens *self)
{
  dio_arrangement_save_async (self->arrangement, on_saved, NULL);
}

static void
keep_place (DioScreens *self, DioConsoleWindow *window)
{
  GdkMonitor *monitor = dio_screens_get_monitor (GTK_WIDGET (window));
  const char *connector = monitor ? gdk_monitor_get_connector (monitor) : NULL;
  DioScreenPlace place = {
    .open = self->windows[window->number] == window && !(self->borrowed & 1u << window->number),
    .maximized = gtk_window_is_maximized (GTK_WINDOW (window)),
    .fullscreen = gtk_window_is_fullscreen (GTK_WINDOW (window)) && !self->all_monitors,
  };

  gtk_window_get_default_size (GTK_WINDOW (window), &place.width, &place.height);
  if (place.width < 1 || place.height < 1)
    place.width = place.height = 0;
  if (place.fullscreen && connector && strlen (connector) < sizeof place.monitor)
    g_strlcpy (place.monitor, connector, sizeof place.monitor);
  dio_arrangement_set (self->arrangement, window->number, &place);
}

static void
restore_fullscreen (DioScreens *self, GtkWindow *window, const char *connector)
{
  for (guint i = 0; i < g_list_model_get_n_items (self->monitors); i++)
    {
      g_autoptr (GdkMonitor) monitor = g_list_model_get_item (self->monitors, i);

      if (g_strcmp0 (gdk_monitor_get_connector (monitor), connector) == 0)
        {
          gtk_window_fullscreen_on_monitor (window, monitor);
          return;
        }
    }
  gtk_window_fullscreen (window);
}

static void
restore_place (DioScreens *self, DioConsoleWindow *window)
{
  const DioScreenPlace *place = dio_arrangement_get (self->arrangement, window->number);

  if (place->width == 0)
    return;
  gtk_window_set_default_size (GTK_WINDOW (window), place->width, place->height);
  if (place->maximized)
    gtk_window_maximize (GTK_WINDOW (window));
  else
    gtk_window_unmaximize (GTK_WINDOW (window));
  if (place->fullscreen)
    restore_fullscreen (self, GTK_WINDOW (window), place->monitor);
}

/* --- windows --- */

/* Closes the others; what is kept of them says that they are open. */
static void
close_further (DioScreens *self)
{
  for (guint i = 1; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    if (self->windows[i])
      {
        gtk_window_destroy (GTK_WINDOW (self->windows[i]));
        self->windows[i] = NULL;
      }
  dio_screens_update_actions (self);
}

/* Also for a window that only hides until its machine is off. */
static void
on_unmap (GtkWidget *widget, DioScreens *self)
{
  g_autoptr (DioScreens) hold = g_object_ref (self);
  DioConsoleWindow *window = DIO_CONSOLE_WINDOW (widget);

  keep_place (self, window);
  if (window->number == 0)
    {
      close_further (self);
      self->all_monitors = FALSE;
    }
  save (self);
}

static void
on_fullscreened (DioScreens *self, GParamSpec *pspec, GtkWindow *window)
{
  if (!gtk_window_is_fullscreen (window))
    dio_screens_left_fullscreen (self);
}

static void
join (DioScreens *self, DioConsoleWindow *window)
{
  self->windows[window->number] = window;
  restore_place (self, window);
  dio_screens_add_actions (self, window);
  g_signal_connect_object (window, "unmap", G_CALLBACK (on_unmap), self, 0);
  g_signal_connect_object (window, "notify::fullscreened", G_CALLBACK (on_fullscreened), self, G_CONNECT_SWAPPED);
  dio_screens_update_actions (self);
}

void
dio_screens_open (DioScreens *self, guint number)
{
  DioConsoleWindow *window;

  if (!self->windows[number])
    {
      window = dio_console_window_new_further (self->windows[0], number);
      join (self, window);
      dio_session_add_screen (self->session, number);
    }
  gtk_window_present (GTK_WINDOW (self->windows[number]));
}

void
dio_screens_close (DioScreens *self, guint number)
{
  DioConsoleWindow *window;

  g_return_if_fail (DIO_IS_SCREENS (self));
  g_return_if_fail (number > 0 && number < DIO_ARRANGEMENT_MAX_SCREENS);

  window = g_steal_pointer (&self->windows[number]);
  self->borrowed &= ~(1u << number);
  dio_session_remove_screen (self->session, number);
  if (window)
    gtk_window_destroy (GTK_WINDOW (window));
  dio_screens_update_actions (self);
}

/* --- what happens to the machine --- */

/* The screens that were open when the machine was last shown, and those whose windows are still there after the
 * display was lost. */
static void
plug_in (DioScreens *self)
{
  gboolean opened = FALSE;

  for (guint i = 1; i < dio_screens_count (self); i++)
    {
      if (self->windows[i])
        dio_session_add_screen (self->session, i);
      else if (dio_arrangement_get (self->arrangement, i)->open)
        {
          dio_screens_open (self, i);
          opened = TRUE;
        }
    }
  if (opened)
    gtk_window_present (GTK_WINDOW (self->windows[0]));
}

static void
on_state (DioScreens *self)
{
  if (!self->windows[0] || !self->windows[0]->session || !gtk_widget_get_visible (GTK_WIDGET (self->windows[0])))
    return;
  if (!dio_console_window_is_alive (self->windows[0]))
    close_further (self);
  else if (dio_session_get_connected (self->session))
    plug_in (self);
  dio_screens_update_actions (self);
}

/* Somebody else's guest uses a screen, or does so again. */
static void
on_active (DioScreens *self, GParamSpec *pspec, DioFramebuffer *framebuffer)
{
  for (guint i = 1; i < dio_screens_count (self); i++)
    {
      DioHead *head = dio_session_get_head (self->session, i);

      if (head && dio_console_get_framebuffer (dio_head_get_console (head)) == framebuffer &&
          dio_framebuffer_get_active (framebuffer) && !self->windows[i])
        {
          dio_screens_open (self, i);
          gtk_window_present (GTK_WINDOW (self->windows[0]));
        }
    }
}

static void
on_heads_changed (DioScreens *self, guint position, guint removed, guint added)
{
  for (guint i = position; i < position + added && !dio_session_get_machine (self->session); i++)
    {
      g_autoptr (DioHead) head = g_list_model_get_item (G_LIST_MODEL (self->session), i);
      DioFramebuffer *framebuffer = dio_console_get_framebuffer (dio_head_get_console (head));

      g_signal_connect_object (framebuffer, "notify::active", G_CALLBACK (on_active), self, G_CONNECT_SWAPPED);
      if (dio_framebuffer_get_active (framebuffer))
        on_active (self, NULL, framebuffer);
    }
}

static void
dio_screens_dispose (GObject *object)
{
  DioScreens *self = DIO_SCREENS (object);

  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_weak_pointer (&self->windows[0]);
  g_clear_object (&self->session);
  g_clear_object (&self->arrangement);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (dio_screens_parent_class)->dispose (object);
}

static void
dio_screens_class_init (DioScreensClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_screens_dispose;
}

static void
dio_screens_init (DioScreens *self)
{
}

DioScreens *
dio_screens_new (DioConsoleWindow *first, DioSession *session)
{
  DioScreens *self = g_object_new (DIO_TYPE_SCREENS, NULL);
  DioMachine *machine = dio_session_get_machine (session);

  g_object_add_weak_pointer (G_OBJECT (first), (gpointer *) &self->windows[0]);
  self->session = g_object_ref (session);
  self->arrangement =
      dio_arrangement_new (machine ? dio_machine_config_get_uuid (dio_machine_get_config (machine)) : NULL);
  self->monitors = gdk_display_get_monitors (gtk_widget_get_display (GTK_WIDGET (first)));
  dio_screens_setup_actions (self);
  join (self, first);
  dio_screens_setup_monitors (self);
  g_signal_connect_object (session, "notify::connected", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::n-screens", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "items-changed", G_CALLBACK (on_heads_changed), self, G_CONNECT_SWAPPED);
  if (machine)
    g_signal_connect_object (machine, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  on_heads_changed (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (session)));
  return self;
}
