/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "base/own-files.h"

char *
dio_own_file (const char *built, const char *installed)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);

  if (self != NULL && g_str_has_prefix (self, DIO_BUILD_DIR "/"))
    return g_build_filename (DIO_BUILD_DIR, built, NULL);
  return g_strdup (installed);
}

char *
dio_own_helper (const char *room, const char *name)
{
  const char *directory = g_getenv ("DIORAMA_LIBEXEC");
  g_autofree char *built = g_build_filename ("src", room, name, NULL);
  g_autofree char *installed = g_build_filename (DIO_LIBEXECDIR, name, NULL);

  if (directory != NULL && *directory != '\0')
    return g_build_filename (directory, name, NULL);
  return dio_own_file (built, installed);
}
