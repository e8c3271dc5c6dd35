/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The agent's protocol as bytes, and what becomes of texts and names on their way. */
#include "clipboard/file-name.h"
#include "clipboard/text.h"
#include "clipboard/vdagent.h"

#include <spice/vd_agent.h>
#include <string.h>

/* Writes a message of SIZE bytes, LIMIT bytes at a time. */
static GByteArray *
write_message (guint type, gsize head_size, gsize body_size, gsize limit)
{
  GByteArray *wire = g_byte_array_new ();
  g_autofree guint8 *content = g_malloc (head_size + body_size + 1);
  g_autoptr (GBytes) head = NULL, body = NULL;
  DioVdagentWriter writer;

  for (gsize i = 0; i < head_size + body_size; i++)
    content[i] = (guint8) (i * 7 + i / 251);
  head = head_size ? g_bytes_new (content, head_size) : NULL;
  body = g_bytes_new (content + head_size, body_size);
  g_assert_true (dio_vdagent_writer_init (&writer, type, head, body));
  while (writer.sent < writer.size)
    {
      DioVdagentBatch batch;
      gsize left = limit;

      dio_vdagent_writer_fill (&writer, &batch);
      g_assert_cmpuint (batch.n_pieces, >, 0);
      for (guint i = 0; i < batch.n_pieces && left > 0; i++)
        {
          gsize n = MIN (batch.pieces[i].iov_len, left);

          g_byte_array_append (wire, batch.pieces[i].iov_base, (guint) n);
          writer.sent += n;
          left -= n;
        }
    }
  g_assert_cmpuint (writer.sent, ==, writer.size);
  dio_vdagent_writer_clear (&writer);
  return wire;
}

static void
check_content (GBytes *body, gsize expected)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (body, &size);

  g_assert_cmpuint (size, ==, expected);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (data[i], ==, (guint8) (i * 7 + i / 251));
}

/* Feeds WIRE, PIECE bytes at a time, and takes the one message in it. */
static void
read_message (DioVdagentReader *reader, GByteArray *wire, gsize piece, guint type, gsize size)
{
  guint n_messages = 0;

  for (gsize at = 0; at < wire->len; at += piece)
    {
      const guint8 *data = wire->data + at;
      gsize left = MIN (piece, wire->len - at);
      g_autoptr (GError) error = NULL;
      DioVdagentResult result;

      while ((result = dio_vdagent_reader_push (reader, &data, &left, &error)) == DIO_VDAGENT_MESSAGE)
        {
          guint got;
          g_autoptr (GBytes) body = dio_vdagent_reader_take (reader, &got);

          g_assert_cmpuint (got, ==, type);
          check_content (body, size);
          n_messages++;
        }
      g_assert_no_error (error);
      g_assert_cmpint (result, ==, DIO_VDAGENT_MORE);
      g_assert_cmpuint (left, ==, 0);
    }
  g_assert_cmpuint (n_messages, ==, 1);
}

/* The header is in the first chunk; chunks are full but for the last. */
static void
test_layout (void)
{
  g_autoptr (GByteArray) wire = write_message (VD_AGENT_CLIPBOARD, 8, 2048 - 28 + 1, 7);
  static const guint8 first[] = {
    1, 0, 0, 0, 0, 8, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xed, 7, 0, 0
  };
  static const guint8 second[] = { 1, 0, 0, 0, 1, 0, 0, 0 };

  g_assert_cmpuint (wire->len, ==, 8 + 2048 + 8 + 1);
  g_assert_cmpmem (wire->data, sizeof first, first, sizeof first);
  g_assert_cmpmem (wire->data + 8 + 2048, sizeof second, second, sizeof second);
}

