/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/file-name.h"

#include <string.h>

#define MAX_BYTES 255

GHashTable *
dio_file_names_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static gboolean
is_allowed (gunichar c, gboolean windows)
{
  return c != '/' && !g_unichar_iscntrl (c) && !(windows && c < 0x80 && strchr ("\\:*?\"<>|", (int) c));
}

/* Where the ending (".tar.gz" is ".gz") begins; the length where there is none, as in ".profile". */
static gsize
find_ending (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot && dot != name ? (gsize) (dot - name) : strlen (name);
}

/* NAME with NUMBER (0: none) before its ending, shortened where that is too long. */
static char *
compose (const char *name, guint number)
{
  gsize ending = find_ending (name), length = strlen (name + ending), room;
  g_autofree char *suffix = number ? g_strdup_printf (" (%u)", number) : g_strdup ("");
  const char *end;

  /* An ending that takes all the room is none. */
  if (length > MAX_BYTES / 2)
    {
      ending = strlen (name);
      length = 0;
    }
  room = MAX_BYTES - length - strlen (suffix);
  end = name + ending;
  if (ending > room)
    end = g_utf8_find_prev_char (name, name + room + 1);
  return g_strdup_printf ("%.*s%s%s", (int) (end - name), name, suffix, name + strlen (name) - length);
}

static gboolean
take (GHashTable *used, const char *name)
{
  char *folded = g_utf8_casefold (name, -1);

  return g_hash_table_add (used, folded);
}

char *
dio_file_name_for_guest (const char *name, gboolean windows, GHashTable *used)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autoptr (GString) clean = g_string_new (NULL);
  char *result;

  for (const char *at = valid; *at; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      g_string_append_unichar (clean, is_allowed (c, windows) ? c : '_');
    }
  /* Windows drops what is at the end there. */
  while (windows && clean->len > 0 && strchr (". ", clean->str[clean->len - 1]))
    g_string_truncate (clean, clean->len - 1);
  if (clean->len == 0 || g_str_equal (clean->str, ".") || g_str_equal (clean->str, ".."))
    g_string_prepend_c (clean, '_');
  result = compose (clean->str, 0);
  for (guint number = 2; !take (used, result); number++)
    {
      g_free (result);
      result = compose (clean->str, number);
    }
  return result;
}
