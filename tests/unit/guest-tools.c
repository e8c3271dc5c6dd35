/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The guest agent's protocol, without a session: its stream, what it makes of files' names, and bytes of any kind. */
#include "guest-tools/agent.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <spice/vd_agent.h>
#include <string.h>
#include <unistd.h>

/* --- the stream --- */

typedef struct
{
  guint32 type, size;
  GByteArray *body;
  guint n_ended;
} Message;

static void
on_begin (void *data, uint32_t type, uint32_t size)
{
  Message *message = data;

  message->type = type;
  message->size = size;
  g_byte_array_set_size (message->body, 0);
}

static void
on_piece (void *data, const uint8_t *bytes, size_t n)
{
  Message *message = data;

  g_assert_cmpuint (n, >, 0);
  g_byte_array_append (message->body, bytes, n);
  g_assert_cmpuint (message->body->len, <=, message->size);
}

static void
on_end (void *data)
{
  Message *message = data;

  g_assert_cmpuint (message->body->len, ==, message->size);
  message->n_ended++;
}

static const DioWireSink sink = { on_begin, on_piece, on_end };

/* What QUEUE has to say. */
static GBytes *
drain (DioWireQueue *queue)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp (NULL, &path, NULL);
  char *bytes = NULL;
  gsize n = 0;

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (dio_wire_queue_write (queue, fd));
  g_assert_true (dio_wire_queue_is_empty (queue));
  close (fd);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_unlink (path);
  return g_bytes_new_take (bytes, n);
}

/* Each message comes out as it went in, in whatever pieces the stream arrives. */
static void
test_stream (void)
{
  static const gsize sizes[] = { 0, 1, 2019, 2020, 2021, 2048, 2049, 100000 };
  Message message = { .body = g_byte_array_new () };
  DioWireQueue queue = { 0 };
  DioWireReader reader = { 0 };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize step = 1; step < 5000; step = step * 3 + 1)
      {
        g_autofree guint8 *expected = g_malloc (sizes[i] + 8);
        g_autoptr (GBytes) bytes = NULL;
        const guint8 *at;
        gsize left;

        for (gsize j = 0; j < sizes[i] + 8; j++)
          expected[j] = g_random_int ();
        g_assert_true (dio_wire_queue_add (&queue, 4, expected, 8, g_memdup2 (expected + 8, sizes[i]), sizes[i]));
        g_assert_cmpuint (queue.n_bytes, ==, sizes[i]);
        bytes = drain (&queue);
        g_assert_cmpuint (queue.n_bytes, ==, 0);
        at = g_bytes_get_data (bytes, &left);
        for (; left > 0; at += MIN (left, step), left -= MIN (left, step))
          g_assert_true (dio_wire_read (&reader, at, MIN (left, step), &sink, &message));
        g_assert_cmpuint (message.n_ended, ==, ++n);
        g_assert_cmpuint (message.type, ==, 4);
        g_assert_cmpmem (message.body->data, message.body->len, expected, sizes[i] + 8);
      }
  g_byte_array_unref (message.body);
}

static void
test_nonsense (void)
{
  static const struct
  {
    guint8 bytes[28];
    gsize n;
    gboolean good;
  } streams[] = {
    { { 1, 0, 0, 0, 0, 8 }, 8, TRUE },            /* 2048 bytes */
    { { 1, 0, 0, 0, 1, 8 }, 8, FALSE },           /* 2049 */
    { { 1, 0, 0, 0, 0, 0, 0, 0x80 }, 8, FALSE },  /* 2 GiB */
    { { 0, 0, 0, 0, 1 }, 8, FALSE },              /* port 0 */
    { { 3, 0, 0, 0, 1 }, 8, FALSE },              /* port 3 */
    { { 2, 0, 0, 0, 20 }, 28, TRUE },             /* the server's: any bytes */
    { { 1, 0, 0, 0, 20, 0, 0, 0, 1 }, 28, TRUE }, /* an empty message */
    { { 1, 0, 0, 0, 20, 0, 0, 0, 2 }, 28, FALSE } /* protocol 2 */
  };
  Message message = { .body = g_byte_array_new () };

  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      DioWireReader reader = { 0 };

      g_assert_cmpint (dio_wire_read (&reader, streams[i].bytes, streams[i].n, &sink, &message), ==, streams[i].good);
    }
  g_assert_cmpuint (message.n_ended, ==, 1);
  g_byte_array_unref (message.body);
}

/* --- names of files --- */

