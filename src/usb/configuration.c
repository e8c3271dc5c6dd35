/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/configuration.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int
dio_usb_get_configuration (int fd)
{
  char path[48];
  struct stat status;
  struct dirent *entry;
  DIR *folder;
  int value = 0;

  if (fstat (fd, &status) < 0 || !S_ISCHR (status.st_mode))
    return 0;
  snprintf (path, sizeof path, "/sys/dev/char/%u:%u/", major (status.st_rdev), minor (status.st_rdev));
  folder = opendir (path);
  if (folder == NULL)
    return 0;
  while (value == 0 && (entry = readdir (folder)) != NULL)
    {
      int found, interface;

      if (sscanf (entry->d_name, "%*d-%*[0-9.]:%d.%d", &found, &interface) == 2 && found > 0 && found < 256)
        value = found;
    }
  closedir (folder);
  return value;
}