static void
test_round_trip (void)
{
  static const gsize sizes[] = { 4, 2027, 2028, 2029, 4076, 4077, 300 * 1000 };
  static const gsize pieces[] = { 1, 7, 2048, 65536, 1000 * 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (pieces); j++)
      {
        g_autoptr (DioVdagentReader) reader = dio_vdagent_reader_new ();
        g_autoptr (GByteArray) wire = write_message (VD_AGENT_CLIPBOARD, j % 2 ? 8 : 0, sizes[i] + 8, pieces[j]);

        for (guint k = 0; k < 3; k++)
          read_message (reader, wire, pieces[(j + k) % G_N_ELEMENTS (pieces)], VD_AGENT_CLIPBOARD,
                        sizes[i] + 8 + (j % 2 ? 8 : 0));
      }
}

/* What ends in its chunk leaves the stream where the next message can begin. */
static void
test_cut_short (void)
{
  static const guint64 sents[] = { 0, 1, 2055, 2056, 2057, 5000 };

  for (guint i = 0; i < G_N_ELEMENTS (sents); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_take (g_malloc0 (10000), 10000);
      DioVdagentWriter writer;
      guint64 whole;

      g_assert_true (dio_vdagent_writer_init (&writer, VD_AGENT_CLIPBOARD, NULL, body));
      whole = writer.size;
      writer.sent = sents[i];
      dio_vdagent_writer_cut_short (&writer);
      g_assert_cmpuint (writer.size, ==, (sents[i] + 2055) / 2056 * 2056);
      g_assert_cmpuint (writer.size, <, whole);
      writer.sent = whole - 1;
      writer.size = whole;
      dio_vdagent_writer_cut_short (&writer);
      g_assert_cmpuint (writer.size, ==, whole);
      dio_vdagent_writer_clear (&writer);
    }
}

static void
test_sizes (void)
{
  g_assert_true (dio_vdagent_check_size (VD_AGENT_CLIPBOARD, 4));
  g_assert_true (dio_vdagent_check_size (VD_AGENT_CLIPBOARD, G_MAXUINT32));
  g_assert_false (dio_vdagent_check_size (VD_AGENT_CLIPBOARD, 3));
  g_assert_true (dio_vdagent_check_size (VD_AGENT_CLIPBOARD_REQUEST, 8));
  g_assert_false (dio_vdagent_check_size (VD_AGENT_CLIPBOARD_REQUEST, 9));
  g_assert_false (dio_vdagent_check_size (VD_AGENT_CLIPBOARD_GRAB, 5000));
  g_assert_false (dio_vdagent_check_size (0, 0));
  g_assert_false (dio_vdagent_check_size (VD_AGENT_FILE_XFER_DATA, 100));
  g_assert_false (dio_vdagent_check_size (VD_AGENT_END_MESSAGE, 0));
  g_assert_false (dio_vdagent_check_size (G_MAXUINT32, 0));
}

/* What is not known is passed over, however long it is. */
static void
test_unknown (void)
{
  g_autoptr (DioVdagentReader) reader = dio_vdagent_reader_new ();
  g_autoptr (GByteArray) unknown = write_message (77, 0, 100 * 1000, 4096);
  g_autoptr (GByteArray) known = write_message (VD_AGENT_CLIPBOARD, 0, 100, 4096);

  g_byte_array_append (unknown, known->data, known->len);
  read_message (reader, unknown, 1000, VD_AGENT_CLIPBOARD, 100);
}

