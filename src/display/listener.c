/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "display/listener.h"

#include "base/debug.h"
#include "base/trace.h"
#include "dbus/display1.h"
#include "display/dmabuf-call.h"
#include "display/framebuffer-private.h"
#include "display/placeholder.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

#define OBJECT_PATH "/org/qemu/Display1/Listener"
#define MAP_INTERFACE "org.qemu.Display1.Listener.Unix.Map"
#define DMABUF2_INTERFACE "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2"
#define UPDATE_LIST_INTERFACE "app.diorama.Display1.Listener.UpdateList"
/* QEMU's main loop authenticates us; under emulation and load that can take a while. */
#define AUTH_TIMEOUT_MS 30000
/* A QEMU with a fault may send something wrong once in a while; one that does nothing else is cut off. */
#define MAX_FAULTS 1000

struct _DioListener
{
  GObject parent_instance;

  DioFramebuffer *framebuffer;
  DioEndpoint *endpoint;
  gboolean skip_placeholders; /* constant while there is an endpoint */

  /* Of the endpoint's thread. */
  int map_fd; /* the memory file of the present scanout, where it is copied, or -1 */
  DioPixelSource map;
  DioDmabufCall dmabuf;    /* the layout of the present one; the descriptors are the framebuffer's */
  gboolean lacks_dmabuf;   /* the last one could not be shown */
  gboolean is_placeholder; /* the present scanout is none of the guest's */

  GMainContext *context;
  GMutex mutex; /* guards what follows: what the main context is to be told */
  DioCursor *cursor;
  gboolean moved, visible;
  int x, y;
  GSource *idle;
};

enum
{
  CURSOR_DEFINED,
  CURSOR_MOVED,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioListener, dio_listener, G_TYPE_OBJECT)

static gboolean
on_idle (gpointer user_data)
{
  DioListener *self = user_data;
  g_autoptr (DioCursor) cursor = NULL;
  gboolean moved, visible;
  int x, y;

  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->idle, g_source_unref);
  cursor = g_steal_pointer (&self->cursor);
  moved = self->moved;
  visible = self->visible;
  x = self->x;
  y = self->y;
  self->moved = FALSE;
  g_mutex_unlock (&self->mutex);

  g_object_ref (self);
  if (cursor)
    g_signal_emit (self, signals[CURSOR_DEFINED], 0, cursor);
  if (moved)
    g_signal_emit (self, signals[CURSOR_MOVED], 0, x, y, visible);
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

/* With the mutex held. The endpoint's thread, which calls this, is gone before SELF is. */
static void
tell_main_context (DioListener *self)
{
  if (self->idle)
    return;
  self->idle = g_idle_source_new ();
  g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->idle, on_idle, self, NULL);
  g_source_set_static_name (self->idle, "[diorama] guest pointer");
  g_source_attach (self->idle, self->context);
}

static void
forget_map (DioListener *self)
{
  g_clear_fd (&self->map_fd, NULL);
  self->map = (DioPixelSource) { 0 };
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
  return FALSE;
}

/* The methods; each in the endpoint's thread, with a body of the right type. Success answers the call, but for those
 * that do it themselves. */

/* Returns: whether SOURCE is a picture; otherwise there is none any more. */
static gboolean
is_picture (DioListener *self, const DioPixelSource *source)
{
  self->is_placeholder = self->skip_placeholders && dio_pixel_source_is_placeholder (source);
  if (self->is_placeholder)
    dio_framebuffer_disable (self->framebuffer);
  return !self->is_placeholder;
}

static gboolean
scanout (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  guint32 width, height, stride, format;
  g_autoptr (GVariant) bytes = NULL;
  gsize size;
  const void *data;
  DioPixelSource source;

  g_variant_get (body, "(uuuu@ay)", &width, &height, &stride, &format, &bytes);
  data = g_variant_get_fixed_array (bytes, &size, 1);
  if (!dio_pixel_source_init_memory (&source, width, height, stride, format, data, size, error))
    return FALSE;
  forget_map (self);
  return !is_picture (self, &source) || dio_framebuffer_scanout (self->framebuffer, &source, error);
}

