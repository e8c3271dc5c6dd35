/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb-guest.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

void
usb_iterate (void)
{
  guint id = g_timeout_add (5, on_tick, NULL);
  GSource *source = g_source_ref (g_main_context_find_source_by_id (NULL, id));

  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
  g_source_unref (source);
}

/* --- what the parser calls --- */

static void
on_log (void *priv, int level, const char *text)
{
  if (level <= usbredirparser_error)
    g_test_message ("guest: %s", text);
}

static int
on_read (void *priv, uint8_t *data, int count)
{
  UsbGuest *self = priv;
  gssize n = recv (self->fd, data, (gsize) count, MSG_DONTWAIT);

  if (n > 0)
    return (int) n;
  if (n < 0 && errno == EAGAIN)
    return 0;
  self->closed = TRUE;
  return -1;
}

static int
on_write (void *priv, uint8_t *data, int count)
{
  UsbGuest *self = priv;
  gssize n = send (self->fd, data, (gsize) count, MSG_DONTWAIT | MSG_NOSIGNAL);

  return n < 0 ? (errno == EAGAIN ? 0 : -1) : (int) n;
}

static void
on_device_connect (void *priv, struct usb_redir_device_connect_header *device)
{
  UsbGuest *self = priv;

  self->device = *device;
  self->connected = TRUE;
}

static void
on_device_disconnect (void *priv)
{
  ((UsbGuest *) priv)->disconnected = TRUE;
}

static void
on_interfaces (void *priv, struct usb_redir_interface_info_header *info)
{
  ((UsbGuest *) priv)->interfaces = *info;
}

static void
on_endpoints (void *priv, struct usb_redir_ep_info_header *info)
{
  ((UsbGuest *) priv)->endpoints = *info;
}

static void
on_configuration (void *priv, uint64_t id, struct usb_redir_configuration_status_header *status)
{
  ((UsbGuest *) priv)->configuration = status->status ? -1 - status->status : status->configuration;
}

static void
on_alternate (void *priv, uint64_t id, struct usb_redir_alt_setting_status_header *status)
{
  ((UsbGuest *) priv)->alternate = status->status ? -1 - status->status : status->alt;
}

static void
on_iso_status (void *priv, uint64_t id, struct usb_redir_iso_stream_status_header *status)
{
  ((UsbGuest *) priv)->stream_status = status->status;
}

static void
on_interrupt_status (void *priv, uint64_t id, struct usb_redir_interrupt_receiving_status_header *status)
{
  ((UsbGuest *) priv)->stream_status = status->status;
}

static void
on_bulk_status (void *priv, uint64_t id, struct usb_redir_bulk_receiving_status_header *status)
{
  ((UsbGuest *) priv)->stream_status = status->status;
}

static void
on_streams_status (void *priv, uint64_t id, struct usb_redir_bulk_streams_status_header *status)
{
  ((UsbGuest *) priv)->stream_status = status->status;
}

static void
add_answer (UsbGuest *self, guint64 id, guint8 type, guint8 status, guint8 *data, int size)
{
  UsbAnswer *answer = g_new0 (UsbAnswer, 1);

  answer->type = type;
  answer->status = status;
  answer->data = g_bytes_new (data, (gsize) size);
  usbredirparser_free_packet_data (self->parser, data);
  g_hash_table_insert (self->answers, g_memdup2 (&id, sizeof id), answer);
}

static void
on_control (void *priv, uint64_t id, struct usb_redir_control_packet_header *control, uint8_t *data, int size)
{
  add_answer (priv, id, usb_redir_control_packet, control->status, data, size);
}

static void
on_bulk (void *priv, uint64_t id, struct usb_redir_bulk_packet_header *bulk, uint8_t *data, int size)
{
  add_answer (priv, id, usb_redir_bulk_packet, bulk->status, data, size);
}

static void
add_stream_data (UsbGuest *self, uint8_t *data, int size)
{
  self->n_stream_packets++;
  self->stream_bytes += (guint64) size;
  g_clear_pointer (&self->last_packet, g_bytes_unref);
  self->last_packet = g_bytes_new (data, (gsize) size);
  usbredirparser_free_packet_data (self->parser, data);
}

static void
on_iso (void *priv, uint64_t id, struct usb_redir_iso_packet_header *iso, uint8_t *data, int size)
{
  add_stream_data (priv, data, size);
}

static void
on_interrupt (void *priv, uint64_t id, struct usb_redir_interrupt_packet_header *interrupt, uint8_t *data, int size)
{
  if (interrupt->endpoint & 0x80)
    add_stream_data (priv, data, size);
  else
    add_answer (priv, id, usb_redir_interrupt_packet, interrupt->status, data, size);
}

