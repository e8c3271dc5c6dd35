/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/send-keys.h"

#include <glib/gi18n.h>
#include <linux/input-event-codes.h>

#define MAX_KEYS 3

typedef struct
{
  const char *id;
  const char *label;
  guint codes[MAX_KEYS]; /* 0 ends a shorter one */
} Combination;

static const Combination combinations[] = {
  { "ctrl-alt-del", N_ ("Ctrl + Alt + _Delete"), { KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE } },
  { "ctrl-alt-backspace", N_ ("Ctrl + Alt + _Backspace"), { KEY_LEFTCTRL, KEY_LEFTALT, KEY_BACKSPACE } },
  { "ctrl-alt-enter", N_ ("Ctrl + Alt + _Enter"), { KEY_LEFTCTRL, KEY_LEFTALT, KEY_ENTER } },
  { "alt-tab", N_ ("Alt + _Tab"), { KEY_LEFTALT, KEY_TAB } },
  { "alt-f4", N_ ("Alt + F_4"), { KEY_LEFTALT, KEY_F4 } },
  { "super", N_ ("_Super (Windows Key)"), { KEY_LEFTMETA } },
  { "print", N_ ("_Print Screen"), { KEY_SYSRQ } },
};

/* The rows of function keys lie in two pieces. */
static const guint function_keys[] = { KEY_F1, KEY_F2, KEY_F3, KEY_F4,  KEY_F5,  KEY_F6,
                                       KEY_F7, KEY_F8, KEY_F9, KEY_F10, KEY_F11, KEY_F12 };

static void
append_item (GMenu *menu, const char *label, const char *id)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, "win.send-keys", "s", id);
  g_menu_append_item (menu, item);
}

void
dio_send_keys_fill_menu (GMenu *menu)
{
  g_autoptr (GMenu) functions = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (combinations); i++)
    append_item (menu, _ (combinations[i].label), combinations[i].id);
  for (guint i = 0; i < G_N_ELEMENTS (function_keys); i++)
    {
      g_autofree char *label = g_strdup_printf (_ ("Ctrl + Alt + F%u"), i + 1);
      g_autofree char *id = g_strdup_printf ("ctrl-alt-f%u", i + 1);

      append_item (functions, label, id);
    }
  g_menu_append_submenu (menu, _ ("Ctrl + Alt + _Function Key"), G_MENU_MODEL (functions));
}

void
dio_send_keys (DioKeyboard *keyboard, const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (combinations); i++)
    if (g_str_equal (combinations[i].id, id))
      {
        guint n = 0;

        while (n < MAX_KEYS && combinations[i].codes[n] != 0)
          n++;
        dio_keyboard_send_combination (keyboard, combinations[i].codes, n);
        return;
      }

  for (guint i = 0; i < G_N_ELEMENTS (function_keys); i++)
    {
      g_autofree char *name = g_strdup_printf ("ctrl-alt-f%u", i + 1);
      guint codes[] = { KEY_LEFTCTRL, KEY_LEFTALT, function_keys[i] };

      if (g_str_equal (name, id))
        dio_keyboard_send_combination (keyboard, codes, G_N_ELEMENTS (codes));
    }
}