static gboolean
update (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  gint32 x, y, width, height;
  guint32 stride, format;
  g_autoptr (GVariant) bytes = NULL;
  gsize size;
  const void *data;
  DioPixelSource source;

  g_variant_get (body, "(iiiiuu@ay)", &x, &y, &width, &height, &stride, &format, &bytes);
  data = g_variant_get_fixed_array (bytes, &size, 1);
  if (x < 0 || y < 0 || x > DIO_MAX_SIZE || y > DIO_MAX_SIZE)
    return refuse (error, "The update lies outside any picture");
  if (!dio_pixel_source_init_memory (&source, width, height, stride, format, data, size, error))
    return FALSE;
  if (self->is_placeholder)
    return TRUE;
  forget_map (self);
  return dio_framebuffer_update (self->framebuffer, &source, x, y, error);
}

static gboolean
scanout_map (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  gint32 handle;
  guint32 offset, width, height, stride, format;
  GUnixFDList *fds = g_dbus_message_get_unix_fd_list (message);
  g_autofd int fd = -1;
  DioPixelSource source;

  g_variant_get (body, "(huuuuu)", &handle, &offset, &width, &height, &stride, &format);
  if (!fds || handle < 0 || handle >= g_unix_fd_list_get_length (fds))
    return refuse (error, "The file descriptor is missing");
  fd = g_unix_fd_list_get (fds, handle, error);
  if (fd < 0 || !dio_pixel_source_init_file (&source, width, height, stride, format, fd, offset, error))
    return FALSE;
  forget_map (self);
  if (!is_picture (self, &source) ||
      (dio_pixel_source_is_mappable (&source) && dio_framebuffer_scanout_map (self->framebuffer, &source, NULL)))
    return TRUE;
  if (!dio_framebuffer_scanout (self->framebuffer, &source, error))
    return FALSE;
  self->map = source;
  self->map_fd = g_steal_fd (&fd);
  return TRUE;
}

static gboolean
update_map (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  gint32 x, y, width, height;

  g_variant_get (body, "(iiii)", &x, &y, &width, &height);
  if (self->is_placeholder)
    return TRUE;
  if (self->map_fd < 0)
    return dio_framebuffer_update_map (self->framebuffer, x, y, width, height, error);
  if (x < 0 || y < 0 || width < 1 || height < 1 || width > self->map.width - x || height > self->map.height - y)
    return refuse (error, "The update lies outside the picture");
  return dio_framebuffer_update_shared (self->framebuffer, &self->map, x, y, width, height, error);
}

static gboolean
disable (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  dio_framebuffer_disable (self->framebuffer);
  return TRUE;
}

static gboolean
mouse_set (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  gint32 x, y, on;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_variant_get (body, "(iii)", &x, &y, &on);
  self->x = x;
  self->y = y;
  self->visible = on != 0;
  self->moved = TRUE;
  tell_main_context (self);
  return TRUE;
}

static gboolean
cursor_define (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  gint32 width, height, hot_x, hot_y;
  g_autoptr (GVariant) data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  DioCursor *cursor;

  g_variant_get (body, "(iiii@ay)", &width, &height, &hot_x, &hot_y, &data);
  bytes = g_variant_get_data_as_bytes (data);
  cursor = dio_cursor_new (width, height, hot_x, hot_y, bytes, error);
  if (!cursor)
    return FALSE;
  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->cursor, dio_cursor_unref);
  self->cursor = cursor;
  tell_main_context (self);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

static gboolean
show_dmabuf (DioListener *self, gboolean good, DioDmabufCall *said, GError **error)
{
  if (good)
    {
      good = dio_framebuffer_scanout_dmabuf (self->framebuffer, &said->dmabuf, said->width, said->height, error);
      dio_dmabuf_call_clear (said);
    }
  self->lacks_dmabuf = !good;
  if (!good)
    return FALSE;
  forget_map (self);
  self->is_placeholder = FALSE;
  self->dmabuf = *said;
  return TRUE;
}

static gboolean
scanout_dmabuf (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  DioDmabufCall said;
  gboolean good = dio_dmabuf_call_read (&said, body, g_dbus_message_get_unix_fd_list (message), error);

  return show_dmabuf (self, good, &said, error);
}

static gboolean
scanout_dmabuf2 (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  DioDmabufCall said;
  gboolean good = dio_dmabuf_call_read2 (&said, body, g_dbus_message_get_unix_fd_list (message), error);

  return show_dmabuf (self, good, &said, error);
}

