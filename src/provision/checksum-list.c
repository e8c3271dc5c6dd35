/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/checksum-list.h"

#include <string.h>

gboolean
dio_checksum_parse (const char *digits, GChecksumType *type)
{
  gsize n = strspn (digits, "0123456789abcdefABCDEF");

  if (digits[n] != '\0' || (n != 64 && n != 128))
    return FALSE;
  *type = n == 64 ? G_CHECKSUM_SHA256 : G_CHECKSUM_SHA512;
  return TRUE;
}

/* "DIGITS  FILE", "DIGITS *FILE", also with a folder before the file's name. */
static const char *
find_gnu (char *line, const char *file)
{
  char *space = strchr (line, ' ');
  const char *name, *slash;

  if (!space)
    return NULL;
  *space = '\0';
  name = space + 1 + strspn (space + 1, " *");
  slash = strrchr (name, '/');
  return g_str_equal (slash ? slash + 1 : name, file) ? line : NULL;
}

/* "SHA256 (FILE) = DIGITS" */
static const char *
find_bsd (char *line, const char *file)
{
  char *open = strchr (line, '('), *end = strstr (line, ") = ");

  if (!open || !end || end < open)
    return NULL;
  *end = '\0';
  return g_str_equal (open + 1, file) ? end + strlen (") = ") : NULL;
}

char *
dio_checksum_list_find (const char *text, const char *file)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i]; i++)
    {
      char *line = g_strstrip (lines[i]);
      const char *digits = g_str_has_prefix (line, "SHA") ? find_bsd (line, file) : find_gnu (line, file);
      GChecksumType type;

      if (digits && dio_checksum_parse (digits, &type))
        return g_ascii_strdown (digits, -1);
    }
  return NULL;
}
