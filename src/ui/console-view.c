/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-view-private.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (DioConsoleView, dio_console_view, GTK_TYPE_WIDGET)

enum
{
  PROP_HEAD = 1,
  PROP_RESIZE_GUEST,
  PROP_ACCEPT_INPUT,
  PROP_DIMMED,
  PROP_HAS_PICTURE,
  PROP_UNSHOWABLE,
  PROP_SCALING,
  PROP_FACTOR,
  PROP_POINTER_LOCKED,
  PROP_LOCKS_APART,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

DioConsole *
dio_console_view_get_console (DioConsoleView *self)
{
  return self->head ? dio_head_get_console (self->head) : NULL;
}

/* --- widget --- */

static void
dio_console_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  *minimum = 1;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 800 : 600;
}

static void
dio_console_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (widget);

  dio_console_view_update_geometry (self);
  dio_touch_ring_allocate (self->ring);
}

static void
on_scale_changed (DioConsoleView *self)
{
  dio_console_view_update_geometry (self);
  dio_console_view_update_pointer (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
dio_console_view_map (GtkWidget *widget)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (widget);

  GTK_WIDGET_CLASS (dio_console_view_parent_class)->map (widget);
  g_signal_group_set_target (self->surface_signals, gtk_native_get_surface (gtk_widget_get_native (widget)));
  dio_console_view_update_geometry (self);
  dio_console_view_update_visible (self);
}

static void
dio_console_view_unmap (GtkWidget *widget)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (widget);

  dio_console_input_release_all (self->input);
  dio_console_view_leave_edge (self);
  g_signal_group_set_target (self->surface_signals, NULL);
  GTK_WIDGET_CLASS (dio_console_view_parent_class)->unmap (widget);
  dio_console_view_update_visible (self);
}

static void
dio_console_view_realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (dio_console_view_parent_class)->realize (widget);
  dio_console_view_set_clock (DIO_CONSOLE_VIEW (widget), gtk_widget_get_frame_clock (widget));
}

static void
dio_console_view_unrealize (GtkWidget *widget)
{
  dio_console_view_set_clock (DIO_CONSOLE_VIEW (widget), NULL);
  GTK_WIDGET_CLASS (dio_console_view_parent_class)->unrealize (widget);
}

/* --- properties --- */

DioHead *
dio_console_view_get_head (DioConsoleView *self)
{
  return self->head;
}

void
dio_console_view_set_head (DioConsoleView *self, DioHead *head)
{
  DioConsole *console;

  g_return_if_fail (DIO_IS_CONSOLE_VIEW (self));

  if (self->head == head)
    return;

  dio_console_input_head_changes (self->input);
  g_set_object (&self->head, head);
  /* It may have been another view's when the machine stood still. */
  if (self->accept_input)
    dio_console_input_set_heard (self->input, TRUE);
  console = dio_console_view_get_console (self);
  dio_guest_resizer_set_console (self->resizer, console);
  dio_console_view_take_pointer_texture (self);
  g_signal_group_set_target (self->console_signals, console);
  g_signal_group_set_target (self->mouse_signals, head ? dio_head_get_mouse (head) : NULL);
  dio_console_view_take_framebuffer (self);
  dio_console_view_update_pointer (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_HEAD]);
}

gboolean
dio_console_view_get_resize_guest (DioConsoleView *self)
{
  return self->resize_guest;
}

void
dio_console_view_set_resize_guest (DioConsoleView *self, gboolean resize_guest)
{
  if (self->resize_guest == resize_guest)
    return;
  self->resize_guest = resize_guest;
  dio_guest_resizer_set_enabled (self->resizer, resize_guest);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RESIZE_GUEST]);
}

gboolean
dio_console_view_get_accept_input (DioConsoleView *self)
{
  return self->accept_input;
}

DioHead *
dio_console_view_get_input_head (DioConsoleView *self)
{
  return self->accept_input ? self->head : NULL;
}

void
dio_console_view_release_input (DioConsoleView *self)
{
  dio_console_input_release_all (self->input);
}