/* Answered when it was shown. */
static gboolean
update_rects (DioListener *self, DioEndpointCall *call, const cairo_rectangle_int_t *rects, guint n_rects,
              GError **error)
{
  if (self->lacks_dmabuf)
    {
      /* That was told to QEMU, which sends updates all the same: let the guest go on. */
      dio_endpoint_call_return (call, NULL);
      return TRUE;
    }
  return dio_framebuffer_update_dmabuf (self->framebuffer, rects, n_rects, call, error);
}

static gboolean
update_dmabuf (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  cairo_rectangle_int_t rect, rects[2];

  g_variant_get (body, "(iiii)", &rect.x, &rect.y, &rect.width, &rect.height);
  return update_rects (self, call, rects, dio_dmabuf_call_place (&self->dmabuf, &rect, rects), error);
}

static gboolean
update_dmabuf_list (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error)
{
  g_autoptr (GVariant) array = g_variant_get_child_value (body, 0);
  gsize n_rects = 0;
  const gint32 (*values)[4] = g_variant_get_fixed_array (array, &n_rects, sizeof *values);
  g_autofree cairo_rectangle_int_t *rects = g_new (cairo_rectangle_int_t, n_rects * 2);
  guint n = 0;

  for (gsize i = 0; i < n_rects; i++)
    {
      cairo_rectangle_int_t rect = { values[i][0], values[i][1], values[i][2], values[i][3] };

      n += dio_dmabuf_call_place (&self->dmabuf, &rect, rects + n);
    }
  return update_rects (self, call, rects, n, error);
}

static const struct
{
  const char *name;
  gboolean (*handle) (DioListener *self, DioEndpointCall *call, GDBusMessage *message, GVariant *body, GError **error);
  enum
  {
    ANSWERS = 1 << 0, /* by itself, and later */
    SHOWS = 1 << 1,   /* another picture */
  } flags;
} methods[] = {
  { "UpdateMap", update_map, 0 },
  { "UpdateDMABUF", update_dmabuf, ANSWERS },
  { "UpdateDMABUFList", update_dmabuf_list, ANSWERS },
  { "Update", update, 0 },
  { "Scanout", scanout, SHOWS },
  { "ScanoutMap", scanout_map, SHOWS },
  { "ScanoutDMABUF", scanout_dmabuf, SHOWS },
  { "ScanoutDMABUF2", scanout_dmabuf2, SHOWS },
  { "MouseSet", mouse_set, 0 },
  { "CursorDefine", cursor_define, 0 },
  { "Disable", disable, 0 },
};

static void
handle (DioEndpointCall *call, GDBusMessage *message, GVariant *body, gpointer user_data)
{
  DioListener *self = user_data;
  const char *name = g_dbus_message_get_member (message);
  const gint64 begin = dio_trace_begin ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (!g_str_equal (methods[i].name, name))
        continue;
      if (methods[i].handle (self, call, message, body, &error))
        {
          if (!(methods[i].flags & ANSWERS))
            dio_endpoint_call_return (call, NULL);
          dio_trace_end (begin, "frame received", "%s", name);
          return;
        }
      if (methods[i].flags & SHOWS)
        dio_framebuffer_refuse (self->framebuffer);
      break;
    }
  dio_debug (DIO_DEBUG_FRAMES, "%s refused: %s", name, error ? error->message : "unknown");
  dio_endpoint_call_return_error (call, "org.freedesktop.DBus.Error.InvalidArgs",
                                  error ? error->message : "The call is not known");
}

static gint64
before_wait (gpointer user_data)
{
  DioListener *self = user_data;

  return dio_framebuffer_expire (self->framebuffer);
}

/* The one property: which further interfaces QEMU may use. */
static GVariant *
get_property (const char *interface, const char *property, gpointer user_data)
{
  static const char *const interfaces[] = { MAP_INTERFACE, DMABUF2_INTERFACE, UPDATE_LIST_INTERFACE, NULL };

  return g_variant_new_strv (interfaces, -1);
}

