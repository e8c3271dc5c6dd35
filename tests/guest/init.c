/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#define _GNU_SOURCE
#include "init.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_ALIASES 256
#define MAX_MODULES 64

static void
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0)
    return;
  if (write (fd, text, strlen (text)) < 0)
    perror (path);
  close (fd);
}

void
init_mount (void)
{
  int fd;

  if (getpid () != 1)
    return;
  mkdir ("/proc", 0755);
  mkdir ("/sys", 0755);
  mkdir ("/dev", 0755);
  mount ("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, NULL);
  mount ("proc", "/proc", "proc", 0, NULL);
  mount ("sysfs", "/sys", "sysfs", 0, NULL);
  /* The kernel found no console in the archive (it holds no device nodes). */
  fd = open ("/dev/console", O_RDWR | O_NOCTTY);
  if (fd >= 0)
    for (int i = 0; i < 3; i++)
      dup2 (fd, i);
  if (fd > 2)
    close (fd);
  /* Keys belong to the tests: Ctrl+Alt+Del must not restart the machine, SysRq must not do anything. */
  reboot (RB_DISABLE_CAD);
  write_file ("/proc/sys/kernel/sysrq", "0");
  signal (SIGPIPE, SIG_IGN);
}

/* Modaliases of the devices on one bus. */
static int
read_aliases (const char *bus, char aliases[][128], int n)
{
  char path[512];
  struct dirent *entry;
  DIR *dir;

  snprintf (path, sizeof path, "/sys/bus/%s/devices", bus);
  dir = opendir (path);
  while (dir != NULL && n < MAX_ALIASES && (entry = readdir (dir)) != NULL)
    {
      FILE *file;
      snprintf (path, sizeof path, "/sys/bus/%s/devices/%s/modalias", bus, entry->d_name);
      file = entry->d_name[0] != '.' ? fopen (path, "re") : NULL;
      if (file == NULL)
        continue;
      if (fgets (aliases[n], sizeof aliases[n], file) != NULL)
        n++;
      fclose (file);
    }
  if (dir != NULL)
    closedir (dir);
  return n;
}

static bool
is_wanted (const char *when, char aliases[][128], int n)
{
  if (strcmp (when, "always") == 0)
    return true;
  for (int i = 0; i < n; i++)
    {
      /* "pci:*bc0Csc03i30" also matches: a prefix, a star, a part that follows. */
      const char *star = strchr (when, '*');
      size_t prefix = star != NULL ? (size_t) (star - when) : strlen (when);
      if (strncmp (aliases[i], when, prefix) == 0 && (star == NULL || strstr (aliases[i] + prefix, star + 1) != NULL))
        return true;
    }
  return false;
}

static void
load_module (const char *name, const char *parameters)
{
  char path[128];
  int fd;

  snprintf (path, sizeof path, "/modules/%s.ko", name);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || syscall (SYS_finit_module, fd, parameters, 0) != 0)
    fprintf (stderr, "guest: cannot load %s: %m\n", path);
  if (fd >= 0)
    close (fd);
}

void
init_load_modules (int late)
{
  static bool loaded[MAX_MODULES];
  static char aliases[MAX_ALIASES][128];
  char line[256];
  int n_aliases = 0;
  FILE *file;

  n_aliases = read_aliases ("pci", aliases, n_aliases);
  n_aliases = read_aliases ("virtio", aliases, n_aliases);
  n_aliases = read_aliases ("acpi", aliases, n_aliases);
  n_aliases = read_aliases ("serio", aliases, n_aliases);
  file = fopen ("/modules/order", "re");
  for (int i = 0; file != NULL && i < MAX_MODULES && fgets (line, sizeof line, file) != NULL; i++)
    {
      char name[64], when[64], parameters[96] = "";
      int fields = sscanf (line, "%63s %63s %95s", name, when, parameters);
      if (fields == 1 && !late)
        break;
      if (fields < 2 || loaded[i] || !is_wanted (when, aliases, n_aliases))
        continue;
      loaded[i] = true;
      load_module (name, parameters);
    }
  if (file != NULL)
    fclose (file);
}

void
init_load_asked (const char *what)
{
  char line[256], when[64], name[64];
  FILE *file = fopen ("/modules/order", "re");

  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    if (sscanf (line, "%63s asked:%57s", name, when) == 2 && strcmp (when, what) == 0)
      load_module (name, "");
  if (file != NULL)
    fclose (file);
}

void
init_end (int how)
{
  if (getpid () == 1)
    reboot (how);
  exit (EXIT_FAILURE);
}

void
init_panic (void)
{
  if (getpid () == 1)
    write_file ("/proc/sysrq-trigger", "c");
}
