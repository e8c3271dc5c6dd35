/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Any bytes, given as text to be typed: what the survey counts must add up, and be what the keys are for. */
#include "input/typist.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char *const names[] = { "us", "de", "us+intl", "gr+polytonic", "ru", "vn", "jp" };
static DioKeyLayout *layouts[G_N_ELEMENTS (names)];

static void
check (DioKeyLayout *layout, const char *text, DioTypistFlags flags)
{
  g_auto (DioTypistSurvey) survey = { 0 };
  g_autoptr (GError) error = NULL;

  if (!dio_typist_survey (layout, text, flags, &survey, &error))
    {
      g_assert_false (g_utf8_validate (text, -1, NULL));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      return;
    }
  g_assert_cmpuint (survey.n_characters, <=, (gsize) g_utf8_strlen (text, -1));
  g_assert_cmpuint (survey.n_missing + survey.n_numbered, <=, survey.n_characters);
  g_assert_cmpuint (survey.n_strokes, >=, survey.n_characters - survey.n_missing);
  g_assert_true (g_utf8_validate (survey.missing, -1, NULL));
  g_assert_true (flags & DIO_TYPIST_BY_NUMBER || survey.n_numbered == 0);
}

/* Every stroke is of keys that there are. */
static void
check_strokes (DioKeyLayout *layout, const char *text)
{
  for (; g_utf8_validate (text, -1, NULL) && *text; text = g_utf8_next_char (text))
    {
      DioStrokes strokes;

      if (!dio_key_layout_find (layout, g_utf8_get_char (text), &strokes) &&
          !dio_key_layout_find_by_number (layout, g_utf8_get_char (text), &strokes))
        continue;
      g_assert_cmpuint (strokes.n_strokes, >=, 1);
      g_assert_cmpuint (strokes.n_strokes, <=, G_N_ELEMENTS (strokes.strokes));
      for (guint i = 0; i < strokes.n_strokes; i++)
        {
          g_assert_cmpuint (strokes.strokes[i].n_keys, >=, 1);
          g_assert_cmpuint (strokes.strokes[i].n_keys, <=, G_N_ELEMENTS (strokes.strokes[i].keys));
        }
    }
}

/* The first byte chooses the layout. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = NULL;
  guint i;

  if (size == 0)
    return 0;
  i = data[0] % G_N_ELEMENTS (names);
  if (!layouts[i])
    layouts[i] = dio_key_layout_new (names[i], NULL);
  g_assert_nonnull (layouts[i]);
  text = g_strndup ((const char *) data + 1, size - 1);
  check (layouts[i], text, DIO_TYPIST_LEAVE_OUT);
  check (layouts[i], text, DIO_TYPIST_BY_NUMBER);
  if (size < 256)
    check_strokes (layouts[i], text);
  return 0;
}
