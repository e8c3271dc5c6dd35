/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-agent.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <glib-unix.h>
#include <spice/vd_agent.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static gboolean
has (guint32 capabilities, guint capability)
{
  return (capabilities >> capability & 1) != 0;
}

static guint32
number (const guint8 *at)
{
  return (guint32) at[0] | (guint32) at[1] << 8 | (guint32) at[2] << 16 | (guint32) at[3] << 24;
}

static void
append (GByteArray *to, guint32 value)
{
  const guint8 bytes[] = { (guint8) value, (guint8) (value >> 8), (guint8) (value >> 16), (guint8) (value >> 24) };

  g_byte_array_append (to, bytes, sizeof bytes);
}

/* --- out --- */

static gboolean
on_writable (int fd, GIOCondition condition, gpointer user_data)
{
  FakeAgent *self = user_data;
  gssize n =
      send (fd, self->unsent->data + self->n_sent, self->unsent->len - self->n_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

  if (n > 0)
    self->n_sent += (gsize) n;
  if ((n >= 0 || errno == EAGAIN || errno == EINTR) && self->n_sent < self->unsent->len)
    return G_SOURCE_CONTINUE;
  g_byte_array_set_size (self->unsent, 0);
  self->n_sent = 0;
  g_clear_pointer (&self->out, g_source_unref);
  return G_SOURCE_REMOVE;
}

void
fake_agent_send_bytes (FakeAgent *self, const void *bytes, gsize size)
{
  if (self->fd < 0)
    return;
  g_byte_array_append (self->unsent, bytes, (guint) size);
  if (self->out)
    return;
  self->out = g_unix_fd_source_new (self->fd, G_IO_OUT | G_IO_ERR | G_IO_HUP);
  g_source_set_callback (self->out, G_SOURCE_FUNC (on_writable), self, NULL);
  g_source_attach (self->out, NULL);
}

void
fake_agent_send (FakeAgent *self, guint32 type, const void *body, gsize size, gsize chunk)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();
  g_autoptr (GByteArray) chunks = g_byte_array_new ();

  append (message, VD_AGENT_PROTOCOL);
  append (message, type);
  append (message, 0);
  append (message, 0);
  append (message, (guint32) size);
  if (size > 0)
    g_byte_array_append (message, body, (guint) size);
  for (gsize at = 0; at < message->len;)
    {
      gsize piece = chunk ? MIN (chunk, message->len - at) : message->len;

      append (chunks, VDP_CLIENT_PORT);
      append (chunks, (guint32) piece);
      g_byte_array_append (chunks, message->data + at, (guint) piece);
      at += piece;
    }
  fake_agent_send_bytes (self, chunks->data, chunks->len);
}

void
fake_agent_send_numbers (FakeAgent *self, guint32 type, guint n, ...)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  va_list numbers;

  va_start (numbers, n);
  for (guint i = 0; i < n; i++)
    append (body, va_arg (numbers, guint32));
  va_end (numbers);
  fake_agent_send (self, type, body->data, body->len, 0);
}

/* A body as far as the selection. */
static GByteArray *
begin_clipboard (FakeAgent *self, guint selection)
{
  GByteArray *body = g_byte_array_new ();

  if (has (self->capabilities & self->clients, VD_AGENT_CAP_CLIPBOARD_SELECTION))
    append (body, selection);
  return body;
}

static void
announce (FakeAgent *self, gboolean request)
{
  fake_agent_send_numbers (self, VD_AGENT_ANNOUNCE_CAPABILITIES, 2, (guint32) request, self->capabilities);
}

static void
set_contents (FakeSelection *selection, guint32 type, GBytes *contents)
{
  for (guint i = 0; i < FAKE_AGENT_TYPES; i++)
    g_clear_pointer (&selection->contents[i], g_bytes_unref);
  if (contents)
    selection->contents[type] = g_bytes_ref (contents);
}

void
fake_agent_copy (FakeAgent *self, guint selection, guint32 type, GBytes *contents)
{
  g_autoptr (GByteArray) body = begin_clipboard (self, selection);

  set_contents (&self->selections[selection], type, contents);
  self->selections[selection].owner = FAKE_OWNER_GUEST;
  if (has (self->capabilities & self->clients, VD_AGENT_CAP_CLIPBOARD_GRAB_SERIAL))
    append (body, self->selections[selection].serial++);
  append (body, type);
  fake_agent_send (self, VD_AGENT_CLIPBOARD_GRAB, body->data, body->len, 0);
}

