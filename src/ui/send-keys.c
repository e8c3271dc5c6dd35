/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/send-keys.h"

#include "ui/key-combinations.h"

#include <glib/gi18n.h>
#include <linux/input-event-codes.h>

/* The rows of function keys lie in two pieces. */
static const guint function_keys[] = { KEY_F1, KEY_F2, KEY_F3, KEY_F4,  KEY_F5,  KEY_F6,
                                       KEY_F7, KEY_F8, KEY_F9, KEY_F10, KEY_F11, KEY_F12 };

static void
append_item (GMenu *menu, const char *label, const char *keys)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, "win.send-keys", "s", keys);
  g_menu_append_item (menu, item);
}

static void
fill_with_combinations (GMenu *menu, GSettings *settings)
{
  g_autoptr (GPtrArray) combinations = dio_key_combinations_load (settings);

  g_menu_remove_all (menu);
  for (guint i = 0; i < combinations->len; i++)
    {
      const DioKeyCombination *combination = g_ptr_array_index (combinations, i);
      g_autofree char *label = dio_key_combination_get_label (combination);
      g_autofree char *keys = dio_key_combination_to_string (combination);
      g_auto (GStrv) parts = g_strsplit (label, "_", -1);
      g_autofree char *without_mnemonic = g_strjoinv ("__", parts);

      append_item (menu, without_mnemonic, keys);
    }
}

static void
on_changed (GSettings *settings, const char *key, gpointer user_data)
{
  fill_with_combinations (G_MENU (user_data), settings);
}

void
dio_send_keys_fill_menu (GMenu *menu, GSettings *settings)
{
  g_autoptr (GMenu) own = g_menu_new (), functions = g_menu_new (), more = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (function_keys); i++)
    {
      g_autofree char *label = g_strdup_printf (_ ("Ctrl + Alt + F%u"), i + 1);
      g_autofree char *keys = g_strdup_printf ("%u+%u+%u", KEY_LEFTCTRL, KEY_LEFTALT, function_keys[i]);

      append_item (functions, label, keys);
    }
  fill_with_combinations (own, settings);
  g_signal_connect_object (settings, "changed::key-combinations", G_CALLBACK (on_changed), own, 0);
  g_menu_append_submenu (more, _ ("Ctrl + Alt + _Function Key"), G_MENU_MODEL (functions));
  g_menu_append (more, _ ("_Edit Key Combinations…"), "win.edit-keys");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (own));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (more));
}

void
dio_send_keys (DioKeyboard *keyboard, const char *keys)
{
  g_autoptr (DioKeyCombination) combination = dio_key_combination_parse (keys);

  if (combination)
    dio_keyboard_send_combination (keyboard, combination->keys, combination->n_keys);
}
