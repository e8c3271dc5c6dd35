/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/lock-badge.h"

#include "ui/console-view-input.h"
#include <glib/gi18n.h>

/* What somebody who is held in the picture must know at once stays for long enough to be read twice; then a mark is
 * left, which fingers and pens can touch. */
#define READ_S 6

struct _DioLockBadge
{
  GtkButton parent_instance;

  GtkRevealer *words;          /* template */
  DioConsoleView *view;        /* (unowned) */
  GtkEventController *watcher; /* (unowned): of the window */
  guint read_id;
};

G_DEFINE_FINAL_TYPE (DioLockBadge, dio_lock_badge, GTK_TYPE_BUTTON)

enum
{
  PROP_VIEW = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
on_read (gpointer user_data)
{
  DioLockBadge *self = user_data;

  self->read_id = 0;
  gtk_revealer_set_reveal_child (self->words, FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "quiet");
}

static void
on_locked_changed (DioLockBadge *self)
{
  gboolean locked = dio_console_view_get_pointer_locked (self->view);

  g_clear_handle_id (&self->read_id, g_source_remove);
  gtk_widget_set_visible (GTK_WIDGET (self), locked);
  gtk_widget_remove_css_class (GTK_WIDGET (self), "quiet");
  gtk_revealer_set_reveal_child (self->words, TRUE);
  if (locked)
    self->read_id = g_timeout_add_seconds_once (READ_S, on_read, self);
  gtk_accessible_announce (GTK_ACCESSIBLE (self->view),
                           locked
                               ? _ ("The machine has the pointer. Ctrl+Alt or both mouse buttons, held, give it back.")
                               : _ ("The pointer is back."),
                           GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
dio_lock_badge_clicked (GtkButton *button)
{
  dio_console_view_release_input (DIO_LOCK_BADGE (button)->view);
}

static gboolean
on_event (DioLockBadge *self, GdkEvent *event)
{
  GdkEventType type = gdk_event_get_event_type (event);
  gboolean pen = type == GDK_BUTTON_PRESS && gdk_event_get_device_tool (event);
  const DioViewport *viewport;
  double x, y, view_x, view_y;

  if ((type != GDK_TOUCH_BEGIN && !pen) || !dio_console_view_get_pointer_locked (self->view) ||
      !gdk_event_get_position (event, &x, &y))
    return GDK_EVENT_PROPAGATE;
  viewport = dio_console_view_locate (self->view, x, y, &view_x, &view_y);
  if (view_x < 0 || view_y < 0 || view_x >= viewport->view_width || view_y >= viewport->view_height)
    dio_console_view_release_input (self->view);
  return GDK_EVENT_PROPAGATE;
}

static void
dio_lock_badge_root (GtkWidget *widget)
{
  DioLockBadge *self = DIO_LOCK_BADGE (widget);

  GTK_WIDGET_CLASS (dio_lock_badge_parent_class)->root (widget);
  self->watcher = gtk_event_controller_legacy_new ();
  gtk_event_controller_set_propagation_phase (self->watcher, GTK_PHASE_CAPTURE);
  g_signal_connect_object (self->watcher, "event", G_CALLBACK (on_event), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (gtk_widget_get_root (widget)), self->watcher);
}

static void
dio_lock_badge_unroot (GtkWidget *widget)
{
  DioLockBadge *self = DIO_LOCK_BADGE (widget);

  gtk_widget_remove_controller (GTK_WIDGET (gtk_widget_get_root (widget)), g_steal_pointer (&self->watcher));
  GTK_WIDGET_CLASS (dio_lock_badge_parent_class)->unroot (widget);
}

static void
dio_lock_badge_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DioLockBadge *self = DIO_LOCK_BADGE (object);

  switch (id)
    {
    case PROP_VIEW:
      self->view = g_value_get_object (value);
      g_signal_connect_object (self->view, "notify::pointer-locked", G_CALLBACK (on_locked_changed), self,
                               G_CONNECT_SWAPPED);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_lock_badge_dispose (GObject *object)
{
  DioLockBadge *self = DIO_LOCK_BADGE (object);

  g_clear_handle_id (&self->read_id, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_LOCK_BADGE);
  G_OBJECT_CLASS (dio_lock_badge_parent_class)->dispose (object);
}

static void
dio_lock_badge_class_init (DioLockBadgeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_lock_badge_dispose;
  G_OBJECT_CLASS (klass)->set_property = dio_lock_badge_set_property;
  GTK_BUTTON_CLASS (klass)->clicked = dio_lock_badge_clicked;
  widget_class->root = dio_lock_badge_root;
  widget_class->unroot = dio_lock_badge_unroot;
  props[PROP_VIEW] =
      g_param_spec_object ("view", NULL, NULL, DIO_TYPE_CONSOLE_VIEW, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, props);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/lock-badge.ui");
  gtk_widget_class_bind_template_child (widget_class, DioLockBadge, words);
}

static void
dio_lock_badge_init (DioLockBadge *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
