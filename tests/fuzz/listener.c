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
#include "display/frame-reader.h"
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
  { "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2", "ScanoutDMABUF2", "(ahuuuuauauuuuutb)" },
  { "app.diorama.Display1.Listener.UpdateList", "UpdateDMABUFList", "(a(iiii))" },
};

/* Of the kinds that matter to a listener; made once, as their content does not. */
static int
get_fd (guint kind)
{
  static int fds[8] = { -1 };

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
      /* These can be mapped, and stand in for graphics buffers. */
      for (guint i = 6; i < 8; i++)
        {
          fds[i] = memfd_create ("buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
          if (ftruncate (fds[i], (off_t) 4096 << (i * 4 - 20)) < 0 || fcntl (fds[i], F_ADD_SEALS, F_SEAL_SHRINK) < 0)
            g_error ("making a buffer failed");
        }
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
      if (kind < 128 && g_unix_fd_list_append (fds, get_fd (kind), NULL) >= 0 &&
          g_unix_fd_list_append (fds, get_fd (kind + 1), NULL) >= 0)
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

/* All pixels of a frame of it, where those are not too many to be quick. */
static void
look (DioFramebuffer *framebuffer, DioFrameReader *reader)
{
  g_autoptr (DioFrame) frame = NULL;
  const guint8 *first;
  gssize stride;
  guint sum = 0;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  frame = dio_frame_reader_take (reader);
  if (!frame || (gsize) dio_frame_get_width (frame) * (gsize) dio_frame_get_height (frame) > 1024 * 1024)
    return;
  first = dio_frame_map (frame, &stride, NULL);
  g_assert_true (!first == !dio_frame_is_readable (frame));
  if (!first)
    return;
  for (int y = 0; y < dio_frame_get_height (frame); y++)
    for (int x = 0;
         x < dio_frame_get_width (frame) * (int) dio_pixel_format_get_bytes_per_pixel (dio_frame_get_format (frame));
         x++)
      sum += first[y * stride + x];
  dio_frame_unmap (frame);
  g_assert_cmpuint (sum, <, G_MAXUINT);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (DioFramebuffer) framebuffer = NULL;
  g_autoptr (DioFrameReader) reader = NULL;
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
  reader = dio_frame_reader_new (framebuffer);
  dio_frame_reader_set_pacing (reader, size % 2);
  listener = dio_listener_new (framebuffer);
  endpoint = dio_listener_open_detached (listener);
  if (data[0] == 'M')
    make_calls (endpoint, data + 1, size - 1);
  else
    dio_endpoint_push (endpoint, data + 1, size - 1, NULL);
  look (framebuffer, reader);
  return 0;
}
