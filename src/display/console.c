/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "display/console.h"

#include "dbus/display1.h"
#include "display/framebuffer-private.h"
#include "display/listener.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>

/* The object of QEMU's tells what the console is (label, head, size, over the connection that all share), its listener
 * what it shows (over a socket of its own). */

#define TELL_AGAIN_MS 1500
#define TELL_AGAIN_TIMES 2

/* What the user would like the guest's mode to be. */
typedef struct
{
  int width, height, width_mm, height_mm;
} Wish;

struct _DioConsole
{
  GObject parent_instance;

  DioQemuConsole *proxy;
  DioListener *listener;
  DioFramebuffer *framebuffer;
  GCancellable *cancellable;

  DioCursor *cursor;
  gboolean cursor_visible;
  int cursor_x, cursor_y;
  guint id;
  char *error;

  Wish wish;
  gboolean wished, wish_pending, wish_in_flight;
  guint again_id, n_again; /* tells it once more */
  gboolean deaf;           /* it did not follow, however often it was told */
  int place_x, place_y;    /* on the guest's desktop */

  gboolean resting;
  gboolean registering; /* again, after a rest */
};

enum
{
  PROP_0,
  PROP_FRAMEBUFFER,
  PROP_CURSOR,
  PROP_CURSOR_VISIBLE,
  PROP_CURSOR_X,
  PROP_CURSOR_Y,
  PROP_LABEL,
  PROP_HEAD,
  PROP_ID,
  PROP_ERROR,
  N_PROPS
};

enum
{
  CLOSED,
  UNHEEDED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioConsole, dio_console, G_TYPE_OBJECT)

static void
on_cursor_defined (DioListener *listener, DioCursor *cursor, DioConsole *self)
{
  g_clear_pointer (&self->cursor, dio_cursor_unref);
  self->cursor = dio_cursor_ref (cursor);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR]);
}

static void
on_cursor_moved (DioListener *listener, int x, int y, gboolean visible, DioConsole *self)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (self->cursor_x != x)
    {
      self->cursor_x = x;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR_X]);
    }
  if (self->cursor_y != y)
    {
      self->cursor_y = y;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR_Y]);
    }
  if (self->cursor_visible != visible)
    {
      self->cursor_visible = visible;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR_VISIBLE]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

static void
on_listener_closed (DioListener *listener, const GError *error, DioConsole *self)
{
  g_object_ref (self);
  dio_listener_close (listener);
  if (g_set_str (&self->error, error->message))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
  g_signal_emit (self, signals[CLOSED], 0, error);
  g_object_unref (self);
}

static void
on_size_changed (DioQemuConsole *proxy, GParamSpec *pspec, DioConsole *self)
{
  dio_framebuffer_set_size_hint (self->framebuffer, dio_qemu_console_get_width (proxy),
                                 dio_qemu_console_get_height (proxy));
}

static void
on_label_changed (DioQemuConsole *proxy, GParamSpec *pspec, DioConsole *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LABEL]);
}

static void
on_head_changed (DioQemuConsole *proxy, GParamSpec *pspec, DioConsole *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HEAD]);
}

/* ERROR is GDBus' or QEMU's, in their words. (transfer full) */
static GError *
describe (GError *error)
{
  g_dbus_error_strip_remote_error (error);
  return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                      _ ("The virtual machine does not show its display: %s. Start the machine again."),
                      error->message);
}

static void
on_registered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (dio_qemu_console_call_register_listener_finish (DIO_QEMU_CONSOLE (source), NULL, result, &error))
    g_task_return_pointer (task, g_object_ref (g_task_get_task_data (task)), g_object_unref);
  else if (!g_task_return_error_if_cancelled (task))
    g_task_return_error (task, describe (error));
}

/* QEMU answers, then authenticates our end of the socket without doing anything else: the listener's thread is there by
 * then. */