static void
test_names (void)
{
  static const struct
  {
    const char *text, *name;
    guint64 size;
  } files[] = {
    { "[vdagent-file-xfer]\nname=a.txt\nsize=5\n", "a.txt", 5 },
    { "size=0\nname=/etc/passwd", "passwd", 0 },
    { "name=..\\..\\a\nsize=1\n", "....a", 1 }, /* "\." is no way to write anything: a dot */
    { "name=\\sa\\\\b\\nc\nsize=9223372036854775807\n", " a\\b_c", G_MAXINT64 },
    { "name=\x7f\x1b[2J\nsize=1\n", "__[2J", 1 },
    { "name=ä/ö\nsize=1\n", "ö", 1 },
    { "name=a\nsize=9223372036854775808\n", NULL },
    { "name=a\nsize=-1\n", NULL },
    { "name=a\nsize=\n", NULL },
    { "name=a\n", NULL },
    { "size=1\n", NULL },
    { "name=.\nsize=1", NULL },
    { "name=a/..\nsize=1", NULL },
    { "name=a/\nsize=1", NULL },
    { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      /* At the end of memory that may be read, for the sanitizer. */
      g_autofree char *text = g_malloc (MAX (strlen (files[i].text), 1));
      char name[256] = "";
      guint64 size = 0;
      gboolean good;

      memcpy (text, files[i].text, strlen (files[i].text));
      good = dio_downloads_parse (text, strlen (files[i].text), name, sizeof name, &size);
      g_assert_cmpint (good, ==, files[i].name != NULL);
      g_assert_true (!good || (g_str_equal (name, files[i].name) && size == files[i].size));
    }
}

/* Long ones are cut between characters. */
static void
test_long_name (void)
{
  g_autoptr (GString) text = g_string_new ("size=1\nname=x");
  char name[256];
  guint64 size;

  for (guint i = 0; i < 3000; i++)
    g_string_append (text, "ä");
  g_assert_true (dio_downloads_parse (text->str, text->len, name, sizeof name, &size));
  g_assert_cmpuint (strlen (name), ==, 199);
  g_assert_true (g_utf8_validate (name, -1, NULL));
}

/* --- messages of any kind --- */

static void
on_reset (void *data)
{
}

static void
on_kinds (void *data, unsigned selection, uint32_t kinds)
{
  g_assert_cmpuint (selection, <, DIO_N_SELECTIONS);
  g_assert_cmpuint (kinds >> DIO_N_KINDS, ==, 0);
}

static void
on_asked (void *data, unsigned selection, uint32_t kind)
{
  g_assert_cmpuint (selection, <, DIO_N_SELECTIONS);
}

static void
on_data_begin (void *data, unsigned selection, uint32_t kind, uint32_t size)
{
}

static void
on_data_end (void *data)
{
}

static void
on_data (void *data, const uint8_t *bytes, size_t n)
{
  g_assert_cmpuint (n, >, 0);
}

static const DioAgentHost host = { on_reset, on_kinds, on_asked, on_data_begin, on_data, on_data_end };

/* A message with numbers that some message could have, in a chunk of its own; in one of fifty the chunk lies. */
static gsize
invent (guint8 *bytes)
{
  static const guint32 numbers[] = {
    0, 1, 2, 3, 4, 5, 7, 255, 256, 2048, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff
  };
  guint n = g_random_int_range (0, 20);
  gboolean whole = g_random_int_range (0, 10) != 0, text = g_random_int_range (0, 4) == 0;

  dio_wire_put32 (bytes, 1);
  dio_wire_put32 (bytes + 4, 20 + 4 * n + (g_random_int_range (0, 50) == 0));
  dio_wire_put32 (bytes + 8, VD_AGENT_PROTOCOL);
  dio_wire_put32 (bytes + 12, g_random_int_range (0, VD_AGENT_END_MESSAGE + 2));
  dio_wire_put64 (bytes + 16, 0);
  dio_wire_put32 (bytes + 24, whole ? 4 * n : numbers[g_random_int_range (0, G_N_ELEMENTS (numbers))]);
  for (guint i = 0; i < n; i++)
    dio_wire_put32 (bytes + 28 + 4 * i, numbers[g_random_int_range (0, G_N_ELEMENTS (numbers))]);
  if (text && n > 10)
    {
      dio_wire_put32 (bytes + 12, VD_AGENT_FILE_XFER_START);
      memcpy (bytes + 32, "name=a/../b.c\nsize=4\n\0\0\0", 24);
    }
  return 28 + 4 * n;
}

static void
test_any_messages (void)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autofree char *inside = g_build_filename (folder, "in", NULL);
  g_autofree DioAgent *agent = g_new0 (DioAgent, 1);
  g_autoptr (GDir) dir = NULL;
  guint8 bytes[200];

  agent->host = &host;
  agent->downloads = dio_downloads_new (inside, dio_agent_answer_file, agent);
  dio_agent_start (agent);
  for (guint i = 0; i < 100000; i++)
    {
      if (!dio_agent_read (agent, bytes, invent (bytes)))
        {
          dio_agent_stop (agent);
          dio_agent_start (agent);
        }
      dio_agent_grab (agent, i % 2, i % 64);
      dio_agent_ask (agent, i % 2, i % 6);
      if (i % 100 == 0)
        g_bytes_unref (drain (&agent->queue));
    }
  dio_agent_stop (agent);
  dio_downloads_free (agent->downloads);

  /* Files that became whole are there, and nothing else, anywhere. */
  dir = g_dir_open (folder, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "in");
  g_assert_null (g_dir_read_name (dir));
  g_clear_pointer (&dir, g_dir_close);
  dir = g_dir_open (inside, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *path = g_build_filename (inside, name, NULL);
      GStatBuf about;

      g_assert_true (g_str_has_prefix (name, "b") && g_str_has_suffix (name, ".c"));
      g_assert_cmpint (g_stat (path, &about), ==, 0);
      g_assert_cmpint (about.st_size, ==, 4);
      g_unlink (path);
    }
  g_rmdir (inside);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guest-tools/stream", test_stream);
  g_test_add_func ("/guest-tools/nonsense", test_nonsense);
  g_test_add_func ("/guest-tools/names", test_names);
  g_test_add_func ("/guest-tools/long-name", test_long_name);
  g_test_add_func ("/guest-tools/any-messages", test_any_messages);
  return g_test_run ();
}
