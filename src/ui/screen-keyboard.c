/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/screen-keyboard.h"

#include "ui/console-view-input.h"
#include "input/typist.h"

#include <linux/input-event-codes.h>

/* An input method that takes back more than this is mistaken: it was never told of any text. */
#define MAX_DELETED 64
/* What waits to be typed; more than anybody taps in the time. */
#define MAX_WAITING 4096

struct _DioScreenKeyboard
{
  GObject parent_instance;

  DioConsoleView *view; /* (unowned) */
  GtkIMContext *method; /* NULL while not active */
  DioKeyLayout *layout; /* NULL: none can be had */
  GString *waiting;     /* for what is being typed now */
  GCancellable *cancellable;
  gboolean typing;
};

enum
{
  PROP_0,
  PROP_ACTIVE,
  N_PROPS
};

enum
{
  FAILED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioScreenKeyboard, dio_screen_keyboard, G_TYPE_OBJECT)

/* --- text --- */

static void type_waiting (DioScreenKeyboard *self);

static void
on_typed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioScreenKeyboard) self = user_data;
  g_autoptr (GError) error = NULL;

  self->typing = FALSE;
  if (!dio_typist_type_finish (result, &error) && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_string_truncate (self->waiting, 0);
      g_signal_emit (self, signals[FAILED], 0, error);
    }
  type_waiting (self);
}

/* With a modifier that is held, the keys themselves are meant: Ctrl and “c”. */
static void
strike (DioScreenKeyboard *self, DioKeyboard *keyboard, const char *text)
{
  for (const char *at = text; *at; at = g_utf8_next_char (at))
    {
      DioStrokes strokes;

      if (!dio_key_layout_find (self->layout, g_utf8_get_char (at), &strokes))
        continue;
      for (guint i = 0; i < strokes.n_strokes; i++)
        dio_keyboard_send_combination (keyboard, strokes.strokes[i].keys, strokes.strokes[i].n_keys);
    }
}

static void
type_waiting (DioScreenKeyboard *self)
{
  DioHead *head = self->method ? dio_console_view_get_input_head (self->view) : NULL;
  g_autofree char *text = NULL;

  if (self->typing || self->waiting->len == 0)
    return;
  text = g_strdup (self->waiting->str);
  g_string_truncate (self->waiting, 0);
  if (!head || !self->layout || !g_utf8_validate (text, -1, NULL))
    return;
  if (dio_keyboard_get_n_pressed (dio_head_get_keyboard (head)) > 0)
    {
      strike (self, dio_head_get_keyboard (head), text);
      return;
    }
  self->typing = TRUE;
  dio_typist_type_async (dio_head_get_keyboard (head), self->layout, text, DIO_TYPIST_LEAVE_OUT, 0, self->cancellable,
                         NULL, NULL, on_typed, g_object_ref (self));
}

static void
on_commit (DioScreenKeyboard *self, const char *text)
{
  if (self->waiting->len + strlen (text) > MAX_WAITING)
    return;
  g_string_append (self->waiting, text);
  type_waiting (self);
}

/* It knows of no text around the cursor, but some take back what they have just put in. */
static gboolean
on_delete_surrounding (DioScreenKeyboard *self, int offset, int n_chars)
{
  DioHead *head = dio_console_view_get_input_head (self->view);
  const guint backspace = KEY_BACKSPACE;

  if (!head || offset != -n_chars || n_chars < 1 || n_chars > MAX_DELETED)
    return FALSE;
  for (int i = 0; i < n_chars; i++)
    dio_keyboard_send_combination (dio_head_get_keyboard (head), &backspace, 1);
  return TRUE;
}

/* --- the input method --- */

static void
show (DioScreenKeyboard *self)
{
  if (!self->method || !gtk_widget_has_focus (GTK_WIDGET (self->view)))
    return;
  gtk_im_context_focus_in (self->method);
  gtk_im_context_activate_osk (self->method, NULL);
}

static void
hide (DioScreenKeyboard *self)
{
  if (!self->method)
    return;
  gtk_im_context_reset (self->method);
  gtk_im_context_focus_out (self->method);
}

static void
on_focus_changed (DioScreenKeyboard *self)
{
  if (gtk_widget_has_focus (GTK_WIDGET (self->view)))
    show (self);
  else
    hide (self);
}

