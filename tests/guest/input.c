/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#define _GNU_SOURCE
#include "input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

#define FOLDER "/dev/input"

/* What a US keyboard types, plain and with Shift, by evdev code. */
static const char plain[] = "\0\0001234567890-=\b\0qwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./";
static const char shifted[] = "\0\0!@#$%^&*()_+\b\0QWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?";

static bool
has_bit (const unsigned char *bits, int bit)
{
  return (bits[bit / 8] >> (bit % 8) & 1) != 0;
}

static InputDevice *
free_place (Input *input, const char *node)
{
  InputDevice *place = NULL;

  for (int i = 0; i < MAX_DEVICES; i++)
    {
      InputDevice *device = &input->devices[i];
      if (device->fd >= 0 && strcmp (device->node, node) == 0)
        return NULL;
      if (device->fd < 0 && place == NULL)
        place = device;
    }
  return place;
}

static void
add_device (Input *input, const char *node)
{
  unsigned char abs[ABS_MAX / 8 + 1] = { 0 };
  InputDevice *device = strncmp (node, "event", 5) == 0 ? free_place (input, node) : NULL;
  char path[64];
  int fd;

  if (device == NULL || strlen (node) >= sizeof device->node)
    return;
  snprintf (path, sizeof path, FOLDER "/%s", node);
  fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return; /* a node without a driver yet: inotify tells again */
  *device = (InputDevice) { .fd = fd };
  snprintf (device->node, sizeof device->node, "%s", node);
  if (ioctl (fd, EVIOCGNAME (sizeof device->name - 1), device->name) < 0)
    device->name[0] = '\0';
  ioctl (fd, EVIOCGBIT (EV_ABS, sizeof abs), abs);
  device->is_touch = has_bit (abs, ABS_MT_POSITION_X) && has_bit (abs, ABS_MT_SLOT);
  device->is_power_button = strcmp (device->name, "Power Button") == 0;
  ioctl (fd, EVIOCGABS (device->is_touch ? ABS_MT_POSITION_X : ABS_X), &device->x);
  ioctl (fd, EVIOCGABS (device->is_touch ? ABS_MT_POSITION_Y : ABS_Y), &device->y);
}

static void
add_all (Input *input)
{
  DIR *dir = opendir (FOLDER);
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    add_device (input, entry->d_name);
  if (dir != NULL)
    closedir (dir);
}

void
input_open (Input *input, InputSink sink)
{
  for (int i = 0; i < MAX_DEVICES; i++)
    input->devices[i].fd = -1;
  input->sink = sink;
  input->watch = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (input->watch >= 0 && inotify_add_watch (input->watch, FOLDER, IN_CREATE | IN_ATTRIB) < 0)
    /* /dev/input comes with the first device */
    inotify_add_watch (input->watch, "/dev", IN_CREATE);
  add_all (input);
}

void
input_read_watch (Input *input)
{
  char buffer[4096];

  while (read (input->watch, buffer, sizeof buffer) > 0)
    ;
  inotify_add_watch (input->watch, FOLDER, IN_CREATE | IN_ATTRIB);
  add_all (input);
}

static void
type_key (Input *input, const InputDevice *device, int code)
{
  unsigned char leds[LED_MAX / 8 + 1] = { 0 };
  bool shift = has_bit (input->down, KEY_LEFTSHIFT) || has_bit (input->down, KEY_RIGHTSHIFT);
  bool other = has_bit (input->down, KEY_LEFTCTRL) || has_bit (input->down, KEY_RIGHTCTRL) ||
               has_bit (input->down, KEY_LEFTALT) || has_bit (input->down, KEY_LEFTMETA);
  int character = 0;

  if (code == KEY_SPACE)
    character = ' ';
  else if (code == KEY_KPENTER)
    character = '\n';
  else if (code > 0 && code < (int) sizeof plain - 1)
    character = plain[code];
  if (character >= 'a' && character <= 'z' && ioctl (device->fd, EVIOCGLED (sizeof leds), leds) >= 0)
    shift ^= has_bit (leds, LED_CAPSL);
  if (shift && character > ' ')
    character = shifted[code];
  if (character != 0 && !other)
    input->sink.type (input->sink.data, character);
}

