/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What QEMU says to a display listener, without sockets. The first byte of an input tells how to read the rest:
 * 'S': as the bytes of the D-Bus stream, after authentication.
 * 'L': as the lines of the authentication.
 * 'M': as calls: a byte for the method, one for the descriptor that comes along, two (little-endian) for the length of
 *      the arguments, and those, as GVariant serialises them. So mutations reach the methods rather than the parser. */
#include "dbus/display1.h"
#include "dbus/sasl.h"
#include "dbus/wire.h"
#include "display/listener.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const struct
{
  const char *interface, *name, *type;
} methods[] = {
  { "org.qemu.Display1.Listener", "Scanout", "(uuuuay)" },
  { "org.qemu.Display1.Listener", "Update", "(iiiiuuay)" },
  { "org.qemu.Display1.Listener.Unix.Map", "ScanoutMap", "(huuuuu)" },
  { "org.qemu.Display1.Listener.Unix.Map", "UpdateMap", "(iiii)" },
  { "org.qemu.Display1.Listener", "CursorDefine", "(iiiiay)" },
  { "org.qemu.Display1.Listener", "MouseSet", "(iii)" },
  { "org.qemu.Display1.Listener", "Disable", "()" },
  { "org.qemu.Display1.Listener", "ScanoutDMABUF", "(huuuutb)" },
  { "org.qemu.Display1.Listener", "UpdateDMABUF", "(iiii)" },
  { "org.freedesktop.DBus.Properties", "Get", "(ss)" },
  { "org.freedesktop.DBus.Properties", "GetAll", "(s)" },
};

/* Of the kinds that matter to a listener; made once, as their content does not. */
static int
get_fd (guint kind)
{
  static int fds[6] = { -1 };

  if (fds[0] < 0)
    {
      fds[0] = memfd_create ("empty", MFD_CLOEXEC);
      for (guint i = 1; i < 4; i++)
        {
          fds[i] = memfd_create ("picture", MFD_CLOEXEC);
          if (ftruncate (fds[i], (off_t) 4096 << (i * 4)) < 0)
            g_error ("ftruncate failed");
        }
      fds[4] = open ("/dev/zero", O_RDONLY | O_CLOEXEC);
      fds[5] = open ("/", O_PATH | O_CLOEXEC);
    }
  return fds[kind % G_N_ELEMENTS (fds)];
}

static void
make_calls (DioEndpoint *endpoint, const guint8 *data, gsize size)
{
  while (size >= 4)
    {
      guint method = data[0] % G_N_ELEMENTS (methods);
      guint kind = data[1];
      gsize length = MIN ((gsize) (data[2] | (data[3] << 8)), size - 4);
      g_autoptr (GDBusMessage) message = g_dbus_message_new_method_call (
          NULL, "/org/qemu/Display1/Listener", methods[method].interface, methods[method].name);
      g_autoptr (GBytes) bytes = g_bytes_new (data + 4, length);
      g_autoptr (GVariant) raw =
          g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (methods[method].type), bytes, FALSE));
      g_autoptr (GVariant) body = g_variant_get_normal_form (raw);
      g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();

      g_dbus_message_set_serial (message, 1);
      g_dbus_message_set_body (message, body);
      if (kind < 128 && g_unix_fd_list_append (fds, get_fd (kind), NULL) >= 0)
        g_dbus_message_set_unix_fd_list (message, fds);
      dio_endpoint_push_message (endpoint, message, NULL);
      data += 4 + length;
      size -= 4 + length;
    }
}

static void
authenticate (const guint8 *data, gsize size)
{
  g_autoptr (DioWire) wire = dio_wire_new (DIO_WIRE_MAX_MESSAGE);
  DioSasl sasl;

  g_free (dio_sasl_start (&sasl, 1000));
  dio_wire_push (wire, data, size);
  while (sasl.state != DIO_SASL_DONE)
    {
      g_autofree char *line = dio_wire_pop_line (wire, NULL);
      g_autofree char *answer = line ? dio_sasl_answer (&sasl, line, NULL) : NULL;

      if (!answer)
        break;
    }
}

/* A frame of it, where that is not too large to be quick. */
static void
look (DioFramebuffer *framebuffer)
{
  g_autoptr (DioFrame) frame = NULL;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  if ((gsize) dio_framebuffer_get_width (framebuffer) * (gsize) dio_framebuffer_get_height (framebuffer) > 1024 * 1024)
    return;
  frame = dio_framebuffer_take_frame (framebuffer);
  if (frame)
    g_assert_cmpuint (g_bytes_get_size (dio_frame_get_bytes (frame)), ==,
                      dio_frame_get_stride (frame) * (gsize) dio_frame_get_height (frame));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (DioFramebuffer) framebuffer = NULL;
  g_autoptr (DioListener) listener = NULL;
  DioEndpoint *endpoint;

  if (size == 0)
    return 0;
  if (data[0] == 'L')
    {
      authenticate (data + 1, size - 1);
      return 0;
    }
  framebuffer = dio_framebuffer_new ();
  listener = dio_listener_new (framebuffer);
  endpoint = dio_listener_open_detached (listener);
  if (data[0] == 'M')
    make_calls (endpoint, data + 1, size - 1);
  else
    dio_endpoint_push (endpoint, data + 1, size - 1, NULL);
  look (framebuffer);
  return 0;
}