static void
test_large (void)
{
  for (guint accept = 0; accept < 2; accept++)
    {
      g_autoptr (DioVdagentReader) reader = dio_vdagent_reader_new ();
      g_autoptr (GByteArray) wire = write_message (VD_AGENT_CLIPBOARD, 0, 1001, 4096);
      g_autoptr (GByteArray) small = write_message (VD_AGENT_CLIPBOARD, 0, 1000, 4096);
      const guint8 *data = wire->data;
      gsize left = wire->len;

      dio_vdagent_reader_set_limit (reader, 1000);
      g_assert_cmpint (dio_vdagent_reader_push (reader, &data, &left, NULL), ==, DIO_VDAGENT_LARGE);
      g_assert_cmpuint (left, ==, 1001);
      g_assert_cmpuint (dio_vdagent_reader_get_size (reader), ==, 1001);
      g_assert_cmpint (dio_vdagent_reader_push (reader, &data, &left, NULL), ==, DIO_VDAGENT_LARGE);
      g_assert_cmpuint (left, ==, 1001);
      dio_vdagent_reader_decide (reader, accept);
      if (accept)
        {
          guint type;
          g_autoptr (GBytes) body = NULL;

          g_assert_cmpint (dio_vdagent_reader_push (reader, &data, &left, NULL), ==, DIO_VDAGENT_MESSAGE);
          body = dio_vdagent_reader_take (reader, &type);
          check_content (body, 1001);
        }
      g_assert_cmpint (dio_vdagent_reader_push (reader, &data, &left, NULL), ==, DIO_VDAGENT_MORE);
      g_assert_cmpuint (left, ==, 0);
      read_message (reader, small, 100, VD_AGENT_CLIPBOARD, 1000);
    }
}

/* An agent's first words, in the middle of another's, are heard after a pause, and then only. */
static void
test_after_pause (void)
{
  static const guint8 words[] = { 1, 0, 0, 0, 28, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0,
                                  0, 0, 0, 0, 0,  0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 };

  for (gsize cut = 1; cut < 3000; cut += 1 + cut / 3)
    {
      g_autoptr (DioVdagentReader) reader = dio_vdagent_reader_new ();
      g_autoptr (GByteArray) wire = write_message (VD_AGENT_CLIPBOARD, 0, 10000, 4096);
      g_autoptr (GBytes) body = NULL;
      const guint8 *data = wire->data;
      gsize left = cut;
      guint type;

      g_assert_cmpint (dio_vdagent_reader_push (reader, &data, &left, NULL), ==, DIO_VDAGENT_MORE);
      data = words;
      left = sizeof words;
      dio_vdagent_reader_after_pause (reader, words, sizeof words - 5);
      dio_vdagent_reader_after_pause (reader, words, sizeof words);
      g_assert_cmpint (dio_vdagent_reader_push (reader, &data, &left, NULL), ==, DIO_VDAGENT_MESSAGE);
      body = dio_vdagent_reader_take (reader, &type);
      g_assert_cmpuint (type, ==, VD_AGENT_ANNOUNCE_CAPABILITIES);
    }
}

static void
test_numbers (void)
{
  static const guint8 data[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
  g_autoptr (GBytes) body = g_bytes_new_static (data, sizeof data);
  guint32 word = 0;
  guint64 long_word = 0;

  g_assert_true (dio_vdagent_get_u32 (body, 5, &word));
  g_assert_cmphex (word, ==, 0x09080706);
  g_assert_false (dio_vdagent_get_u32 (body, 6, &word));
  g_assert_false (dio_vdagent_get_u32 (body, G_MAXSIZE, &word));
  g_assert_true (dio_vdagent_get_u64 (body, 1, &long_word));
  g_assert_cmphex (long_word, ==, 0x0908070605040302);
  g_assert_false (dio_vdagent_get_u64 (body, 2, &long_word));
  g_assert_false (dio_vdagent_get_u64 (body, G_MAXSIZE - 3, &long_word));
}

/* --- texts --- */

static void
check_text (const char *text, gsize size, DioTextEnds ends, const char *expected)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) converted = dio_text_convert (bytes, ends, &error);

  if (!expected)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_null (converted);
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (converted, NULL), g_bytes_get_size (converted), expected, strlen (expected));
}

