/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/head.h"

struct _DioHead
{
  GObject parent_instance;

  guint number;
  DioConsole *console;
  DioKeyboard *keyboard;
  DioMouse *mouse;
  DioTouch *touch;
};

G_DEFINE_FINAL_TYPE (DioHead, dio_head, G_TYPE_OBJECT)

static void
dio_head_dispose (GObject *object)
{
  DioHead *self = DIO_HEAD (object);

  g_clear_object (&self->console);
  g_clear_object (&self->keyboard);
  g_clear_object (&self->mouse);
  g_clear_object (&self->touch);

  G_OBJECT_CLASS (dio_head_parent_class)->dispose (object);
}

static void
dio_head_class_init (DioHeadClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_head_dispose;
}

static void
dio_head_init (DioHead *self)
{
}

DioHead *
dio_head_new (guint number, DioConsole *console, DioKeyboard *keyboard, DioMouse *mouse, DioTouch *touch)
{
  DioHead *self;

  g_return_val_if_fail (DIO_IS_CONSOLE (console), NULL);
  g_return_val_if_fail (DIO_IS_KEYBOARD (keyboard), NULL);
  g_return_val_if_fail (DIO_IS_MOUSE (mouse), NULL);
  g_return_val_if_fail (DIO_IS_TOUCH (touch), NULL);

  self = g_object_new (DIO_TYPE_HEAD, NULL);
  self->number = number;
  self->console = g_object_ref (console);
  self->keyboard = g_object_ref (keyboard);
  self->mouse = g_object_ref (mouse);
  self->touch = g_object_ref (touch);
  return self;
}

guint
dio_head_get_number (DioHead *self)
{
  g_return_val_if_fail (DIO_IS_HEAD (self), 0);
  return self->number;
}

DioConsole *
dio_head_get_console (DioHead *self)
{
  g_return_val_if_fail (DIO_IS_HEAD (self), NULL);
  return self->console;
}

DioKeyboard *
dio_head_get_keyboard (DioHead *self)
{
  g_return_val_if_fail (DIO_IS_HEAD (self), NULL);
  return self->keyboard;
}

DioMouse *
dio_head_get_mouse (DioHead *self)
{
  g_return_val_if_fail (DIO_IS_HEAD (self), NULL);
  return self->mouse;
}

DioTouch *
dio_head_get_touch (DioHead *self)
{
  g_return_val_if_fail (DIO_IS_HEAD (self), NULL);
  return self->touch;
}

void
dio_head_release_all (DioHead *self)
{
  g_return_if_fail (DIO_IS_HEAD (self));

  dio_keyboard_release_all (self->keyboard);
  dio_mouse_release_all (self->mouse);
  dio_touch_release_all (self->touch);
}
