/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/shortcut-grab.h"

#include "base/debug.h"

#ifdef GDK_WINDOWING_X11
#include <gdk/x11/gdkx.h>
#endif

/* A desktop that has not agreed by then, with nobody else's window in front that could be its question, does not. */
#define PATIENCE_S 3

struct _DioShortcutGrab
{
  GObject parent_instance;

  GtkWidget *widget; /* (unowned) */
  GSettings *settings;
  GSignalGroup *window_signals;
  GSignalGroup *toplevel_signals;
  GdkToplevel *toplevel; /* asked, and not asked back; else NULL */
  gboolean wanted;
  gboolean lifted;
  guint patience_id;
};

G_DEFINE_FINAL_TYPE (DioShortcutGrab, dio_shortcut_grab, G_TYPE_OBJECT)

static guint refused_signal;

static GtkWindow *
get_window (DioShortcutGrab *self)
{
  GtkRoot *root = gtk_widget_get_root (self->widget);

  return GTK_IS_WINDOW (root) && gtk_widget_get_mapped (self->widget) ? GTK_WINDOW (root) : NULL;
}

static gboolean
should_ask (DioShortcutGrab *self)
{
  GtkWindow *window = get_window (self);
  g_autofree char *when = g_settings_get_string (self->settings, "grab-shortcuts");

  if (!self->wanted || self->lifted || !window || gtk_window_get_focus (window) != self->widget)
    return FALSE;
#ifdef GDK_WINDOWING_X11
  /* There it is a grab, which other windows would suffer from, too. A Wayland compositor looks to that by itself, and
   * asks the user in a window of its own: asking anew after that would never end. */
  if (GDK_IS_X11_DISPLAY (gtk_widget_get_display (self->widget)) && !gtk_window_is_active (window))
    return FALSE;
#endif
  return g_str_equal (when, "focused") || (g_str_equal (when, "fullscreen") && gtk_window_is_fullscreen (window));
}

static gboolean
is_granted (DioShortcutGrab *self)
{
  gboolean granted = FALSE;

  if (self->toplevel)
    g_object_get (self->toplevel, "shortcuts-inhibited", &granted, NULL);
  return granted;
}

static void
on_patience_ends (gpointer user_data)
{
  static gboolean told;
  DioShortcutGrab *self = user_data;
  GtkWindow *window = get_window (self);

  self->patience_id = 0;
  if (is_granted (self) || !self->toplevel || !window || !gtk_window_is_active (window) || told)
    return;
  told = TRUE;
  dio_debug (DIO_DEBUG_INPUT, "the desktop keeps its shortcuts");
  g_signal_emit (self, refused_signal, 0);
}

static void
wait (DioShortcutGrab *self)
{
  g_clear_handle_id (&self->patience_id, g_source_remove);
  if (self->toplevel && !is_granted (self))
    self->patience_id = g_timeout_add_seconds_once (PATIENCE_S, on_patience_ends, self);
}

static void
update (DioShortcutGrab *self)
{
  gboolean ask = should_ask (self);

  if (ask == (self->toplevel != NULL))
    return;
  if (ask)
    {
      self->toplevel = GDK_TOPLEVEL (gtk_native_get_surface (gtk_widget_get_native (self->widget)));
      g_signal_group_set_target (self->toplevel_signals, self->toplevel);
      gdk_toplevel_inhibit_system_shortcuts (self->toplevel, NULL);
    }
  else
    {
      gdk_toplevel_restore_system_shortcuts (self->toplevel);
      g_signal_group_set_target (self->toplevel_signals, NULL);
      self->toplevel = NULL;
    }
  wait (self);
}

static void
on_active_changed (DioShortcutGrab *self)
{
  update (self);
  wait (self);
}

static void
on_granted_changed (DioShortcutGrab *self)
{
  dio_debug (DIO_DEBUG_INPUT, "the desktop's shortcuts are %s", is_granted (self) ? "the machine's" : "its own");
}

static void
on_map (DioShortcutGrab *self)
{
  g_signal_group_set_target (self->window_signals, get_window (self));
  update (self);
}

/* The widget still has its window, which it may not have any more when it is mapped again. */
static void
on_unmap (DioShortcutGrab *self)
{
  gboolean wanted = self->wanted;

  self->wanted = FALSE;
  update (self);
  self->wanted = wanted;
  g_signal_group_set_target (self->window_signals, NULL);
}

void
dio_shortcut_grab_set_wanted (DioShortcutGrab *self, gboolean wanted)
{
  g_return_if_fail (DIO_IS_SHORTCUT_GRAB (self));

  self->wanted = wanted;
  update (self);
}

void
dio_shortcut_grab_set_lifted (DioShortcutGrab *self, gboolean lifted)
{
  g_return_if_fail (DIO_IS_SHORTCUT_GRAB (self));

  self->lifted = lifted;
  update (self);
}

static void
dio_shortcut_grab_dispose (GObject *object)
{
  DioShortcutGrab *self = DIO_SHORTCUT_GRAB (object);

  g_clear_handle_id (&self->patience_id, g_source_remove);
  g_clear_object (&self->window_signals);
  g_clear_object (&self->toplevel_signals);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (dio_shortcut_grab_parent_class)->dispose (object);
}

static void
dio_shortcut_grab_class_init (DioShortcutGrabClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_shortcut_grab_dispose;
  refused_signal =
      g_signal_new ("refused", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_shortcut_grab_init (DioShortcutGrab *self)
{
  self->settings = g_settings_new (DIO_APPLICATION_ID);
  self->window_signals = g_signal_group_new (GTK_TYPE_WINDOW);
  self->toplevel_signals = g_signal_group_new (GDK_TYPE_SURFACE);
  g_signal_connect_object (self->settings, "changed::grab-shortcuts", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_group_connect_swapped (self->window_signals, "notify::focus-widget", G_CALLBACK (update), self);
  g_signal_group_connect_swapped (self->window_signals, "notify::fullscreened", G_CALLBACK (update), self);
  g_signal_group_connect_swapped (self->window_signals, "notify::is-active", G_CALLBACK (on_active_changed), self);
  g_signal_group_connect_swapped (self->toplevel_signals, "notify::shortcuts-inhibited",
                                  G_CALLBACK (on_granted_changed), self);
}

DioShortcutGrab *
dio_shortcut_grab_new (GtkWidget *widget)
{
  DioShortcutGrab *self = g_object_new (DIO_TYPE_SHORTCUT_GRAB, NULL);

  self->widget = widget;
  g_signal_connect_object (widget, "map", G_CALLBACK (on_map), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (widget, "unmap", G_CALLBACK (on_unmap), self, G_CONNECT_SWAPPED);
  return self;
}
