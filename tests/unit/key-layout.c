/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/key-layout.h"
#include "input/layouts.h"
#include "input/typist.h"

#include <linux/input-event-codes.h>

static char *
describe (DioKeyLayout *layout, gunichar character)
{
  GString *text = g_string_new (NULL);
  DioStrokes strokes;

  if (!dio_key_layout_find (layout, character, &strokes))
    g_string_append (text, "none");
  else
    for (guint i = 0; i < strokes.n_strokes; i++)
      {
        if (i > 0)
          g_string_append (text, ", ");
        for (guint j = 0; j < strokes.strokes[i].n_keys; j++)
          g_string_append_printf (text, "%s%u", j > 0 ? "+" : "", strokes.strokes[i].keys[j]);
      }
  return g_string_free (text, FALSE);
}

/* Known from the boards themselves: 42 is Shift, 100 is AltGr, 57 the space bar. */
static const struct
{
  const char *layout;
  gunichar character;
  const char *keys;
} known[] = {
  { "us", 'a', "30" },
  { "us", 'A', "42+30" },
  { "us", '\n', "28" },
  { "us", '\t', "15" },
  { "us", '5', "6" },
  { "us", '/', "53" },
  { "us", 0xe9, "none" },
  { "us", 0, "none" },
  { "us", '*', "42+9" },
  { "us", '(', "42+10" },
  { "us", '+', "42+13" },
  { "us", 0x1b, "none" },
  { "us", 0x7f, "none" },
  { "us", 0x85, "none" },
  { "us", '\b', "none" },
  { "de", 'y', "44" },
  { "de", 'z', "21" },
  { "de", '@', "100+16" },
  { "de", 0x20ac, "100+18" },
  { "de", 0xe9, "13, 18" },
  { "de", 0xc9, "13, 42+18" },
  { "de", '^', "41, 57" },
  { "de", 0xb4, "13, 13" },
  { "de", '`', "42+13, 57" },
  { "fr", '1', "42+2" },
  { "fr", 'a', "16" },
  { "fr", 0xea, "26, 18" },
  { "us+intl", 0xe9, "100+18" },
  { "us+intl", 0xea, "42+7, 18" },
  { "us+dvorak", 's', "39" },
  { "ru", 0x44f, "44" },
  { "jp", '@', "26" },
  { "jp", '_', "42+89" },
};

static void
test_known (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (DioKeyLayout) layout = dio_key_layout_new (known[i].layout, &error);
      g_autofree char *keys = NULL;

      g_assert_no_error (error);
      keys = describe (layout, known[i].character);
      g_test_message ("%s U+%04X: %s", known[i].layout, known[i].character, keys);
      g_assert_cmpstr (keys, ==, known[i].keys);
    }
}

