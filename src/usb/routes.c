/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/routes.h"

#include "usb/below.h"

#include <net/route.h>
#include <string.h>

/* The columns of the kernel's two tables. */
typedef struct
{
  const char *file;
  guint interface, destination, length, flags, metric, n;
  int base; /* of the metric */
} Table;

static const Table ipv4 = { "/proc/net/route", 0, 1, 7, 3, 6, 8, 10 };
static const Table ipv6 = { "/proc/net/ipv6_route", 9, 0, 1, 8, 5, 10, 16 };

/* Of the default route that is taken: that with the lowest metric. (transfer full) (nullable) */
static char *
find_default (const char *root, const Table *table)
{
  g_autofree char *file = g_strconcat (root, table->file, NULL), *text = NULL, *interface = NULL;
  g_auto (GStrv) lines = g_strsplit (g_file_get_contents (file, &text, NULL, NULL) ? text : "", "\n", -1);
  guint64 best = G_MAXUINT64;

  for (char **line = lines; *line; line++)
    {
      g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
      g_auto (GStrv) words = g_strsplit_set (*line, " \t", -1), fields = NULL;
      guint64 flags, metric;

      for (char **word = words; *word; word++)
        if (**word)
          g_strv_builder_add (builder, *word);
      fields = g_strv_builder_end (builder);
      if (g_strv_length (fields) < table->n ||
          fields[table->destination][strspn (fields[table->destination], "0")] != '\0' ||
          fields[table->length][strspn (fields[table->length], "0")] != '\0' ||
          !g_ascii_string_to_unsigned (fields[table->metric], (guint) table->base, 0, G_MAXUINT32, &metric, NULL) ||
          !g_ascii_string_to_unsigned (fields[table->flags], 16, 0, G_MAXUINT32, &flags, NULL))
        continue;
      if (flags & RTF_UP && !(flags & RTF_REJECT) && metric < best)
        {
          best = metric;
          g_set_str (&interface, fields[table->interface]);
        }
    }
  return g_steal_pointer (&interface);
}

/* TRUE: WANTED is one of NAMES, or above one of them: a bridge, a bond, a VLAN. */
static gboolean
is_among (const char *root, char **names, const char *wanted, guint depth)
{
  if (!wanted || depth > 8)
    return FALSE;
  if (g_strv_contains ((const char *const *) names, wanted))
    return TRUE;
  for (char **name = names; *name; name++)
    {
      g_autofree char *folder = g_strconcat (root, "/sys/class/net/", *name, NULL);
      g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
      const char *entry;

      while (dir && (entry = g_dir_read_name (dir)))
        if (g_str_has_prefix (entry, "upper_") &&
            is_among (root, (char *[]) { (char *) entry + strlen ("upper_"), NULL }, wanted, depth + 1))
          return TRUE;
    }
  return FALSE;
}

gboolean
dio_usb_routes_lead_through (const char *root, const char *path)
{
  g_auto (GStrv) names = dio_usb_below_list (root, path, "net");
  g_autofree char *over4 = *names ? find_default (root, &ipv4) : NULL;
  g_autofree char *over6 = *names ? find_default (root, &ipv6) : NULL;

  return is_among (root, names, over4, 0) || is_among (root, names, over6, 0);
}
