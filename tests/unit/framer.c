/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "qmp/framer.h"

#include "qmp/qmp.h"

#include <string.h>

static void
push_all (DioFramer *framer, const char *text)
{
  dio_framer_push (framer, text, strlen (text));
}

static void
assert_line (DioFramer *framer, const char *expected)
{
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize length;

  g_assert_cmpint (dio_framer_next (framer, &line, &length, &error), ==, DIO_FRAMER_LINE);
  g_assert_no_error (error);
  g_assert_cmpstr (line, ==, expected);
  g_assert_cmpuint (length, ==, strlen (expected));
}

static void
assert_more (DioFramer *framer)
{
  const char *line;
  gsize length;

  g_assert_cmpint (dio_framer_next (framer, &line, &length, NULL), ==, DIO_FRAMER_MORE);
}

static void
assert_error (DioFramer *framer, const char *word)
{
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize length;

  g_assert_cmpint (dio_framer_next (framer, &line, &length, &error), ==, DIO_FRAMER_ERROR);
  g_assert_error (error, DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
  g_assert_cmpint (dio_framer_next (framer, &line, &length, NULL), ==, DIO_FRAMER_ERROR);
}

static void
test_lines (void)
{
  g_autoptr (DioFramer) framer = dio_framer_new ();

  assert_more (framer);
  push_all (framer, "{\"a\": 1}\r\n\n\r\n{\"b\":");
  assert_line (framer, "{\"a\": 1}\r");
  assert_more (framer);
  push_all (framer, " [true, -1.5e+3, null, \"}]\\\"\\\\\"]}\n{}\n");
  assert_line (framer, "{\"b\": [true, -1.5e+3, null, \"}]\\\"\\\\\"]}");
  assert_line (framer, "{}");
  assert_more (framer);
}

/* The same whatever the pieces are in which it comes. */
static void
test_pieces (void)
{
  const char *text = "{\"k\\\"\": \"ä\"}\n{\"x\": {\"y\": []}}\n";

  for (gsize piece = 1; piece <= strlen (text); piece++)
    {
      g_autoptr (DioFramer) framer = dio_framer_new ();
      g_autoptr (GString) seen = g_string_new (NULL);

      for (gsize at = 0; at < strlen (text); at += piece)
        {
          const char *line;
          gsize length;

          dio_framer_push (framer, text + at, MIN (piece, strlen (text) - at));
          while (dio_framer_next (framer, &line, &length, NULL) == DIO_FRAMER_LINE)
            g_string_append_printf (seen, "%s\n", line);
        }
      g_assert_cmpstr (seen->str, ==, text);
    }
}

static void
check_refused (const char *text, const char *word)
{
  g_autoptr (DioFramer) framer = dio_framer_new ();

  push_all (framer, text);
  assert_error (framer, word);
}

static void
test_refused (void)
{
  check_refused ("}\n", "end without a beginning");
  check_refused ("{\n", "incomplete");
  check_refused ("{}{}\n", "two values");
  check_refused ("[] 7\n", "two values");
  check_refused ("{\"a\n", "incomplete");
  check_refused ("{\"a\tb\"}\n", "control character");
  check_refused ("{'a': 1}\n", "not JSON");
  check_refused ("/* \" */ {}\n", "not JSON");
  check_refused ("// {}\n", "not JSON");
  check_refused ("\xff\n", "not JSON");
  check_refused ("\"\xff\xfe\"\n", "UTF-8");
}

static void
test_depth (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (DioFramer) framer = dio_framer_new ();

  for (guint i = 0; i < DIO_FRAMER_MAX_DEPTH; i++)
    g_string_append_c (text, i % 2 ? '{' : '[');
  for (guint i = DIO_FRAMER_MAX_DEPTH; i > 0; i--)
    g_string_append_c (text, i % 2 ? ']' : '}');
  g_string_append_c (text, '\n');
  push_all (framer, text->str);
  g_string_truncate (text, text->len - 1);
  assert_line (framer, text->str);

  g_string_prepend (text, "[");
  push_all (framer, text->str);
  assert_error (framer, "nesting");
}

/* Pushes N copies of CHUNK (of 64 KiB each) until the framer wants no more. */
static guint
flood (DioFramer *framer, char c)
{
  g_autofree char *chunk = g_malloc (DIO_FRAMER_MAX_CHUNK);
  const char *line;
  gsize length;
  guint n = 0;

  memset (chunk, c, DIO_FRAMER_MAX_CHUNK);
  do
    dio_framer_push (framer, chunk, DIO_FRAMER_MAX_CHUNK);
  while (++n < 1000 && dio_framer_next (framer, &line, &length, NULL) == DIO_FRAMER_MORE);
  return n;
}

static void
test_huge (void)
{
  g_autoptr (DioFramer) framer = dio_framer_new ();

  push_all (framer, "\"");
  g_assert_cmpuint (flood (framer, 'a'), ==, DIO_FRAMER_MAX_LINE / DIO_FRAMER_MAX_CHUNK);
  assert_error (framer, "nothing more");
}

/* A line of the greatest length goes through, and its memory does not stay. */
static void
test_greatest (void)
{
  g_autoptr (DioFramer) framer = dio_framer_new ();
  g_autofree char *chunk = g_malloc (DIO_FRAMER_MAX_CHUNK);
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize length;

  memset (chunk, 'a', DIO_FRAMER_MAX_CHUNK);
  chunk[0] = '"';
  for (guint i = 0; i < DIO_FRAMER_MAX_LINE / DIO_FRAMER_MAX_CHUNK; i++)
    {
      assert_more (framer);
      if (i == DIO_FRAMER_MAX_LINE / DIO_FRAMER_MAX_CHUNK - 1)
        chunk[DIO_FRAMER_MAX_CHUNK - 1] = '"';
      dio_framer_push (framer, chunk, DIO_FRAMER_MAX_CHUNK);
      chunk[0] = 'a';
    }
  assert_more (framer);
  push_all (framer, "\n{}\n");
  g_assert_cmpint (dio_framer_next (framer, &line, &length, &error), ==, DIO_FRAMER_LINE);
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, DIO_FRAMER_MAX_LINE);
  assert_line (framer, "{}");
}

static void
test_values (void)
{
  g_autoptr (DioFramer) framer = dio_framer_new ();

  push_all (framer, "[1");
  g_assert_cmpuint (flood (framer, ','), ==, DIO_FRAMER_MAX_VALUES / DIO_FRAMER_MAX_CHUNK);
}

static void
test_blank (void)
{
  g_autoptr (DioFramer) framer = dio_framer_new ();

  g_assert_cmpuint (flood (framer, '\n'), ==, 1000);
  push_all (framer, "{}\n");
  assert_line (framer, "{}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/framer/lines", test_lines);
  g_test_add_func ("/framer/pieces", test_pieces);
  g_test_add_func ("/framer/refused", test_refused);
  g_test_add_func ("/framer/depth", test_depth);
  g_test_add_func ("/framer/huge", test_huge);
  g_test_add_func ("/framer/greatest", test_greatest);
  g_test_add_func ("/framer/values", test_values);
  g_test_add_func ("/framer/blank", test_blank);
  return g_test_run ();
}