static void
test_unknown (void)
{
  static const char *const names[] = { "",      "+",           "no-such",  "us+",           "us+no-such",
                                       "+intl", "us,de",       "us(intl)", "../symbols/us", "us+intl+intl",
                                       "us ",   "/etc/passwd", "d\xc3\xa9" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", names[i]);
      g_assert_null (dio_key_layout_new (names[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    }
}

/* The environment's settings are the host's, not the guest's. */
static void
test_environment (void)
{
  g_autoptr (DioKeyLayout) layout = NULL;
  g_autofree char *keys = NULL;

  g_setenv ("XKB_DEFAULT_VARIANT", "dvorak", TRUE);
  g_setenv ("XKB_DEFAULT_OPTIONS", "ctrl:swapcaps,shift:breaks_caps", TRUE);
  layout = dio_key_layout_new ("us", NULL);
  keys = describe (layout, 's');
  g_assert_cmpstr (keys, ==, "31");
  g_unsetenv ("XKB_DEFAULT_VARIANT");
  g_unsetenv ("XKB_DEFAULT_OPTIONS");
}

static void
test_survey (void)
{
  g_autoptr (DioKeyLayout) us = dio_key_layout_new ("us", NULL), ru = dio_key_layout_new ("ru", NULL);
  g_auto (DioTypistSurvey) out = { 0 }, by_number = { 0 }, russian = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (dio_typist_survey (us, "ab\r\n\x1bΩΩ中", DIO_TYPIST_LEAVE_OUT, &out, NULL));
  g_assert_cmpuint (out.n_characters, ==, 7);
  g_assert_cmpuint (out.n_strokes, ==, 3);
  g_assert_cmpuint (out.n_missing, ==, 4);
  g_assert_cmpuint (out.n_numbered, ==, 0);
  g_assert_cmpstr (out.missing, ==, "Ω中");
  g_assert_true (out.numbers);

  g_assert_true (dio_typist_survey (us, "ab\r\n\x1bΩΩ中", DIO_TYPIST_BY_NUMBER, &by_number, NULL));
  g_assert_cmpuint (by_number.n_missing, ==, 1);
  g_assert_cmpuint (by_number.n_numbered, ==, 3);
  g_assert_cmpuint (by_number.n_strokes, ==, 3 + (1 + 3 + 1) * 2 + (1 + 4 + 1));
  g_assert_cmpstr (by_number.missing, ==, "Ω中");

  g_assert_true (dio_typist_survey (ru, "z", DIO_TYPIST_BY_NUMBER, &russian, NULL));
  g_assert_cmpuint (russian.n_missing, ==, 1);
  g_assert_false (russian.numbers);

  g_assert_false (dio_typist_survey (us, "\xff", DIO_TYPIST_LEAVE_OUT, &russian, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpuint (russian.n_missing, ==, 1);
}

/* The list of what is missing is for people. */
static void
test_long_survey (void)
{
  g_autoptr (DioKeyLayout) layout = dio_key_layout_new ("us", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (DioTypistSurvey) survey = { 0 };

  for (gunichar character = 0x4e00; text->len < 1024 * 1024; character = character < 0x9000 ? character + 1 : 0x4e00)
    g_string_append_unichar (text, character);
  g_assert_true (dio_typist_survey (layout, text->str, DIO_TYPIST_LEAVE_OUT, &survey, NULL));
  g_assert_cmpuint (survey.n_missing, ==, survey.n_characters);
  g_assert_cmpint (g_utf8_strlen (survey.missing, -1), ==, 40);
}

/* Every layout of the list can be typed with, but for xkb's place for one's own. */
static void
test_list (void)
{
  g_autoptr (GListStore) layouts = dio_layouts_load ();
  g_autofree char *us = dio_layouts_find (G_LIST_MODEL (layouts), "English (US)");
  g_autofree char *intl = dio_layouts_find (G_LIST_MODEL (layouts), "English (US, intl., with dead keys)");
  g_autofree char *none = dio_layouts_find (G_LIST_MODEL (layouts), "No such layout");
  guint n_bad = 0;

  g_assert_cmpstr (us, ==, "us");
  g_assert_cmpstr (intl, ==, "us+intl");
  g_assert_null (none);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (layouts)), >=, 400);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (layouts)); i += 9)
    {
      g_autoptr (DioLayout) layout = g_list_model_get_item (G_LIST_MODEL (layouts), i);
      g_autoptr (DioKeyLayout) keys = dio_key_layout_new (dio_layout_get_name (layout), NULL);

      g_assert_true (g_utf8_validate (dio_layout_get_title (layout), -1, NULL));
      if (!keys && !g_str_equal (dio_layout_get_name (layout), "custom"))
        {
          g_test_message ("%s: %s", dio_layout_get_name (layout), dio_layout_get_title (layout));
          n_bad++;
        }
    }
  g_assert_cmpuint (n_bad, ==, 0);
}

static const char own_list[] =
    "<xkbConfigRegistry version='1.1'><layoutList>"
    "<layout><configItem><name>mine</name><description>My Own</description></configItem></layout>"
    "<layout><configItem><name>us</name><description>My American</description></configItem><variantList>"
    "<variant><configItem><name>mine</name><description>My Variant</description></configItem></variant>"
    "</variantList></layout></layoutList></xkbConfigRegistry>";

/* A list of the user's own does not hide the system's, of which it may name a layout otherwise. */
static void
test_own_list_subprocess (void)
{
  g_autofree char *rules = g_build_filename (g_get_user_config_dir (), "xkb", "rules", NULL);
  g_autofree char *path = g_build_filename (rules, "evdev.xml", NULL);
  g_autofree char *own = NULL, *us = NULL, *variant = NULL, *system = NULL, *hidden = NULL;
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GListStore) layouts = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (rules, 0700), ==, 0);
  g_file_set_contents (path, own_list, -1, &error);
  g_assert_no_error (error);
  g_setenv ("XDG_CONFIG_HOME", g_get_user_config_dir (), TRUE);
  layouts = dio_layouts_load ();
  own = dio_layouts_find (G_LIST_MODEL (layouts), "My Own");
  us = dio_layouts_find (G_LIST_MODEL (layouts), "My American");
  variant = dio_layouts_find (G_LIST_MODEL (layouts), "My Variant");
  system = dio_layouts_find (G_LIST_MODEL (layouts), "English (US, intl., with dead keys)");
  hidden = dio_layouts_find (G_LIST_MODEL (layouts), "English (US)");
  g_assert_cmpstr (own, ==, "mine");
  g_assert_cmpstr (us, ==, "us");
  g_assert_cmpstr (variant, ==, "us+mine");
  g_assert_cmpstr (system, ==, "us+intl");
  g_assert_null (hidden);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (layouts)); i++)
    {
      g_autoptr (DioLayout) layout = g_list_model_get_item (G_LIST_MODEL (layouts), i);

      g_assert_true (g_hash_table_add (names, g_strdup (dio_layout_get_name (layout))));
    }
}

/* A process reads the lists once. */
static void
test_own_list (void)
{
  g_test_trap_subprocess ("/key-layout/own-list/subprocess", 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/key-layout/known", test_known);
  g_test_add_func ("/key-layout/unknown", test_unknown);
  g_test_add_func ("/key-layout/environment", test_environment);
  g_test_add_func ("/key-layout/survey", test_survey);
  g_test_add_func ("/key-layout/long-survey", test_long_survey);
  g_test_add_func ("/key-layout/list", test_list);
  g_test_add_func ("/key-layout/own-list", test_own_list);
  g_test_add_func ("/key-layout/own-list/subprocess", test_own_list_subprocess);
  return g_test_run ();
}
