/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/ovf.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_LINES 1024

static const struct
{
  const char *name;
  GChecksumType type;
  gsize length; /* hexadecimal digits */
} kinds[] = { { "SHA1", G_CHECKSUM_SHA1, 40 },
              { "SHA256", G_CHECKSUM_SHA256, 64 },
              { "SHA384", G_CHECKSUM_SHA384, 96 },
              { "SHA512", G_CHECKSUM_SHA512, 128 } };

static gboolean
is_hexadecimal (const char *text)
{
  return strspn (text, "0123456789abcdefABCDEF") == strlen (text);
}

/* "SHA256(disk 1.vmdk)= 0123…" of any file. The name goes to the last closing parenthesis. */
static gboolean
parse_line (char *line, const char **ret_name, guint *ret_kind, const char **ret_digest)
{
  char *open = strchr (line, '('), *close = strrchr (line, ')');
  char *digest;

  if (open == NULL || close == NULL || close < open)
    return FALSE;
  *open = *close = '\0';
  digest = g_strchug (close + 1);
  if (*digest != '=')
    return FALSE;
  digest = g_strstrip (digest + 1);
  g_strchomp (line);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_ascii_strcasecmp (line, kinds[i].name) == 0 && strlen (digest) == kinds[i].length && is_hexadecimal (digest))
      {
        *ret_name = open + 1;
        *ret_kind = i;
        *ret_digest = digest;
        return TRUE;
      }
  return FALSE;
}

gboolean
dio_manifest_lookup (const char *text, const char *name, GChecksumType *ret_type, char **ret_digest, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_LINES);
  g_autofree char *found = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *file, *digest;
      guint kind;

      if (*g_strstrip (lines[i]) == '\0')
        continue;
      if (!parse_line (lines[i], &file, &kind, &digest) || (found != NULL && g_str_equal (file, name)))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                               _ ("The appliance's list of checksums cannot be understood. It is damaged: get it "
                                  "again."));
          return FALSE;
        }
      if (!g_str_equal (file, name))
        continue;
      found = g_ascii_strdown (digest, -1);
      *ret_type = kinds[kind].type;
    }
  *ret_digest = g_steal_pointer (&found);
  return TRUE;
}
