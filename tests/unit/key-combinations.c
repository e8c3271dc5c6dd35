/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/key-combinations.h"

/* What comes as an action's target, from anybody on the session bus, is one to six keys or nothing. */
static void
test_parse (void)
{
  static const char *const good[] = { "29+56+111", "125", "1+2+3+4+5+6" };
  static const char *const bad[] = { "",      "+",    "29+",   "+29",        "29++56",        "0",  "-1",
                                     "0x1d",  " 29",  "29 ",   "Ctrl",       "1+2+3+4+5+6+7", "84", "768",
                                     "65536", "29+0", "29,56", "4294967325", "29+56+111+x" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (DioKeyCombination) combination = dio_key_combination_parse (good[i]);
      g_autofree char *text = NULL;

      g_assert_nonnull (combination);
      text = dio_key_combination_to_string (combination);
      g_assert_cmpstr (text, ==, good[i]);
      g_assert_cmpstr (combination->name, ==, "");
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("“%s”", bad[i]);
      g_assert_null (dio_key_combination_parse (bad[i]));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/key-combinations/parse", test_parse);
  return g_test_run ();
}