static void
on_buffered_bulk (void *priv, uint64_t id, struct usb_redir_buffered_bulk_packet_header *bulk, uint8_t *data, int size)
{
  add_stream_data (priv, data, size);
}

/* --- the guest --- */

static gboolean
on_socket (int fd, GIOCondition condition, gpointer user_data)
{
  UsbGuest *self = user_data;

  if (usbredirparser_do_read (self->parser) == 0)
    {
      usbredirparser_do_write (self->parser);
      return G_SOURCE_CONTINUE;
    }
  self->closed = TRUE;
  self->source = 0;
  return G_SOURCE_REMOVE;
}

static void
free_answer (gpointer data)
{
  UsbAnswer *answer = data;

  g_bytes_unref (answer->data);
  g_free (answer);
}

UsbGuest *
usb_guest_new (int fd, guint32 caps)
{
  UsbGuest *self = g_new0 (UsbGuest, 1);
  guint32 all = 0;

  self->fd = fd;
  self->configuration = self->alternate = self->stream_status = G_MAXINT;
  self->next_id = 1;
  self->answers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, free_answer);
  self->parser = usbredirparser_create ();
  self->parser->priv = self;
  self->parser->log_func = on_log;
  self->parser->read_func = on_read;
  self->parser->write_func = on_write;
  self->parser->device_connect_func = on_device_connect;
  self->parser->device_disconnect_func = on_device_disconnect;
  self->parser->interface_info_func = on_interfaces;
  self->parser->ep_info_func = on_endpoints;
  self->parser->configuration_status_func = on_configuration;
  self->parser->alt_setting_status_func = on_alternate;
  self->parser->iso_stream_status_func = on_iso_status;
  self->parser->interrupt_receiving_status_func = on_interrupt_status;
  self->parser->bulk_receiving_status_func = on_bulk_status;
  self->parser->bulk_streams_status_func = on_streams_status;
  self->parser->control_packet_func = on_control;
  self->parser->bulk_packet_func = on_bulk;
  self->parser->iso_packet_func = on_iso;
  self->parser->interrupt_packet_func = on_interrupt;
  self->parser->buffered_bulk_packet_func = on_buffered_bulk;
  for (int i = usb_redir_cap_bulk_streams; i <= usb_redir_cap_bulk_receiving; i++)
    usbredirparser_caps_set_cap (&all, i);
  all &= caps;
  usbredirparser_init (self->parser, "Test", &all, 1, 0);
  usb_guest_set_reading (self, TRUE);
  usbredirparser_do_write (self->parser);
  return self;
}

void
usb_guest_set_reading (UsbGuest *self, gboolean reading)
{
  if (reading && !self->source && !self->closed)
    self->source = g_unix_fd_add (self->fd, G_IO_IN | G_IO_HUP, on_socket, self);
  else if (!reading)
    g_clear_handle_id (&self->source, g_source_remove);
}

void
usb_guest_free (UsbGuest *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_fd (&self->fd, NULL);
  usbredirparser_destroy (self->parser);
  g_hash_table_unref (self->answers);
  g_clear_pointer (&self->last_packet, g_bytes_unref);
  g_free (self);
}

void
usb_guest_flush (UsbGuest *self)
{
  usb_wait_until (usbredirparser_do_write (self->parser) < 0 || !usbredirparser_has_data_to_write (self->parser));
}

guint64
usb_guest_control (UsbGuest *self, guint8 type, guint8 request, guint16 value, guint16 index, guint16 length,
                   const void *data)
{
  struct usb_redir_control_packet_header control = {
    .endpoint = type & 0x80, .request = request, .requesttype = type, .value = value, .index = index, .length = length
  };
  guint64 id = self->next_id++;

  usbredirparser_send_control_packet (self->parser, id, &control, type & 0x80 ? NULL : (guint8 *) data,
                                      type & 0x80 ? 0 : length);
  usbredirparser_do_write (self->parser);
  return id;
}

guint64
usb_guest_bulk (UsbGuest *self, guint8 endpoint, guint length, const void *data)
{
  struct usb_redir_bulk_packet_header bulk = { .endpoint = endpoint,
                                               .length = (guint16) length,
                                               .length_high = (guint16) (length >> 16) };
  guint64 id = self->next_id++;

  usbredirparser_send_bulk_packet (self->parser, id, &bulk, endpoint & 0x80 ? NULL : (guint8 *) data,
                                   endpoint & 0x80 ? 0 : (int) length);
  usbredirparser_do_write (self->parser);
  return id;
}

const UsbAnswer *
usb_guest_wait (UsbGuest *self, guint64 id)
{
  usb_guest_flush (self);
  usb_wait_until (self->closed || g_hash_table_contains (self->answers, &id));
  return g_hash_table_lookup (self->answers, &id);
}