void
fake_agent_clear (FakeAgent *self, guint selection)
{
  g_autoptr (GByteArray) body = begin_clipboard (self, selection);

  set_contents (&self->selections[selection], 0, NULL);
  self->selections[selection].owner = FAKE_OWNER_NONE;
  fake_agent_send (self, VD_AGENT_CLIPBOARD_RELEASE, body->data, body->len, 0);
}

void
fake_agent_paste (FakeAgent *self, guint selection, guint32 type)
{
  g_autoptr (GByteArray) body = begin_clipboard (self, selection);

  append (body, type);
  fake_agent_send (self, VD_AGENT_CLIPBOARD_REQUEST, body->data, body->len, 0);
}

/* --- in --- */

static void
on_grab (FakeAgent *self, guint which, const guint8 *data, gsize size)
{
  FakeSelection *selection = &self->selections[which];

  if (has (self->capabilities & self->clients, VD_AGENT_CAP_CLIPBOARD_GRAB_SERIAL))
    {
      guint32 serial;

      g_assert_cmpuint (size, >=, 4);
      serial = number (data);
      data += 4;
      size -= 4;
      if (serial == selection->serial)
        {
          selection->serial++;
        }
      else if (serial != selection->serial - 1)
        {
          g_string_append_printf (self->log, "grab-lost %u\n", which);
          return;
        }
    }
  selection->owner = FAKE_OWNER_HOST;
  selection->n_offered = 0;
  g_string_append_printf (self->log, "grab %u:", which);
  for (; size >= 4 && selection->n_offered < FAKE_AGENT_TYPES; data += 4, size -= 4)
    {
      selection->offered[selection->n_offered++] = number (data);
      g_string_append_printf (self->log, " %u", number (data));
    }
  g_string_append_c (self->log, '\n');
}

static void
on_request (FakeAgent *self, guint which, guint32 type)
{
  FakeSelection *selection = &self->selections[which];
  GBytes *contents = type < FAKE_AGENT_TYPES ? selection->contents[type] : NULL;
  g_autoptr (GByteArray) body = begin_clipboard (self, which);
  gsize size;
  const void *data;

  g_string_append_printf (self->log, "request %u: %u\n", which, type);
  if (self->mute)
    return;
  append (body, contents ? type : VD_AGENT_CLIPBOARD_NONE);
  if (contents && (data = g_bytes_get_data (contents, &size)))
    g_byte_array_append (body, data, (guint) size);
  fake_agent_send (self, VD_AGENT_CLIPBOARD, body->data, body->len, 0);
}

static void
on_clipboard (FakeAgent *self, guint32 type, const guint8 *data, gsize size)
{
  guint which = 0;

  if (has (self->capabilities & self->clients, VD_AGENT_CAP_CLIPBOARD_SELECTION))
    {
      g_assert_cmpuint (size, >=, 4);
      which = data[0];
      data += 4;
      size -= 4;
    }
  g_assert_cmpuint (which, <, 2);
  switch (type)
    {
    case VD_AGENT_CLIPBOARD_GRAB:
      on_grab (self, which, data, size);
      break;
    case VD_AGENT_CLIPBOARD_RELEASE:
      if (self->selections[which].owner == FAKE_OWNER_HOST)
        self->selections[which].owner = FAKE_OWNER_NONE;
      g_string_append_printf (self->log, "release %u\n", which);
      break;
    case VD_AGENT_CLIPBOARD_REQUEST:
      g_assert_cmpuint (size, ==, 4);
      on_request (self, which, number (data));
      break;
    default:
      g_assert_cmpuint (size, >=, 4);
      g_clear_pointer (&self->selections[which].pasted, g_bytes_unref);
      self->selections[which].pasted = g_bytes_new (data + 4, size - 4);
      self->selections[which].pasted_type = number (data);
      self->selections[which].n_pasted++;
      g_string_append_printf (self->log, "data %u: %u %zu\n", which, number (data), size - 4);
    }
}