static void
handle_key (Input *input, InputDevice *device, const struct input_event *event)
{
  if (event->code > KEY_MAX)
    return;
  if (event->value == 0)
    input->down[event->code / 8] &= (unsigned char) ~(1u << (event->code % 8));
  else
    input->down[event->code / 8] |= (unsigned char) (1u << (event->code % 8));
  if (event->value != 2)
    input->sink.key (input->sink.data, event->code, event->value != 0);
  if (event->value != 0)
    type_key (input, device, event->code);
  if (event->value == 1 && device->is_power_button && event->code == KEY_POWER)
    input->sink.power (input->sink.data);
}

static void
handle_touch (InputDevice *device, const struct input_event *event)
{
  if (event->code == ABS_MT_SLOT)
    device->slot = event->value >= 0 && event->value < MAX_SLOTS ? event->value : -1;
  if (device->slot < 0)
    return;
  if (event->code == ABS_MT_TRACKING_ID)
    device->slots[device->slot].down = event->value >= 0;
  else if (event->code == ABS_MT_POSITION_X)
    device->slots[device->slot].x = event->value;
  else if (event->code == ABS_MT_POSITION_Y)
    device->slots[device->slot].y = event->value;
  else
    return;
  device->slots[device->slot].moved = true;
}

static int
span (const struct input_absinfo *axis)
{
  return axis->maximum > axis->minimum ? axis->maximum - axis->minimum : 1;
}

/* A report is complete: acts on what its events add up to. */
static void
finish_batch (Input *input, InputDevice *device)
{
  const InputSink *sink = &input->sink;
  int dx = 0, dy = 0;
  bool pointed = false;

  sink->batch (sink->data, device);
  for (int i = 0; i < device->n_batch; i++)
    {
      const struct input_event *event = &device->batch[i];
      if (event->type == EV_KEY)
        handle_key (input, device, event);
      else if (event->type == EV_ABS && device->is_touch)
        handle_touch (device, event);
      else if (event->type == EV_ABS && (event->code == ABS_X || event->code == ABS_Y))
        {
          (event->code == ABS_X ? &device->x : &device->y)->value = event->value;
          pointed = true;
        }
      else if (event->type == EV_REL && event->code == REL_X)
        dx += event->value;
      else if (event->type == EV_REL && event->code == REL_Y)
        dy += event->value;
      else if (event->type == EV_REL && (event->code == REL_WHEEL || event->code == REL_HWHEEL))
        sink->wheel (sink->data, event->value, event->code == REL_HWHEEL);
    }
  device->n_batch = 0;
  if (dx != 0 || dy != 0)
    sink->shift (sink->data, dx, dy);
  if (pointed)
    sink->point (sink->data, 0, device->x.value - device->x.minimum, span (&device->x),
                 device->y.value - device->y.minimum, span (&device->y));
  for (int i = 0; i < MAX_SLOTS && device->is_touch; i++)
    {
      if (device->slots[i].moved && device->slots[i].down)
        sink->point (sink->data, 1 + i, device->slots[i].x - device->x.minimum, span (&device->x),
                     device->slots[i].y - device->y.minimum, span (&device->y));
      else if (device->slots[i].moved)
        sink->lift (sink->data, 1 + i);
      device->slots[i].moved = false;
    }
}

void
input_read (Input *input, InputDevice *device)
{
  struct input_event events[64];
  ssize_t length;

  while ((length = read (device->fd, events, sizeof events)) > 0)
    for (size_t i = 0; i < (size_t) length / sizeof *events; i++)
      {
        if (device->n_batch < MAX_BATCH)
          device->batch[device->n_batch++] = events[i];
        if (events[i].type == EV_SYN && events[i].code == SYN_REPORT)
          finish_batch (input, device);
      }
  if (length < 0 && errno != EAGAIN && errno != EINTR)
    {
      close (device->fd);
      device->fd = -1;
    }
}