static void
test_text (void)
{
  g_autoptr (GBytes) plain = g_bytes_new_static ("a\nb", 3);
  g_autoptr (GBytes) same = dio_text_convert (plain, DIO_TEXT_TO_LF, NULL);

  g_assert_true (same == plain);
  check_text ("a\nb\r\nc\n", 7, DIO_TEXT_TO_CRLF, "a\r\nb\r\nc\r\n");
  check_text ("\n\n\r", 3, DIO_TEXT_TO_CRLF, "\r\n\r\n\r");
  check_text ("a\nb\r\nc\rd\r\r\n", 11, DIO_TEXT_TO_LF, "a\nb\nc\rd\r\n");
  check_text ("a\r\n", 3, DIO_TEXT_KEEP, "a\r\n");
  check_text ("a\r\n\0\0", 5, DIO_TEXT_TO_LF, "a\n");
  check_text ("\0\0", 2, DIO_TEXT_TO_LF, "");
  check_text ("", 0, DIO_TEXT_TO_CRLF, "");
  check_text ("a\0b", 3, DIO_TEXT_KEEP, NULL);
  check_text ("\xc3", 1, DIO_TEXT_KEEP, NULL);
}

/* --- names --- */

static void
test_names (void)
{
  static const struct
  {
    const char *name, *unix_name, *windows_name;
  } names[] = {
    { "file.txt", "file.txt", "file.txt" },
    { "FILE.txt", "FILE (2).txt", "FILE (2).txt" },
    { "../../etc/passwd", ".._.._etc_passwd", ".._.._etc_passwd" },
    { "..", "_..", "_" },
    { ".", "_.", "_ (2)" },
    { "", "_", "_ (3)" },
    { ".profile", ".profile", ".profile" },
    { ".PROFILE", ".PROFILE (2)", ".PROFILE (2)" },
    { "a\nb\x7f", "a_b_", "a_b_" },
    { "c:\\windows\\*?.txt", "c:\\windows\\*?.txt", "c__windows___.txt" },
    { "dots...", "dots...", "dots" },
    { "file.txt", "file (3).txt", "file (3).txt" },
  };

  for (guint windows = 0; windows < 2; windows++)
    {
      g_autoptr (GHashTable) used = dio_file_names_new ();

      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        {
          g_autofree char *name = dio_file_name_for_guest (names[i].name, windows, used);

          g_assert_cmpstr (name, ==, windows ? names[i].windows_name : names[i].unix_name);
        }
    }
}

static void
test_long_names (void)
{
  g_autoptr (GHashTable) used = dio_file_names_new ();
  g_autoptr (GString) name = g_string_new (NULL);

  for (guint i = 0; i < 200; i++)
    g_string_append (name, "ä");
  g_string_append (name, ".txt");
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *clean = dio_file_name_for_guest (name->str, FALSE, used);

      g_assert_cmpuint (strlen (clean), <=, 255);
      g_assert_cmpuint (strlen (clean), >=, 253);
      g_assert_true (g_utf8_validate (clean, -1, NULL));
      g_assert_true (g_str_has_suffix (clean, ".txt"));
    }
  g_string_assign (name, "a.");
  for (guint i = 0; i < 400; i++)
    g_string_append_c (name, 'b');
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *clean = dio_file_name_for_guest (name->str, FALSE, used);

      g_assert_cmpuint (strlen (clean), ==, 255);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/vdagent/layout", test_layout);
  g_test_add_func ("/vdagent/round-trip", test_round_trip);
  g_test_add_func ("/vdagent/cut-short", test_cut_short);
  g_test_add_func ("/vdagent/sizes", test_sizes);
  g_test_add_func ("/vdagent/unknown", test_unknown);
  g_test_add_func ("/vdagent/large", test_large);
  g_test_add_func ("/vdagent/after-pause", test_after_pause);
  g_test_add_func ("/vdagent/numbers", test_numbers);
  g_test_add_func ("/vdagent/text", test_text);
  g_test_add_func ("/vdagent/names", test_names);
  g_test_add_func ("/vdagent/long-names", test_long_names);
  return g_test_run ();
}