static void
fake_file_free (FakeFile *self)
{
  g_free (self->name);
  g_byte_array_unref (self->data);
  g_free (self);
}

static void
on_file_start (FakeAgent *self, guint32 id, const guint8 *data, gsize size)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  FakeFile *file = g_new0 (FakeFile, 1);
  g_autoptr (GError) error = NULL;

  /* Agents read it as a string. */
  g_assert_nonnull (memchr (data, '\0', size));
  g_key_file_load_from_data (key_file, (const char *) data, (gsize) -1, G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  file->name = g_key_file_get_string (key_file, "vdagent-file-xfer", "name", &error);
  g_assert_no_error (error);
  file->size = g_key_file_get_uint64 (key_file, "vdagent-file-xfer", "size", &error);
  g_assert_no_error (error);
  file->data = g_byte_array_new ();
  g_string_append_printf (self->log, "file-start %u %s %" G_GUINT64_FORMAT "\n", id, file->name, file->size);
  g_assert_true (g_hash_table_insert (self->files, GUINT_TO_POINTER (id), file));
  if (self->file_result >= 0)
    fake_agent_send_numbers (self, VD_AGENT_FILE_XFER_STATUS, 2, id, (guint32) self->file_result);
  else
    fake_agent_send_numbers (self, VD_AGENT_FILE_XFER_STATUS, 2, id, VD_AGENT_FILE_XFER_STATUS_CAN_SEND_DATA);
}

static void
on_file_data (FakeAgent *self, guint32 id, const guint8 *data, gsize size)
{
  FakeFile *file = g_hash_table_lookup (self->files, GUINT_TO_POINTER (id));

  g_assert_nonnull (file);
  g_assert_cmpuint (size, >=, 8);
  g_assert_cmpuint (number (data), ==, size - 8);
  g_assert_cmpuint (number (data + 4), ==, 0);
  g_string_append_printf (self->log, "file-data %u %zu\n", id, size - 8);
  file->received += size - 8;
  if (self->keep_files)
    g_byte_array_append (file->data, data + 8, (guint) size - 8);
  if (file->received >= file->size)
    fake_agent_send_numbers (self, VD_AGENT_FILE_XFER_STATUS, 2, id,
                             file->received == file->size ? VD_AGENT_FILE_XFER_STATUS_SUCCESS
                                                          : VD_AGENT_FILE_XFER_STATUS_ERROR);
}

static void
on_monitors (FakeAgent *self, const guint8 *body, gsize size)
{
  guint n = number (body);

  g_assert_cmpuint (size, ==, 8 + 20 * n);
  g_string_append_printf (self->log, "monitors %u:", n);
  body += 8;
  for (guint i = 0; i < n; i++, body += 20)
    g_string_append_printf (self->log, " %ux%u+%d+%d", number (body + 4), number (body), (int) number (body + 12),
                            (int) number (body + 16));
  g_string_append_c (self->log, '\n');
}

static void
on_message (FakeAgent *self, guint32 type, const guint8 *body, gsize size)
{
  self->n_messages++;
  switch (type)
    {
    case VD_AGENT_ANNOUNCE_CAPABILITIES:
      g_assert_cmpuint (size, >=, 8);
      self->clients = number (body + 4);
      g_string_append_printf (self->log, "announce %u\n", number (body));
      if (!number (body))
        break;
      for (guint i = 0; i < G_N_ELEMENTS (self->selections); i++)
        self->selections[i].serial = 0;
      announce (self, FALSE);
      break;
    case VD_AGENT_CLIPBOARD_GRAB:
    case VD_AGENT_CLIPBOARD_RELEASE:
    case VD_AGENT_CLIPBOARD_REQUEST:
    case VD_AGENT_CLIPBOARD:
      on_clipboard (self, type, body, size);
      break;
    case VD_AGENT_FILE_XFER_START:
      on_file_start (self, number (body), body + 4, size - 4);
      break;
    case VD_AGENT_FILE_XFER_DATA:
      on_file_data (self, number (body), body + 4, size - 4);
      break;
    case VD_AGENT_FILE_XFER_STATUS:
      g_string_append_printf (self->log, "file-status %u %u\n", number (body), number (body + 4));
      break;
    case VD_AGENT_MAX_CLIPBOARD:
      g_string_append_printf (self->log, "max %d\n", (int) number (body));
      break;
    case VD_AGENT_MONITORS_CONFIG:
      on_monitors (self, body, size);
      break;
    default:
      g_string_append_printf (self->log, "message %u %zu\n", type, size);
    }
}

