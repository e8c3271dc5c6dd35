/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#define _GNU_SOURCE
#include "control.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT_NAME "app.diorama.guest"
#define PORTS "/sys/class/virtio-ports"

static bool
is_our_port (const char *node)
{
  char path[320], name[64] = "";
  FILE *file;

  snprintf (path, sizeof path, PORTS "/%s/name", node);
  file = fopen (path, "re");
  if (file == NULL)
    return false;
  if (fgets (name, sizeof name, file) == NULL)
    name[0] = '\0';
  fclose (file);
  name[strcspn (name, "\n")] = '\0';
  return strcmp (name, PORT_NAME) == 0;
}

bool
control_open (Control *control)
{
  struct dirent *entry;
  DIR *dir;

  if (control->fd >= 0)
    return true;
  dir = opendir (PORTS);
  while (dir != NULL && control->fd < 0 && (entry = readdir (dir)) != NULL)
    if (entry->d_name[0] != '.' && is_our_port (entry->d_name))
      {
        char path[300];
        snprintf (path, sizeof path, "/dev/%s", entry->d_name);
        control->fd = open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
      }
  if (dir != NULL)
    closedir (dir);
  if (control->fd >= 0 && control->queue == NULL)
    control->queue = malloc (CONTROL_QUEUE);
  return control->fd >= 0;
}

bool
control_check (Control *control)
{
  struct pollfd poll_fd = { .fd = control->fd, .events = POLLOUT };
  bool connected;

  if (control->fd < 0 || poll (&poll_fd, 1, 0) < 0)
    return false;
  connected = (poll_fd.revents & POLLHUP) == 0;
  if (connected == control->connected)
    return false;
  control->connected = connected;
  control->length = control->queued = 0;
  control->too_long = false;
  return connected;
}

/* Cuts the first line off what was read. */
static char *
take_line (Control *control, char *out, size_t size)
{
  char *end = memchr (control->line, '\n', control->length);
  size_t length;

  if (end == NULL)
    return NULL;
  length = (size_t) (end - control->line);
  memcpy (out, control->line, length < size ? length : size - 1);
  out[length < size ? length : size - 1] = '\0';
  if (control->too_long || memchr (control->line, '\0', length) != NULL)
    snprintf (out, size, "%s", CONTROL_BAD_LINE);
  control->length -= length + 1;
  memmove (control->line, end + 1, control->length);
  control->too_long = false;
  return out;
}

char *
control_read (Control *control)
{
  static char line[CONTROL_LINE];
  ssize_t length;

  if (control->fd < 0)
    return NULL;
  if (take_line (control, line, sizeof line) != NULL)
    return line;
  if (control->length == sizeof control->line)
    {
      control->too_long = true;
      control->length = 0;
    }
  length = read (control->fd, control->line + control->length, sizeof control->line - control->length);
  if (length <= 0)
    return NULL;
  control->length += (size_t) length;
  return take_line (control, line, sizeof line);
}

void
control_flush (Control *control)
{
  while (control->fd >= 0 && control->queued > 0)
    {
      ssize_t length = write (control->fd, control->queue, control->queued);
      if (length <= 0)
        return;
      control->queued -= (size_t) length;
      memmove (control->queue, control->queue + length, control->queued);
    }
}

void
control_send (Control *control, const Text *text)
{
  if (control->fd < 0 || control->queue == NULL || !control->connected)
    return;
  if (text->overflow || control->queued + text->length + 1 > CONTROL_QUEUE)
    {
      control->dropped++;
      return;
    }
  memcpy (control->queue + control->queued, text->data, text->length);
  control->queue[control->queued + text->length] = '\n';
  control->queued += text->length + 1;
  control_flush (control);
}