static void
on_closed (const GError *error, gpointer user_data)
{
  DioListener *self = user_data;
  g_autoptr (GError) told = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    told = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                _ ("The virtual machine sent invalid display data, and its display was closed. "
                                   "Start the machine again."));
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    told = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                _ ("The virtual machine closed its display. Start it again, or attach to it again."));
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    told = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                _ ("The virtual machine’s display does not answer. Start the machine again."));
  else
    told = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                        _ ("The connection to the virtual machine’s display failed: %s. Start the machine again."),
                        error->message);
  g_object_ref (self);
  g_signal_emit (self, signals[CLOSED], 0, told);
  g_object_unref (self);
}

static const DioEndpointClass *
get_endpoint_class (void)
{
  static GDBusInterfaceInfo *interfaces[5];
  static DioEndpointClass klass = {
    .object_path = OBJECT_PATH,
    .interfaces = interfaces,
    .handle = handle,
    .get_property = get_property,
    .before_wait = before_wait,
    .closed = on_closed,
    .auth_timeout_ms = AUTH_TIMEOUT_MS,
    .max_faults = MAX_FAULTS,
  };
  static gsize ready;

  if (g_once_init_enter (&ready))
    {
      interfaces[0] = dio_qemu_listener_interface_info ();
      interfaces[1] = dio_qemu_listener_unix_map_interface_info ();
      interfaces[2] = dio_qemu_listener_unix_scanout_dmabuf2_interface_info ();
      interfaces[3] = dio_qemu_listener_update_list_interface_info ();
      g_once_init_leave (&ready, 1);
    }
  return &klass;
}

void
dio_listener_set_skip_placeholders (DioListener *self, gboolean skip)
{
  g_return_if_fail (DIO_IS_LISTENER (self));
  g_return_if_fail (!self->endpoint);
  self->skip_placeholders = skip;
}

int
dio_listener_open (DioListener *self, GError **error)
{
  int fds[2];

  g_return_val_if_fail (DIO_IS_LISTENER (self), -1);
  g_return_val_if_fail (!self->endpoint, -1);
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
    {
      g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno),
                   _ ("No socket could be made for the display: %s. Close other programs or windows, then try again."),
                   g_strerror (errno));
      return -1;
    }
  self->endpoint = dio_endpoint_new (fds[0], get_endpoint_class (), self);
  return fds[1];
}

DioEndpoint *
dio_listener_open_detached (DioListener *self)
{
  g_return_val_if_fail (!self->endpoint, NULL);
  self->endpoint = dio_endpoint_new_detached (get_endpoint_class (), self);
  return self->endpoint;
}

gboolean
dio_listener_is_open (DioListener *self)
{
  g_return_val_if_fail (DIO_IS_LISTENER (self), FALSE);
  return self->endpoint != NULL;
}

void
dio_listener_close (DioListener *self)
{
  g_return_if_fail (DIO_IS_LISTENER (self));
  g_clear_pointer (&self->endpoint, dio_endpoint_free);
  if (self->framebuffer)
    dio_framebuffer_release (self->framebuffer);
  if (self->idle)
    g_source_destroy (self->idle);
  g_clear_pointer (&self->idle, g_source_unref);
  forget_map (self);
}

static void
dio_listener_dispose (GObject *object)
{
  DioListener *self = DIO_LISTENER (object);

  dio_listener_close (self);
  g_clear_object (&self->framebuffer);
  g_clear_pointer (&self->cursor, dio_cursor_unref);
  G_OBJECT_CLASS (dio_listener_parent_class)->dispose (object);
}

static void
dio_listener_finalize (GObject *object)
{
  DioListener *self = DIO_LISTENER (object);

  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (dio_listener_parent_class)->finalize (object);
}

static void
dio_listener_class_init (DioListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = dio_listener_dispose;
  object_class->finalize = dio_listener_finalize;

  signals[CURSOR_DEFINED] =
      g_signal_new ("cursor-defined", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, DIO_TYPE_CURSOR);
  signals[CURSOR_MOVED] = g_signal_new ("cursor-moved", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                        G_TYPE_INT, G_TYPE_INT, G_TYPE_BOOLEAN);
  signals[CLOSED] = g_signal_new ("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dio_listener_init (DioListener *self)
{
  g_mutex_init (&self->mutex);
  self->context = g_main_context_ref_thread_default ();
  self->map_fd = -1;
}

DioListener *
dio_listener_new (DioFramebuffer *framebuffer)
{
  DioListener *self = g_object_new (DIO_TYPE_LISTENER, NULL);

  self->framebuffer = g_object_ref (framebuffer);
  return self;
}
