/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-view-private.h"

#include "ui/frame-texture.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (DioConsoleView, dio_console_view, GTK_TYPE_WIDGET)

enum
{
  PROP_HEAD = 1,
  PROP_RESIZE_GUEST,
  PROP_ACCEPT_INPUT,
  PROP_DIMMED,
  PROP_HAS_PICTURE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

DioConsole *
dio_console_view_get_console (DioConsoleView *self)
{
  return self->head ? dio_head_get_console (self->head) : NULL;
}

/* --- frames --- */

static void
set_texture (DioConsoleView *self, GdkTexture *texture)
{
  gboolean had_picture = self->texture != NULL;

  g_set_object (&self->texture, texture);
  dio_console_view_update_geometry (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (had_picture != (texture != NULL))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_HAS_PICTURE]);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (widget);
  DioConsole *console = dio_console_view_get_console (self);
  g_autoptr (DioFrame) frame = console ? dio_framebuffer_take_frame (dio_console_get_framebuffer (console)) : NULL;

  self->tick_id = 0;
  if (frame)
    {
      g_autoptr (GdkTexture) texture = dio_frame_texture_new (frame, self->texture);

      set_texture (self, texture);
    }
  return G_SOURCE_REMOVE;
}

/* One frame a tick of the clock, and none while nobody looks: a window that is not drawn gets no ticks. */
static void
on_framebuffer_changed (DioConsoleView *self)
{
  if (self->tick_id == 0)
    self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
}

static void
on_active_changed (DioConsoleView *self, GParamSpec *pspec, DioFramebuffer *framebuffer)
{
  if (dio_framebuffer_get_active (framebuffer))
    on_framebuffer_changed (self);
  else if (!self->dimmed)
    set_texture (self, NULL);
}

/* A head that was shown elsewhere before has nothing new to take, but a picture all the same. */
static void
show_present_frame (DioConsoleView *self, DioFramebuffer *framebuffer)
{
  g_autoptr (DioFrame) frame = dio_framebuffer_take_frame (framebuffer);
  g_autoptr (GdkTexture) texture = NULL;

  if (!frame)
    frame = dio_framebuffer_copy_frame (framebuffer);
  if (frame)
    texture = dio_frame_texture_new (frame, NULL);
  set_texture (self, texture);
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
}

static void
dio_console_view_unmap (GtkWidget *widget)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (widget);

  dio_console_input_release_all (self->input);
  g_signal_group_set_target (self->surface_signals, NULL);
  GTK_WIDGET_CLASS (dio_console_view_parent_class)->unmap (widget);
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

  dio_console_input_set_head (self->input, head);
  g_set_object (&self->head, head);
  console = dio_console_view_get_console (self);
  dio_guest_resizer_set_console (self->resizer, console);
  dio_console_view_take_pointer_texture (self);
  g_signal_group_set_target (self->console_signals, console);
  g_signal_group_set_target (self->mouse_signals, head ? dio_head_get_mouse (head) : NULL);
  g_signal_group_set_target (self->framebuffer_signals, console ? dio_console_get_framebuffer (console) : NULL);
  /* The picture of the run before stays until the first of this one. */
  if (console && dio_framebuffer_get_active (dio_console_get_framebuffer (console)))
    show_present_frame (self, dio_console_get_framebuffer (console));
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

void
dio_console_view_set_accept_input (DioConsoleView *self, gboolean accept_input)
{
  if (self->accept_input == accept_input)
    return;
  if (!accept_input)
    dio_console_input_release_all (self->input);
  self->accept_input = accept_input;
  dio_console_view_update_pointer (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ACCEPT_INPUT]);
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
  return self->texture != NULL;
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
      g_value_set_boolean (value, self->texture != NULL);
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
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_console_view_dispose (GObject *object)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (object);

  g_clear_object (&self->input);
  g_clear_object (&self->resizer);
  g_clear_object (&self->framebuffer_signals);
  g_clear_object (&self->console_signals);
  g_clear_object (&self->mouse_signals);
  g_clear_object (&self->surface_signals);
  g_clear_object (&self->texture);
  g_clear_object (&self->pointer_texture);
  g_clear_object (&self->head);
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
  widget_class->map = dio_console_view_map;
  widget_class->unmap = dio_console_view_unmap;

  props[PROP_HEAD] = g_param_spec_object ("head", NULL, NULL, DIO_TYPE_HEAD, flags);
  props[PROP_RESIZE_GUEST] = g_param_spec_boolean ("resize-guest", NULL, NULL, FALSE, flags);
  props[PROP_ACCEPT_INPUT] = g_param_spec_boolean ("accept-input", NULL, NULL, FALSE, flags);
  props[PROP_DIMMED] = g_param_spec_boolean ("dimmed", NULL, NULL, FALSE, flags);
  props[PROP_HAS_PICTURE] =
      g_param_spec_boolean ("has-picture", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  g_signal_new ("release", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("toggle-fullscreen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_css_name (widget_class, "consoleview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
dio_console_view_init (DioConsoleView *self)
{
  self->scale = 1;
  self->framebuffer_signals = g_signal_group_new (DIO_TYPE_FRAMEBUFFER);
  g_signal_group_connect_swapped (self->framebuffer_signals, "changed", G_CALLBACK (on_framebuffer_changed), self);
  g_signal_group_connect_swapped (self->framebuffer_signals, "notify::active", G_CALLBACK (on_active_changed), self);
  self->console_signals = g_signal_group_new (DIO_TYPE_CONSOLE);
  self->mouse_signals = g_signal_group_new (DIO_TYPE_MOUSE);
  self->surface_signals = g_signal_group_new (GDK_TYPE_SURFACE);
  g_signal_group_connect_swapped (self->surface_signals, "notify::scale", G_CALLBACK (on_scale_changed), self);

  dio_console_view_setup_pointer (self);

  self->resizer = dio_guest_resizer_new ();
  self->input = dio_console_input_new (self);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}