/* Takes the messages that are whole. */
static void
look (FakeAgent *self)
{
  gsize at = 0;

  while (self->unread->len - at >= 8)
    {
      guint32 chunk = number (self->unread->data + at + 4);

      /* As spice-vdagentd has it. */
      g_assert_cmpuint (number (self->unread->data + at), ==, VDP_CLIENT_PORT);
      g_assert_cmpuint (chunk, <=, VD_AGENT_MAX_DATA_SIZE);
      if (self->unread->len - at - 8 < chunk)
        break;
      g_byte_array_append (self->message, self->unread->data + at + 8, chunk);
      at += 8 + chunk;
      if (self->message->len >= 20 && self->message->len - 20 >= number (self->message->data + 16))
        {
          g_assert_cmpuint (self->message->len - 20, ==, number (self->message->data + 16));
          g_assert_cmpuint (number (self->message->data), ==, VD_AGENT_PROTOCOL);
          on_message (self, number (self->message->data + 4), self->message->data + 20, self->message->len - 20);
          g_byte_array_set_size (self->message, 0);
        }
    }
  g_byte_array_remove_range (self->unread, 0, (guint) at);
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  FakeAgent *self = user_data;
  guint8 buffer[65536];
  gssize n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n > 0)
    {
      g_byte_array_append (self->unread, buffer, (guint) n);
      look (self);
    }
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    {
      g_clear_pointer (&self->in, g_source_unref);
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

/* --- the program --- */

static void
clear_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
fake_agent_go_on (FakeAgent *self)
{
  if (self->in || self->fd < 0)
    return;
  self->in = g_unix_fd_source_new (self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->in, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->in, NULL);
}

void
fake_agent_stall (FakeAgent *self)
{
  clear_source (&self->in);
}

void
fake_agent_stop (FakeAgent *self)
{
  clear_source (&self->in);
  clear_source (&self->out);
  g_byte_array_set_size (self->unsent, 0);
  g_byte_array_set_size (self->unread, 0);
  g_byte_array_set_size (self->message, 0);
  self->n_sent = 0;
  self->clients = 0;
  g_hash_table_remove_all (self->files);
  for (guint i = 0; i < G_N_ELEMENTS (self->selections); i++)
    {
      self->selections[i].serial = 0;
      self->selections[i].owner = FAKE_OWNER_NONE;
      set_contents (&self->selections[i], 0, NULL);
    }
}

void
fake_agent_resume (FakeAgent *self, guint32 capabilities)
{
  self->capabilities = capabilities;
  fake_agent_go_on (self);
}

void
fake_agent_start (FakeAgent *self, guint32 capabilities)
{
  fake_agent_stop (self);
  self->capabilities = capabilities;
  announce (self, TRUE);
  fake_agent_go_on (self);
}

void
fake_agent_hang_up (FakeAgent *self)
{
  clear_source (&self->in);
  clear_source (&self->out);
  g_clear_fd (&self->fd, NULL);
}

FakeAgent *
fake_agent_new (int *ret_fd)
{
  FakeAgent *self = g_new0 (FakeAgent, 1);
  int pair[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
  self->fd = pair[0];
  *ret_fd = pair[1];
  self->unread = g_byte_array_new ();
  self->message = g_byte_array_new ();
  self->unsent = g_byte_array_new ();
  self->log = g_string_new (NULL);
  self->file_result = -1;
  self->files = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) fake_file_free);
  return self;
}

void
fake_agent_free (FakeAgent *self)
{
  fake_agent_stop (self);
  fake_agent_hang_up (self);
  for (guint i = 0; i < G_N_ELEMENTS (self->selections); i++)
    g_clear_pointer (&self->selections[i].pasted, g_bytes_unref);
  g_byte_array_unref (self->unread);
  g_byte_array_unref (self->message);
  g_byte_array_unref (self->unsent);
  g_string_free (self->log, TRUE);
  g_hash_table_unref (self->files);
  g_free (self);
}