void
dio_console_view_set_accept_input (DioConsoleView *self, gboolean accept_input)
{
  if (self->accept_input == accept_input)
    return;
  dio_console_input_set_heard (self->input, accept_input);
  self->accept_input = accept_input;
  dio_console_view_update_pointer (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ACCEPT_INPUT]);
}

DioInputOptions *
dio_console_view_get_input_options (DioConsoleView *self)
{
  return self->input_options;
}

void
dio_console_view_set_input_options (DioConsoleView *self, DioInputOptions *options)
{
  g_return_if_fail (DIO_IS_CONSOLE_VIEW (self) && DIO_IS_INPUT_OPTIONS (options));

  if (g_set_object (&self->input_options, options))
    dio_console_input_release_all (self->input);
}

gboolean
dio_console_view_get_edge_swipes (DioConsoleView *self)
{
  return self->edge_swipes;
}

void
dio_console_view_set_edge_swipes (DioConsoleView *self, gboolean edge_swipes)
{
  self->edge_swipes = edge_swipes;
}

DioTouchRing *
dio_console_view_get_ring (DioConsoleView *self)
{
  return self->ring;
}

gboolean
dio_console_view_get_dimmed (DioConsoleView *self)
{
  return self->dimmed;
}

void
dio_console_view_set_dimmed (DioConsoleView *self, gboolean dimmed)
{
  if (self->dimmed == dimmed)
    return;
  self->dimmed = dimmed;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DIMMED]);
}

gboolean
dio_console_view_get_has_picture (DioConsoleView *self)
{
  return self->has_picture;
}

void
dio_console_view_set_has_picture (DioConsoleView *self, gboolean has_picture)
{
  if (self->has_picture == has_picture)
    return;
  self->has_picture = has_picture;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_HAS_PICTURE]);
}

gboolean
dio_console_view_get_unshowable (DioConsoleView *self)
{
  return self->unshowable;
}

void
dio_console_view_set_unshowable (DioConsoleView *self, gboolean unshowable)
{
  if (self->unshowable == unshowable)
    return;
  self->unshowable = unshowable;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_UNSHOWABLE]);
}

gboolean
dio_console_view_get_pointer_locked (DioConsoleView *self)
{
  return self->input && dio_console_input_get_pointer_locked (self->input);
}

DioLocks
dio_console_view_get_locks_apart (DioConsoleView *self)
{
  return self->locks_apart;
}

void
dio_console_view_pointer_lock_changed (DioConsoleView *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_POINTER_LOCKED]);
}

void
dio_console_view_set_title (DioConsoleView *self, const char *title)
{
  /* Translators: what a screen reader says of the picture; %s is the machine's name. */
  g_autofree char *label = g_strdup_printf (_ ("Screen of %s"), title);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

void
dio_console_view_set_state_text (DioConsoleView *self, const char *text)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
dio_console_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (object);

  switch (id)
    {
    case PROP_HEAD:
      g_value_set_object (value, self->head);
      break;
    case PROP_RESIZE_GUEST:
      g_value_set_boolean (value, self->resize_guest);
      break;
    case PROP_ACCEPT_INPUT:
      g_value_set_boolean (value, self->accept_input);
      break;
    case PROP_DIMMED:
      g_value_set_boolean (value, self->dimmed);
      break;
    case PROP_HAS_PICTURE:
      g_value_set_boolean (value, self->has_picture);
      break;
    case PROP_UNSHOWABLE:
      g_value_set_boolean (value, self->unshowable);
      break;
    case PROP_SCALING:
      g_value_set_enum (value, self->scaling);
      break;
    case PROP_FACTOR:
      g_value_set_double (value, dio_console_view_get_factor (self));
      break;
    case PROP_POINTER_LOCKED:
      g_value_set_boolean (value, dio_console_view_get_pointer_locked (self));
      break;
    case PROP_LOCKS_APART:
      g_value_set_flags (value, self->locks_apart);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_console_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (object);

  switch (id)
    {
    case PROP_HEAD:
      dio_console_view_set_head (self, g_value_get_object (value));
      break;
    case PROP_RESIZE_GUEST:
      dio_console_view_set_resize_guest (self, g_value_get_boolean (value));
      break;
    case PROP_ACCEPT_INPUT:
      dio_console_view_set_accept_input (self, g_value_get_boolean (value));
      break;
    case PROP_DIMMED:
      dio_console_view_set_dimmed (self, g_value_get_boolean (value));
      break;
    case PROP_SCALING:
      dio_console_view_set_scaling (self, g_value_get_enum (value));
      break;
    case PROP_LOCKS_APART:
      self->locks_apart = g_value_get_flags (value);
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_console_view_dispose (GObject *object)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (object);

  g_clear_handle_id (&self->factor_id, g_source_remove);
  g_clear_object (&self->input);
  g_clear_object (&self->input_options);
  g_clear_object (&self->resizer);
  dio_console_view_dispose_frames (self);
  g_clear_object (&self->console_signals);
  g_clear_object (&self->mouse_signals);
  g_clear_object (&self->surface_signals);
  g_clear_object (&self->pointer_texture);
  g_clear_object (&self->head);
  if (self->ring)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->ring)));
  G_OBJECT_CLASS (dio_console_view_parent_class)->dispose (object);
}