int
usb_guest_scsi (UsbGuest *self, const guint8 *command, gsize command_size, guint8 *in, const guint8 *out, gsize size)
{
  guint8 wrapper[31] = "USBC";
  const UsbAnswer *answer;
  const guint8 *status;
  gsize n;

  for (guint i = 0; i < 4; i++)
    wrapper[8 + i] = (guint8) (size >> (8 * i));
  wrapper[12] = in ? 0x80 : 0;
  wrapper[14] = (guint8) command_size;
  memcpy (wrapper + 15, command, command_size);
  answer = usb_guest_wait (self, usb_guest_bulk (self, FAKE_STORAGE_OUT, sizeof wrapper, wrapper));
  if (!answer || answer->status != usb_redir_success)
    return -1;
  if (size > 0)
    {
      answer = usb_guest_wait (self, in ? usb_guest_bulk (self, FAKE_STORAGE_IN, (guint) size, NULL)
                                        : usb_guest_bulk (self, FAKE_STORAGE_OUT, (guint) size, out));
      if (!answer || answer->status != usb_redir_success)
        return -1;
      n = g_bytes_get_size (answer->data);
      if (in && n > 0)
        memcpy (in, g_bytes_get_data (answer->data, NULL), MIN (n, size));
    }
  answer = usb_guest_wait (self, usb_guest_bulk (self, FAKE_STORAGE_IN, 13, NULL));
  if (!answer || answer->status != usb_redir_success)
    return -1;
  status = g_bytes_get_data (answer->data, &n);
  return n == 13 ? status[12] : -1;
}

int
usb_guest_blocks (UsbGuest *self, gboolean write, guint first, guint n, guint8 *data)
{
  const guint8 command[10] = { write ? 0x2a : 0x28,
                               0,
                               (guint8) (first >> 24),
                               (guint8) (first >> 16),
                               (guint8) (first >> 8),
                               (guint8) first,
                               0,
                               (guint8) (n >> 8),
                               (guint8) n };

  return usb_guest_scsi (self, command, sizeof command, write ? NULL : data, write ? data : NULL, (gsize) n * 512);
}

/* --- the fixture --- */

static void
on_ended (DioUsbRedirector *redirector, guint end, const char *details, UsbFixture *self)
{
  /* The kernel has it when it is told. */
  for (guint i = 0; i < 2; i++)
    g_assert_false (fake_usb_is_claimed (self->usb, i));
  self->n_ended++;
  self->end = end;
  g_set_str (&self->details, details);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  UsbFixture *self = user_data;

  self->redirector = dio_usb_redirector_new_finish (result, &self->error);
  g_assert_true ((self->redirector != NULL) != (self->error != NULL));
  if (self->redirector)
    g_signal_connect (self->redirector, "ended", G_CALLBACK (on_ended), self);
  self->done = TRUE;
}

void
usb_fixture_start (UsbFixture *self, FakeUsb *usb, guint32 caps, GCancellable *cancellable)
{
  int pair[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
  self->usb = usb;
  self->guest = usb_guest_new (pair[0], caps);
  dio_usb_redirector_new_async (fake_usb_open (usb, -1), pair[1], cancellable, on_opened, self);
}

void
usb_fixture_open (UsbFixture *self, FakeUsb *usb, guint32 caps)
{
  usb_fixture_start (self, usb, caps, NULL);
  usb_wait_until (self->done);
  self->done = FALSE;
  if (self->redirector)
    usb_wait_until (self->guest->connected || self->n_ended);
}

FakeUsb *
usb_fixture_new_disk (UsbFixture *self)
{
  self->disk = g_malloc0 (USB_DISK_SIZE);
  return fake_usb_storage_new (NULL, self->disk, USB_DISK_SIZE);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  UsbFixture *self = user_data;

  dio_usb_redirector_close_finish (DIO_USB_REDIRECTOR (source), result);
  g_assert_cmpuint (fake_usb_count_files (self->usb), ==, 0);
  self->done = TRUE;
}

void
usb_fixture_close (UsbFixture *self)
{
  guint n_ended = self->n_ended;

  self->done = FALSE;
  dio_usb_redirector_close_async (self->redirector, on_closed, self);
  usb_wait_until (self->done);
  g_assert_cmpuint (self->n_ended, ==, n_ended);
}

void
usb_fixture_clear (UsbFixture *self)
{
  if (self->redirector)
    {
      usb_fixture_close (self);
      g_assert_finalize_object (self->redirector);
    }
  usb_wait_until (fake_usb_count_files (self->usb) == 0);
  usb_guest_free (self->guest);
  fake_usb_unref (self->usb);
  g_clear_error (&self->error);
  g_free (self->details);
  g_free (self->disk);
}

guint
usb_count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}