static gboolean
register_listener (DioConsole *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data,
                   GError **error)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autofd int fd = dio_listener_open (self->listener, error);

  if (fd < 0 || g_unix_fd_list_append (fds, fd, error) < 0)
    return FALSE;
  dio_qemu_console_call_register_listener (self->proxy, g_variant_new_handle (0), G_DBUS_CALL_FLAGS_NONE, -1, fds,
                                           cancellable, callback, user_data);
  return TRUE;
}

/* --- rest --- */

static void wake (DioConsole *self);

static void
on_registered_again (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsole) self = user_data;
  g_autoptr (GError) error = NULL, told = NULL;

  self->registering = FALSE;
  dio_qemu_console_call_register_listener_finish (DIO_QEMU_CONSOLE (source), NULL, result, &error);
  if (self->resting || g_cancellable_is_cancelled (self->cancellable))
    return;
  if (!dio_listener_is_open (self->listener))
    {
      /* It was put to rest and woken again meanwhile. */
      if (!self->error)
        wake (self);
    }
  else if (error)
    {
      told = describe (error);
      on_listener_closed (self->listener, told, self);
    }
}

static void
wake (DioConsole *self)
{
  g_autoptr (GError) error = NULL;

  self->registering = register_listener (self, self->cancellable, on_registered_again, g_object_ref (self), &error);
  if (self->registering)
    return;
  on_listener_closed (self->listener, error, self);
  g_object_unref (self);
}

void
dio_console_set_resting (DioConsole *self, gboolean resting)
{
  g_return_if_fail (DIO_IS_CONSOLE (self));
  if (self->resting == resting || g_cancellable_is_cancelled (self->cancellable))
    return;
  self->resting = resting;
  if (resting)
    dio_listener_close (self->listener);
  else if (!self->registering && !self->error)
    wake (self);
}

gboolean
dio_console_get_resting (DioConsole *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), FALSE);
  return self->resting;
}

/* --- making one --- */

static void
on_proxy_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DioConsole *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->proxy = dio_qemu_console_proxy_new_finish (result, &error);
  if (!self->proxy)
    {
      if (!g_task_return_error_if_cancelled (task))
        g_task_return_error (task, describe (error));
      return;
    }
  g_signal_connect_object (self->proxy, "notify::width", G_CALLBACK (on_size_changed), self, 0);
  g_signal_connect_object (self->proxy, "notify::height", G_CALLBACK (on_size_changed), self, 0);
  g_signal_connect_object (self->proxy, "notify::label", G_CALLBACK (on_label_changed), self, 0);
  g_signal_connect_object (self->proxy, "notify::head", G_CALLBACK (on_head_changed), self, 0);
  /* What QEMU shows of a first output that is not in use is a machine's that starts; of a further one, an unplugged
   * screen's. */
  dio_listener_set_skip_placeholders (self->listener, dio_qemu_console_get_head (self->proxy) > 0);
  if (register_listener (self, g_task_get_cancellable (task), on_registered, task, &error))
    g_steal_pointer (&task);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
dio_console_new_async (GDBusConnection *connection, const char *bus_name, const char *object_path,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  DioConsole *self = g_object_new (DIO_TYPE_CONSOLE, NULL);

  g_task_set_source_tag (task, dio_console_new_async);
  g_task_set_task_data (task, self, g_object_unref);
  if (sscanf (object_path, "/org/qemu/Display1/Console_%9u", &self->id) != 1)
    self->id = 0;
  dio_qemu_console_proxy_new (connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, bus_name, object_path, cancellable,
                              on_proxy_ready, g_steal_pointer (&task));
}

DioConsole *
dio_console_new_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

DioFramebuffer *
dio_console_get_framebuffer (DioConsole *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), NULL);
  return self->framebuffer;
}

DioCursor *
dio_console_get_cursor (DioConsole *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), NULL);
  return self->cursor;
}

gboolean
dio_console_get_cursor_visible (DioConsole *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), FALSE);
  return self->cursor_visible;
}

const char *
dio_console_get_label (DioConsole *self)
{
  const char *label;

  g_return_val_if_fail (DIO_IS_CONSOLE (self), NULL);
  label = self->proxy ? dio_qemu_console_get_label (self->proxy) : NULL;
  return label ? label : "";
}

