/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/text.h"

#include <string.h>

/* A stack of marks on one letter reaches over the lines above it. */
#define MAX_MARKS 2

/* Between words; nothing of it is left of others that cannot be seen. */
static gboolean
separates (gunichar c)
{
  return g_unichar_isspace (c) || g_unichar_type (c) == G_UNICODE_CONTROL;
}

static gboolean
shows (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_FORMAT: /* all that turns text around is among these */
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
      return FALSE;
    default:
      return !g_unichar_iszerowidth (c) || g_unichar_ismark (c);
    }
}

char *
dio_usb_text_clean (const char *text, guint limit)
{
  g_autofree char *valid = text ? g_utf8_make_valid (text, (gssize) strnlen (text, 8 * (gsize) limit)) : NULL;
  g_autoptr (GString) clean = g_string_new (NULL);
  gboolean gap = FALSE, says = FALSE;
  guint n_marks = 0;

  for (const char *p = valid; p && *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      gap |= separates (c);
      if (separates (c) || !shows (c))
        continue;
      n_marks = g_unichar_ismark (c) ? n_marks + 1 : 0;
      if (n_marks > MAX_MARKS)
        continue;
      if (gap && clean->len > 0)
        g_string_append_c (clean, ' ');
      g_string_append_unichar (clean, c);
      gap = FALSE;
      says |= g_unichar_isalnum (c);
    }
  if (g_utf8_strlen (clean->str, -1) > (glong) limit)
    {
      g_string_truncate (clean, (gsize) (g_utf8_offset_to_pointer (clean->str, (glong) limit - 1) - clean->str));
      g_string_append (clean, "…");
    }
  return says ? g_strdup (clean->str) : NULL;
}

/* Of TEXT's length, without ENDING as its last word and what separates that from the word before. */
static gsize
length_without (const char *text, gsize length, const char *ending)
{
  gsize size = strlen (ending);

  if (length <= size + 1 || g_ascii_strncasecmp (text + length - size, ending, size) != 0 ||
      !strchr (" ,", text[length - size - 1]))
    return length;
  length -= size;
  while (length > 0 && strchr (" ,", text[length - 1]))
    length--;
  return length;
}

char *
dio_usb_text_shorten_vendor (const char *vendor)
{
  static const char *const endings[] = { "Inc.", "Inc", "Incorporated", "Corp.", "Corp", "Corporation",
                                         "Ltd.", "Ltd", "Limited",      "Co.",   "Co",   "Company",
                                         "GmbH", "AG",  "LLC",          "S.A.",  "AB",   "B.V." };
  gsize length = strlen (vendor), before;
  const char *bracket = strstr (vendor, " (");

  if (bracket && bracket > vendor)
    length = (gsize) (bracket - vendor);
  do
    {
      before = length;
      for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
        length = length_without (vendor, length, endings[i]);
    }
  while (length < before);
  return length > 0 ? g_strndup (vendor, length) : g_strdup (vendor);
}

/* TRUE: PRODUCT has VENDOR's first word as its own first, or all of VENDOR anywhere. */
static gboolean
says_vendor (const char *product, const char *vendor)
{
  g_autofree char *word = g_strndup (vendor, strcspn (vendor, " ,"));
  g_autofree char *folded_word = g_utf8_casefold (word, -1);
  g_autofree char *folded_vendor = g_utf8_casefold (vendor, -1);
  g_autofree char *folded_product = g_utf8_casefold (product, -1);

  return g_str_has_prefix (folded_product, folded_word) || strstr (folded_product, folded_vendor);
}

char *
dio_usb_text_join (const char *vendor, const char *product)
{
  if (!product)
    return NULL;
  if (!vendor || says_vendor (product, vendor))
    return g_strdup (product);
  return g_strdup_printf ("%s %s", vendor, product);
}
