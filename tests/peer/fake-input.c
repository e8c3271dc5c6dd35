/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-input.h"

typedef struct
{
  GDBusMethodInvocation *invocation;
  char *line;
} Held;

static void
held_free (Held *held)
{
  g_clear_object (&held->invocation);
  g_free (held->line);
  g_free (held);
}

static void
do_input (FakeInput *self, Held *held)
{
  g_string_append (self->log, held->line);
  if (self->fails)
    g_dbus_method_invocation_return_dbus_error (g_steal_pointer (&held->invocation), "org.qemu.Display1.Error.Invalid",
                                                "no");
  else
    g_dbus_method_invocation_return_value (g_steal_pointer (&held->invocation), NULL);
  held_free (held);
}

static gboolean G_GNUC_PRINTF (3, 4)
    take_input (FakeInput *self, GDBusMethodInvocation *invocation, const char *format, ...)
{
  Held *held = g_new0 (Held, 1);
  va_list arguments;

  va_start (arguments, format);
  held->line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  held->invocation = invocation;
  if (self->stalls)
    g_queue_push_tail (&self->held, held);
  else
    do_input (self, held);
  return TRUE;
}

void
fake_input_set_stalls (FakeInput *self, gboolean stalls)
{
  self->stalls = stalls;
  while (!stalls && !g_queue_is_empty (&self->held))
    do_input (self, g_queue_pop_head (&self->held));
}

static gboolean
on_key_press (DioQemuKeyboard *keyboard, GDBusMethodInvocation *invocation, guint keycode, FakeInput *self)
{
  return take_input (self, invocation, "key %u down\n", keycode);
}

static gboolean
on_key_release (DioQemuKeyboard *keyboard, GDBusMethodInvocation *invocation, guint keycode, FakeInput *self)
{
  return take_input (self, invocation, "key %u up\n", keycode);
}

static gboolean
on_button_press (DioQemuMouse *mouse, GDBusMethodInvocation *invocation, guint button, FakeInput *self)
{
  return take_input (self, invocation, "button %u down\n", button);
}

static gboolean
on_button_release (DioQemuMouse *mouse, GDBusMethodInvocation *invocation, guint button, FakeInput *self)
{
  return take_input (self, invocation, "button %u up\n", button);
}

static gboolean
on_set_abs_position (DioQemuMouse *mouse, GDBusMethodInvocation *invocation, guint x, guint y, FakeInput *self)
{
  return take_input (self, invocation, "position %u %u\n", x, y);
}

static gboolean
on_rel_motion (DioQemuMouse *mouse, GDBusMethodInvocation *invocation, int dx, int dy, FakeInput *self)
{
  return take_input (self, invocation, "motion %d %d\n", dx, dy);
}

static gboolean
on_touch (DioQemuMultiTouch *touch, GDBusMethodInvocation *invocation, guint kind, guint64 slot, double x, double y,
          FakeInput *self)
{
  return take_input (self, invocation, "touch %u %" G_GUINT64_FORMAT " %g %g\n", kind, slot, x, y);
}

static gboolean
on_scroll (DioQemuInput *input, GDBusMethodInvocation *invocation, int vertical, int horizontal, FakeInput *self)
{
  return take_input (self, invocation, "scroll %d %d\n", vertical, horizontal);
}

void
fake_input_connect (FakeInput *self, DioQemuKeyboard *keyboard, DioQemuMouse *mouse, DioQemuMultiTouch *touch,
                    DioQemuInput *input)
{
  g_signal_connect (keyboard, "handle-press", G_CALLBACK (on_key_press), self);
  g_signal_connect (keyboard, "handle-release", G_CALLBACK (on_key_release), self);
  g_signal_connect (mouse, "handle-press", G_CALLBACK (on_button_press), self);
  g_signal_connect (mouse, "handle-release", G_CALLBACK (on_button_release), self);
  g_signal_connect (mouse, "handle-set-abs-position", G_CALLBACK (on_set_abs_position), self);
  g_signal_connect (mouse, "handle-rel-motion", G_CALLBACK (on_rel_motion), self);
  g_signal_connect (touch, "handle-send-event", G_CALLBACK (on_touch), self);
  g_signal_connect (input, "handle-scroll", G_CALLBACK (on_scroll), self);
}

void
fake_input_init (FakeInput *self, GString *log)
{
  self->log = log;
  g_queue_init (&self->held);
}

void
fake_input_clear (FakeInput *self)
{
  g_queue_clear_full (&self->held, (GDestroyNotify) held_free);
}