guint
dio_console_get_id (DioConsole *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), 0);
  return self->id;
}

guint
dio_console_get_head (DioConsole *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), 0);
  return self->proxy ? dio_qemu_console_get_head (self->proxy) : 0;
}

const char *const *
dio_console_get_interfaces (DioConsole *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), NULL);
  return self->proxy ? dio_qemu_console_get_interfaces (self->proxy) : NULL;
}

static void send_wish (DioConsole *self);

static void
on_wish_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsole) self = user_data;

  /* A console whose device has no such thing says no; its mode stays. */
  dio_qemu_console_call_set_ui_info_finish (DIO_QEMU_CONSOLE (source), result, NULL);
  self->wish_in_flight = FALSE;
  if (self->wish_pending && !g_cancellable_is_cancelled (self->cancellable))
    send_wish (self);
}

static void
send_wish (DioConsole *self)
{
  self->wish_pending = FALSE;
  self->wish_in_flight = TRUE;
  dio_qemu_console_call_set_ui_info (self->proxy, (guint16) self->wish.width_mm, (guint16) self->wish.height_mm,
                                     self->place_x, self->place_y, (guint) self->wish.width, (guint) self->wish.height,
                                     G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, on_wish_answered,
                                     g_object_ref (self));
}

static void
wish (DioConsole *self)
{
  if (!self->proxy || !self->wished || g_cancellable_is_cancelled (self->cancellable))
    return;
  self->wish_pending = TRUE;
  if (!self->wish_in_flight)
    send_wish (self);
}

static void watch_wish (DioConsole *self);

/* QEMU passes on only what is new to it. A millimetre is, and nobody sees it; where there are none it reckons with a
 * hundred pixels an inch. */
static void
vary_wish (Wish *told)
{
  if (MIN (told->width_mm, told->height_mm) < 2)
    {
      told->width_mm = told->width * 254 / 1000;
      told->height_mm = told->height * 254 / 1000;
    }
  else
    told->width_mm ^= 1;
}

static gboolean
is_followed (DioConsole *self)
{
  return self->wish.width == 0 || (dio_qemu_console_get_width (self->proxy) == (guint) self->wish.width &&
                                   dio_qemu_console_get_height (self->proxy) == (guint) self->wish.height);
}

static void
on_again_due (gpointer user_data)
{
  DioConsole *self = user_data;

  self->again_id = 0;
  if (!self->proxy || is_followed (self))
    {
      self->deaf = FALSE;
      return;
    }
  if (self->n_again < TELL_AGAIN_TIMES)
    {
      self->n_again++;
      vary_wish (&self->wish);
      wish (self);
      watch_wish (self);
    }
  else
    self->deaf = TRUE;
  /* Of a guest that did not follow the last time nobody waits so long. */
  if (self->deaf)
    g_signal_emit (self, signals[UNHEEDED], 0);
}

/* Linux' driver for virtio-gpu forgets what it is told while it still looks at what it was told just before, of another
 * screen or of this one: a guest that does not follow is told once more. One that does not want to does not mind. */
static void
watch_wish (DioConsole *self)
{
  g_clear_handle_id (&self->again_id, g_source_remove);
  self->again_id = g_timeout_add_once (TELL_AGAIN_MS, on_again_due, self);
}

void
dio_console_set_ui_info (DioConsole *self, int width, int height, int width_mm, int height_mm)
{
  gboolean unplugged = width == 0 && height == 0;

  g_return_if_fail (DIO_IS_CONSOLE (self));
  self->wish = (Wish) {
    .width = unplugged ? 0 : CLAMP (width, DIO_CONSOLE_MIN_WIDTH, DIO_MAX_SIZE),
    .height = unplugged ? 0 : CLAMP (height, DIO_CONSOLE_MIN_HEIGHT, DIO_MAX_SIZE),
    .width_mm = CLAMP (width_mm, 0, G_MAXUINT16),
    .height_mm = CLAMP (height_mm, 0, G_MAXUINT16),
  };
  self->wished = TRUE;
  self->n_again = 0;
  wish (self);
  watch_wish (self);
}