static GtkIMContext *
new_method (DioScreenKeyboard *self)
{
  GtkIMContext *method = gtk_im_multicontext_new ();

  /* A terminal is as demanding as a guest: every key as it is, and nothing foretold. */
  g_object_set (method, "input-purpose", GTK_INPUT_PURPOSE_TERMINAL, "input-hints",
                GTK_INPUT_HINT_NO_SPELLCHECK | GTK_INPUT_HINT_NO_EMOJI | GTK_INPUT_HINT_PRIVATE, NULL);
  gtk_im_context_set_use_preedit (method, FALSE);
  g_signal_connect_object (method, "commit", G_CALLBACK (on_commit), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (method, "delete-surrounding", G_CALLBACK (on_delete_surrounding), self, G_CONNECT_SWAPPED);
  gtk_im_context_set_client_widget (method, GTK_WIDGET (self->view));
  return method;
}

gboolean
dio_screen_keyboard_get_active (DioScreenKeyboard *self)
{
  g_return_val_if_fail (DIO_IS_SCREEN_KEYBOARD (self), FALSE);

  return self->method != NULL;
}

void
dio_screen_keyboard_set_active (DioScreenKeyboard *self, gboolean active)
{
  g_return_if_fail (DIO_IS_SCREEN_KEYBOARD (self));

  if (active == (self->method != NULL))
    return;
  if (active)
    {
      self->method = new_method (self);
      gtk_widget_grab_focus (GTK_WIDGET (self->view));
      show (self);
    }
  else
    {
      hide (self);
      g_cancellable_cancel (self->cancellable);
      g_clear_object (&self->cancellable);
      self->cancellable = g_cancellable_new ();
      gtk_im_context_set_client_widget (self->method, NULL);
      g_clear_object (&self->method);
    }
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ACTIVE]);
}

void
dio_screen_keyboard_set_layout (DioScreenKeyboard *self, DioKeyLayout *layout)
{
  g_return_if_fail (DIO_IS_SCREEN_KEYBOARD (self));

  g_clear_pointer (&self->layout, dio_key_layout_unref);
  if (layout)
    self->layout = dio_key_layout_ref (layout);
}

/* --- the object --- */

static void
dio_screen_keyboard_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_ACTIVE:
      g_value_set_boolean (value, dio_screen_keyboard_get_active (DIO_SCREEN_KEYBOARD (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_screen_keyboard_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_ACTIVE:
      dio_screen_keyboard_set_active (DIO_SCREEN_KEYBOARD (object), g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_screen_keyboard_dispose (GObject *object)
{
  DioScreenKeyboard *self = DIO_SCREEN_KEYBOARD (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->method);
  G_OBJECT_CLASS (dio_screen_keyboard_parent_class)->dispose (object);
}

static void
dio_screen_keyboard_finalize (GObject *object)
{
  DioScreenKeyboard *self = DIO_SCREEN_KEYBOARD (object);

  g_clear_pointer (&self->layout, dio_key_layout_unref);
  g_string_free (self->waiting, TRUE);
  G_OBJECT_CLASS (dio_screen_keyboard_parent_class)->finalize (object);
}

static void
dio_screen_keyboard_class_init (DioScreenKeyboardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_screen_keyboard_get_property;
  object_class->set_property = dio_screen_keyboard_set_property;
  object_class->dispose = dio_screen_keyboard_dispose;
  object_class->finalize = dio_screen_keyboard_finalize;
  props[PROP_ACTIVE] = g_param_spec_boolean ("active", NULL, NULL, FALSE,
                                             G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[FAILED] = g_signal_new ("failed", DIO_TYPE_SCREEN_KEYBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dio_screen_keyboard_init (DioScreenKeyboard *self)
{
  self->waiting = g_string_new (NULL);
  self->cancellable = g_cancellable_new ();
}

DioScreenKeyboard *
dio_screen_keyboard_new (DioConsoleView *view)
{
  DioScreenKeyboard *self = g_object_new (DIO_TYPE_SCREEN_KEYBOARD, NULL);

  self->view = view;
  g_signal_connect_object (view, "notify::has-focus", G_CALLBACK (on_focus_changed), self, G_CONNECT_SWAPPED);
  return self;
}
