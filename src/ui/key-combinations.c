/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/key-combinations.h"

#include "input/keymap.h"
#include "ui/key-names.h"

#include <glib/gi18n.h>
#include <linux/input-event-codes.h>

#define KEY "key-combinations"
/* More than a menu can show. */
#define MAX_COMBINATIONS 100
#define MAX_NAME 100 /* bytes */

void
dio_key_combination_free (DioKeyCombination *self)
{
  g_free (self->name);
  g_free (self);
}

static gboolean
add_key (DioKeyCombination *self, guint64 code)
{
  if (self->n_keys == DIO_COMBINATION_MAX_KEYS || code > G_MAXUINT16 || dio_keymap_evdev_to_qnum ((guint) code) == 0)
    return FALSE;
  self->keys[self->n_keys++] = (guint) code;
  return TRUE;
}

DioKeyCombination *
dio_key_combination_parse (const char *text)
{
  g_autoptr (DioKeyCombination) self = g_new0 (DioKeyCombination, 1);
  g_auto (GStrv) parts = g_strsplit (text, "+", DIO_COMBINATION_MAX_KEYS + 1);

  self->name = g_strdup ("");
  for (guint i = 0; parts[i]; i++)
    {
      guint64 code;

      if (!g_ascii_string_to_unsigned (parts[i], 10, 1, G_MAXUINT16, &code, NULL) || !add_key (self, code))
        return NULL;
    }
  return self->n_keys > 0 ? g_steal_pointer (&self) : NULL;
}

char *
dio_key_combination_to_string (const DioKeyCombination *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_keys; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? "+" : "", self->keys[i]);
  return g_string_free (text, FALSE);
}

char *
dio_key_combination_describe (const DioKeyCombination *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_keys; i++)
    {
      g_autofree char *name = dio_key_name (gdk_display_get_default (), self->keys[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? " + " : "", name);
    }
  return g_string_free (text, FALSE);
}

char *
dio_key_combination_get_label (const DioKeyCombination *self)
{
  if (*self->name)
    return g_strdup (self->name);
  if (self->n_keys == 1 && self->keys[0] == KEY_LEFTMETA)
    return g_strdup (_ ("Super (Windows Key)"));
  return dio_key_combination_describe (self);
}

GPtrArray *
dio_key_combinations_load (GSettings *settings)
{
  GPtrArray *combinations = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_key_combination_free);
  g_autoptr (GVariant) value = g_settings_get_value (settings, KEY);
  GVariantIter iter;
  const char *name;
  GVariant *keys;

  g_variant_iter_init (&iter, value);
  while (g_variant_iter_loop (&iter, "(&s@au)", &name, &keys))
    {
      g_autoptr (DioKeyCombination) self = g_new0 (DioKeyCombination, 1);
      gsize n;
      const guint32 *codes = g_variant_get_fixed_array (keys, &n, sizeof *codes);
      gboolean valid = n > 0 && strlen (name) <= MAX_NAME && combinations->len < MAX_COMBINATIONS;

      for (gsize i = 0; valid && i < n; i++)
        valid = add_key (self, codes[i]);
      self->name = g_strdup (name);
      if (valid)
        g_ptr_array_add (combinations, g_steal_pointer (&self));
    }
  return combinations;
}

void
dio_key_combinations_save (GSettings *settings, GPtrArray *combinations)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sau)"));
  for (guint i = 0; i < combinations->len; i++)
    {
      const DioKeyCombination *self = g_ptr_array_index (combinations, i);

      g_variant_builder_add (
          &builder, "(s@au)", self->name,
          g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, self->keys, self->n_keys, sizeof *self->keys));
    }
  g_settings_set_value (settings, KEY, g_variant_builder_end (&builder));
}