gboolean
dio_console_get_ui_info (DioConsole *self, int *width, int *height)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), FALSE);
  *width = self->wish.width;
  *height = self->wish.height;
  return self->wished;
}

gboolean
dio_console_is_unheeded (DioConsole *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE (self), FALSE);
  return self->deaf && self->proxy && !is_followed (self);
}

void
dio_console_set_place (DioConsole *self, int x, int y)
{
  g_return_if_fail (DIO_IS_CONSOLE (self));
  if (self->place_x == x && self->place_y == y)
    return;
  self->place_x = x;
  self->place_y = y;
  wish (self);
}

void
dio_console_close (DioConsole *self)
{
  g_return_if_fail (DIO_IS_CONSOLE (self));
  g_cancellable_cancel (self->cancellable);
  dio_listener_close (self->listener);
}

static void
dio_console_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioConsole *self = DIO_CONSOLE (object);

  switch (prop_id)
    {
    case PROP_FRAMEBUFFER:
      g_value_set_object (value, self->framebuffer);
      break;
    case PROP_CURSOR:
      g_value_set_boxed (value, self->cursor);
      break;
    case PROP_CURSOR_VISIBLE:
      g_value_set_boolean (value, self->cursor_visible);
      break;
    case PROP_CURSOR_X:
      g_value_set_int (value, self->cursor_x);
      break;
    case PROP_CURSOR_Y:
      g_value_set_int (value, self->cursor_y);
      break;
    case PROP_LABEL:
      g_value_set_string (value, dio_console_get_label (self));
      break;
    case PROP_HEAD:
      g_value_set_uint (value, dio_console_get_head (self));
      break;
    case PROP_ID:
      g_value_set_uint (value, self->id);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_console_dispose (GObject *object)
{
  DioConsole *self = DIO_CONSOLE (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->again_id, g_source_remove);
  g_clear_object (&self->listener);
  g_clear_object (&self->proxy);
  g_clear_object (&self->framebuffer);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->cursor, dio_cursor_unref);
  g_clear_pointer (&self->error, g_free);
  G_OBJECT_CLASS (dio_console_parent_class)->dispose (object);
}

static void
dio_console_class_init (DioConsoleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = dio_console_get_property;
  object_class->dispose = dio_console_dispose;

  properties[PROP_FRAMEBUFFER] = g_param_spec_object ("framebuffer", NULL, NULL, DIO_TYPE_FRAMEBUFFER, flags);
  properties[PROP_CURSOR] = g_param_spec_boxed ("cursor", NULL, NULL, DIO_TYPE_CURSOR, flags);
  properties[PROP_CURSOR_VISIBLE] = g_param_spec_boolean ("cursor-visible", NULL, NULL, FALSE, flags);
  properties[PROP_CURSOR_X] = g_param_spec_int ("cursor-x", NULL, NULL, G_MININT, G_MAXINT, 0, flags);
  properties[PROP_CURSOR_Y] = g_param_spec_int ("cursor-y", NULL, NULL, G_MININT, G_MAXINT, 0, flags);
  properties[PROP_LABEL] = g_param_spec_string ("label", NULL, NULL, "", flags);
  properties[PROP_HEAD] = g_param_spec_uint ("head", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_ID] = g_param_spec_uint ("id", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CLOSED] = g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[UNHEEDED] =
      g_signal_new ("unheeded", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_console_init (DioConsole *self)
{
  self->cancellable = g_cancellable_new ();
  self->framebuffer = dio_framebuffer_new ();
  self->listener = dio_listener_new (self->framebuffer);
  g_signal_connect_object (self->listener, "cursor-defined", G_CALLBACK (on_cursor_defined), self, 0);
  g_signal_connect_object (self->listener, "cursor-moved", G_CALLBACK (on_cursor_moved), self, 0);
  g_signal_connect_object (self->listener, "closed", G_CALLBACK (on_listener_closed), self, 0);
}
