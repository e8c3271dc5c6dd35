/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/shortcut-list.h"

#include <glib/gi18n.h>

#define KEY "host-shortcuts"
#define MODIFIERS (GDK_CONTROL_MASK | GDK_SHIFT_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)
/* Shift alone makes capitals. */
#define REAL_MODIFIERS (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)

typedef struct
{
  guint keyval;
  GdkModifierType modifiers;
} Shortcut;

struct _DioShortcutList
{
  GObject parent_instance;

  GSettings *settings;
  GArray *shortcuts; /* of Shortcut */
};

G_DEFINE_FINAL_TYPE (DioShortcutList, dio_shortcut_list, G_TYPE_OBJECT)

static guint changed_signal;

static gboolean
parse (const char *text, Shortcut *ret_shortcut)
{
  if (!gtk_accelerator_parse (text, &ret_shortcut->keyval, &ret_shortcut->modifiers) || ret_shortcut->keyval == 0)
    return FALSE;
  ret_shortcut->modifiers &= MODIFIERS;
  return TRUE;
}

static void
read_setting (DioShortcutList *self)
{
  g_auto (GStrv) words = g_settings_get_strv (self->settings, KEY);
  Shortcut shortcut;

  g_array_set_size (self->shortcuts, 0);
  for (guint i = 0; words[i]; i++)
    if (parse (words[i], &shortcut))
      g_array_append_val (self->shortcuts, shortcut);
  g_signal_emit (self, changed_signal, 0);
}

static void
write_setting (DioShortcutList *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;

  for (guint i = 0; i < self->shortcuts->len; i++)
    {
      const Shortcut *shortcut = &g_array_index (self->shortcuts, Shortcut, i);

      g_strv_builder_take (builder, gtk_accelerator_name (shortcut->keyval, shortcut->modifiers));
    }
  words = g_strv_builder_end (builder);
  g_settings_set_strv (self->settings, KEY, (const char *const *) words);
}

gboolean
dio_shortcut_list_matches (DioShortcutList *self, GdkEvent *event)
{
  g_return_val_if_fail (DIO_IS_SHORTCUT_LIST (self), FALSE);

  for (guint i = 0; i < self->shortcuts->len; i++)
    {
      const Shortcut *shortcut = &g_array_index (self->shortcuts, Shortcut, i);

      if (gdk_key_event_matches (event, shortcut->keyval, shortcut->modifiers) != GDK_KEY_MATCH_NONE)
        return TRUE;
    }
  return FALSE;
}

gboolean
dio_shortcut_list_waits_for (DioShortcutList *self, GdkModifierType held)
{
  g_return_val_if_fail (DIO_IS_SHORTCUT_LIST (self), FALSE);

  for (guint i = 0; held != 0 && i < self->shortcuts->len; i++)
    if (g_array_index (self->shortcuts, Shortcut, i).modifiers == held)
      return TRUE;
  return FALSE;
}

guint
dio_shortcut_list_get_n (DioShortcutList *self)
{
  return self->shortcuts->len;
}

char *
dio_shortcut_list_get_label (DioShortcutList *self, guint n)
{
  const Shortcut *shortcut = &g_array_index (self->shortcuts, Shortcut, n);

  return gtk_accelerator_get_label (shortcut->keyval, shortcut->modifiers);
}

void
dio_shortcut_list_remove (DioShortcutList *self, guint n)
{
  g_return_if_fail (n < self->shortcuts->len);

  g_array_remove_index (self->shortcuts, n);
  write_setting (self);
}

void
dio_shortcut_list_reset (DioShortcutList *self)
{
  g_settings_reset (self->settings, KEY);
}

gboolean
dio_shortcut_list_is_default (DioShortcutList *self)
{
  g_autoptr (GVariant) value = g_settings_get_user_value (self->settings, KEY);

  return !value;
}

/* "Ctrl+Alt+t" as "<Ctrl><Alt>t"; what has "<" already, and a last "+" that is a key, as it is. (transfer full) */
static char *
to_accelerator (const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autoptr (GString) result = g_string_new (NULL);
  const char *rest = stripped, *plus;

  if (strchr (stripped, '<'))
    return g_steal_pointer (&stripped);
  while ((plus = strchr (rest, '+')) && plus > rest && plus[1])
    {
      g_string_append_printf (result, "<%.*s>", (int) (plus - rest), rest);
      rest = plus + 1;
    }
  g_string_append (result, g_str_equal (rest, "+") ? "plus" : rest);
  return g_string_free_and_steal (g_steal_pointer (&result));
}

gboolean
dio_shortcut_list_add (DioShortcutList *self, const char *text, GError **error)
{
  g_autofree char *accelerator = to_accelerator (text);
  Shortcut shortcut;

  g_return_val_if_fail (DIO_IS_SHORTCUT_LIST (self), FALSE);

  if (!parse (accelerator, &shortcut))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is no shortcut. Write it as “Super+Tab”, or press it."), text);
      return FALSE;
    }
  /* Keys alone are Diorama's own at most (F11): the desktop takes what it wants before anybody else is asked, or not at
   * all. */
  if (!(shortcut.modifiers & REAL_MODIFIERS) && !(shortcut.keyval >= GDK_KEY_F1 && shortcut.keyval <= GDK_KEY_F35))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _ ("The machine needs this key. Add Ctrl, Alt or Super, or choose an F key."));
      return FALSE;
    }
  for (guint i = 0; i < self->shortcuts->len; i++)
    if (g_array_index (self->shortcuts, Shortcut, i).keyval == shortcut.keyval &&
        g_array_index (self->shortcuts, Shortcut, i).modifiers == shortcut.modifiers)
      return TRUE;
  g_array_append_val (self->shortcuts, shortcut);
  write_setting (self);
  return TRUE;
}

static void
dio_shortcut_list_dispose (GObject *object)
{
  DioShortcutList *self = DIO_SHORTCUT_LIST (object);

  g_clear_object (&self->settings);
  g_clear_pointer (&self->shortcuts, g_array_unref);
  G_OBJECT_CLASS (dio_shortcut_list_parent_class)->dispose (object);
}

static void
dio_shortcut_list_class_init (DioShortcutListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_shortcut_list_dispose;
  changed_signal =
      g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_shortcut_list_init (DioShortcutList *self)
{
  self->settings = g_settings_new (DIO_APPLICATION_ID);
  self->shortcuts = g_array_new (FALSE, FALSE, sizeof (Shortcut));
  g_signal_connect_object (self->settings, "changed::" KEY, G_CALLBACK (read_setting), self, G_CONNECT_SWAPPED);
  read_setting (self);
}

DioShortcutList *
dio_shortcut_list_new (void)
{
  return g_object_new (DIO_TYPE_SHORTCUT_LIST, NULL);
}