static void
dio_console_view_class_init (DioConsoleViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = dio_console_view_dispose;
  object_class->get_property = dio_console_view_get_property;
  object_class->set_property = dio_console_view_set_property;
  widget_class->snapshot = dio_console_view_snapshot;
  widget_class->measure = dio_console_view_measure;
  widget_class->size_allocate = dio_console_view_size_allocate;
  widget_class->realize = dio_console_view_realize;
  widget_class->unrealize = dio_console_view_unrealize;
  widget_class->map = dio_console_view_map;
  widget_class->unmap = dio_console_view_unmap;

  props[PROP_HEAD] = g_param_spec_object ("head", NULL, NULL, DIO_TYPE_HEAD, flags);
  props[PROP_RESIZE_GUEST] = g_param_spec_boolean ("resize-guest", NULL, NULL, FALSE, flags);
  props[PROP_ACCEPT_INPUT] = g_param_spec_boolean ("accept-input", NULL, NULL, FALSE, flags);
  props[PROP_DIMMED] = g_param_spec_boolean ("dimmed", NULL, NULL, FALSE, flags);
  props[PROP_HAS_PICTURE] =
      g_param_spec_boolean ("has-picture", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_UNSHOWABLE] =
      g_param_spec_boolean ("unshowable", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_SCALING] = g_param_spec_enum ("scaling", NULL, NULL, DIO_TYPE_SCALING, DIO_SCALING_AUTOMATIC, flags);
  props[PROP_FACTOR] =
      g_param_spec_double ("factor", NULL, NULL, 0, G_MAXDOUBLE, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_POINTER_LOCKED] =
      g_param_spec_boolean ("pointer-locked", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_LOCKS_APART] = g_param_spec_flags ("locks-apart", NULL, NULL, DIO_TYPE_LOCKS, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  g_signal_new ("release", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("toggle-fullscreen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("toggle-diagnostics", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                0);
  g_signal_new ("zoom-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("edge-swipe", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                GTK_TYPE_POSITION_TYPE);

  g_signal_new ("shortcuts-refused", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_css_name (widget_class, "consoleview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
dio_console_view_init (DioConsoleView *self)
{
  self->scale = 1;
  dio_console_view_setup_frames (self);
  self->console_signals = g_signal_group_new (DIO_TYPE_CONSOLE);
  self->mouse_signals = g_signal_group_new (DIO_TYPE_MOUSE);
  self->surface_signals = g_signal_group_new (GDK_TYPE_SURFACE);
  g_signal_group_connect_swapped (self->surface_signals, "notify::scale", G_CALLBACK (on_scale_changed), self);
  g_signal_group_connect_swapped (self->surface_signals, "notify::state", G_CALLBACK (dio_console_view_update_visible),
                                  self);
  g_signal_group_connect_swapped (self->surface_signals, "enter-monitor", G_CALLBACK (on_scale_changed), self);

  dio_console_view_setup_pointer (self);

  self->resizer = dio_guest_resizer_new ();
  self->input_options = dio_input_options_new (NULL);
  self->input = dio_console_input_new (self);
  self->ring = dio_touch_ring_new ();
  gtk_widget_set_parent (GTK_WIDGET (self->ring), GTK_WIDGET (self));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}
