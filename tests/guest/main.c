/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* The demonstration and test guest: process 1 of a Linux that holds nothing else. */

#define _GNU_SOURCE
#include "cursor.h"
#include "guest.h"
#include "init.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <sys/reboot.h>
#include <sys/socket.h>

#define CHECK_TIME 100000 /* us: how soon the host is seen to open the port, which no poll() tells */

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

int64_t
guest_now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void
on_paint (void *data, Output *output, const struct drm_mode_modeinfo *mode, Canvas *canvas)
{
  Guest *guest = data;

  scene_paint (&guest->scenes[output - guest->kms.outputs], canvas, (int) mode->vrefresh);
}

bool
guest_set_mode (Guest *guest, int output, const struct drm_mode_modeinfo *mode, int n_buffers)
{
  return kms_set_mode (&guest->kms, &guest->kms.outputs[output], mode, n_buffers, on_paint, guest);
}

void
guest_follow (Guest *guest)
{
  kms_follow (&guest->kms, on_paint, guest);
}

static Card *
card_of (Guest *guest, int output)
{
  Scene *scene = &guest->scenes[output];

  return output < guest->kms.n_outputs && scene->kind == SCENE_CARD && scene->card.width > 0 ? &scene->card : NULL;
}

/* The card of the first output is where keys and fingers are shown. */
static Card *
input_card (Guest *guest)
{
  return card_of (guest, 0);
}

static void
move_trail (Guest *guest, int output, int trail, int x, int y)
{
  Card *card = card_of (guest, output);

  if (card != NULL)
    card_move (card, trail, x, y, guest_now () / 1000);
}

/* The screens that are lit lie side by side in the order of their numbers, their upper edges in a line. */
static void
get_desktop (const Guest *guest, int *ret_width, int *ret_height)
{
  *ret_width = *ret_height = 0;
  for (int i = 0; i < guest->kms.n_outputs; i++)
    {
      *ret_width += guest->kms.outputs[i].mode.hdisplay;
      *ret_height = MAX (*ret_height, guest->kms.outputs[i].mode.vdisplay);
    }
}

static int
left_of (const Guest *guest, int output)
{
  int x = 0;

  for (int i = 0; i < output; i++)
    x += guest->kms.outputs[i].mode.hdisplay;
  return x;
}

/* Puts the pointer onto whatever screen is there, or as near as can be. */
static void
move_pointer (Guest *guest, int x, int y)
{
  int output = 0, last = 0;

  while (output < guest->kms.n_outputs)
    {
      int width = guest->kms.outputs[output].mode.hdisplay;
      if (width > 0)
        last = output;
      if (x < width)
        break;
      x -= width;
      output++;
    }
  if (output >= guest->kms.n_outputs)
    {
      output = last;
      x = guest->kms.outputs[last].mode.hdisplay - 1;
    }
  guest->pointer_screen = output;
  guest->pointer_x = MAX (x, 0);
  guest->pointer_y = MAX (MIN (y, guest->kms.outputs[output].mode.vdisplay - 1), 0);
  if (guest->kms.n_outputs > 0)
    kms_move_cursor (&guest->kms, &guest->kms.outputs[output], guest->pointer_x, guest->pointer_y);
  move_trail (guest, output, 0, guest->pointer_x, guest->pointer_y);
}

/* Devices say x * FULL / width rounded down: rounding up gives the exact pixel back. */
static int
to_pixel (int value, int full, int size)
{
  int64_t pixel = ((int64_t) value * size + full - 1) / full;

  return (int) MAX (MIN (pixel, size - 1), 0);
}

/* A pointer goes over all screens, a finger is on the first. */
static void
on_point (void *data, int trail, int x, int x_full, int y, int y_full)
{
  Guest *guest = data;
  int width = guest->kms.outputs[0].mode.hdisplay, height = guest->kms.outputs[0].mode.vdisplay;

  if (trail == 0)
    {
      get_desktop (guest, &width, &height);
      move_pointer (guest, to_pixel (x, x_full, width), to_pixel (y, y_full, height));
    }
  else
    move_trail (guest, 0, trail, to_pixel (x, x_full, width), to_pixel (y, y_full, height));
}

static void
on_shift (void *data, int dx, int dy)
{
  Guest *guest = data;

  move_pointer (guest, MAX (left_of (guest, guest->pointer_screen) + guest->pointer_x + dx, 0), guest->pointer_y + dy);
}

static void
on_lift (void *data, int trail)
{
  Card *card = input_card (data);

  if (card != NULL)
    card_lift (card, trail, guest_now () / 1000);
}

static void
on_key (void *data, int code, bool down)
{
  Card *card = input_card (data);

  if (card != NULL)
    card_key (card, code, down, guest_now () / 1000);
}

static void
on_type (void *data, int character)
{
  Card *card = input_card (data);

  if (card != NULL)
    card_type (card, character, guest_now () / 1000);
}

static void
on_wheel (void *data, int notches, bool sideways)
{
  Card *card = input_card (data);

  if (card != NULL)
    card_wheel (card, notches, sideways, guest_now () / 1000);
}

static void
on_power (void *data)
{
  (void) data;
  init_end (RB_POWER_OFF);
}

static const char *
batch_type (const InputDevice *device)
{
  const char *type = "other";

  for (int i = 0; i < device->n_batch; i++)
    {
      const struct input_event *event = &device->batch[i];
      if (event->type == EV_ABS && event->code >= ABS_MT_SLOT)
        return "mt";
      if (event->type == EV_ABS)
        type = "abs";
      else if (event->type == EV_REL)
        type = "rel";
      else if (event->type == EV_KEY && strcmp (type, "other") == 0)
        type = "key";
    }
  return type;
}

static void
on_batch (void *data, const InputDevice *device)
{
  Guest *guest = data;
  Text *text = &guest->text;

  if (!guest->report_input)
    return;
  text->length = 0;
  text->overflow = false;
  text_add (text, "{\"event\":\"input\",\"device\":");
  text_add_string (text, device->name);
  text_add (text, ",\"type\":\"%s\",\"events\":[", batch_type (device));
  for (int i = 0; i < device->n_batch; i++)
    text_add (text, "%s[%u,%u,%d]", i > 0 ? "," : "", device->batch[i].type, device->batch[i].code,
              device->batch[i].value);
  text_add (text, "]}");
  control_send (&guest->control, text);
}

/* Each screen has a pointer image of its own; one that was lit just now has none yet. From one that went dark the
 * pointer comes home. */
static void
show_pointers (Guest *guest)
{
  if (guest->kms.outputs[guest->pointer_screen].n_buffers == 0)
    guest->pointer_screen = guest->pointer_x = guest->pointer_y = 0;
  for (int i = 0; i < guest->kms.n_outputs; i++)
    {
      Output *output = &guest->kms.outputs[i];
      if (output->n_buffers > 0 && output->cursor.pixels == NULL)
        cursor_show_arrow (&guest->kms, output);
    }
}

/* The kernel's own news: screens plugged or resized, devices come. */
static int
open_uevents (void)
{
  struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
  int fd = socket (AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

  if (fd >= 0 && bind (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

static void
read_uevents (Guest *guest, int fd)
{
  char news[4096];
  bool hotplug = false;
  ssize_t length;

  while ((length = recv (fd, news, sizeof news - 1, 0)) > 0)
    {
      news[length] = '\0';
      for (const char *at = news; at < news + length; at += strlen (at) + 1)
        {
          hotplug |= strcmp (at, "HOTPLUG=1") == 0;
          guest->fresh_hardware |= strncmp (at, "add@", 4) == 0 && strstr (at, "/module/") == NULL;
        }
    }
  if (hotplug)
    {
      kms_probe (&guest->kms);
      guest_follow (guest);
      show_pointers (guest);
    }
}

static void
check_control (Guest *guest)
{
  char *line;

  if (control_check (&guest->control))
    guest_send_ready (guest);
  if (!guest->control.connected)
    return;
  while ((line = control_read (&guest->control)) != NULL)
    if (line[0] != '\0')
      guest_command (guest, line);
  control_flush (&guest->control);
}

/* Does what is due and returns when the next thing will be. */
static int64_t
tick (Guest *guest)
{
  int64_t now = guest_now (), next = now + CHECK_TIME;

  if (guest->fresh_hardware)
    {
      guest->fresh_hardware = false;
      init_load_modules (true);
      control_open (&guest->control);
    }
  check_control (guest);
  for (int i = 0; i < guest->kms.n_outputs; i++)
    next = MIN (next, scene_tick (&guest->scenes[i], &guest->kms, &guest->kms.outputs[i], now));
  return next;
}

static void
wait_for_news (Guest *guest, int uevents, int64_t until)
{
  struct pollfd fds[MAX_DEVICES + 4];
  int64_t left = MAX (until - guest_now (), 0);
  struct timespec timeout = { left / 1000000, left % 1000000 * 1000 };
  const Control *control = &guest->control;
  int n = 0;

  fds[n++] = (struct pollfd) { uevents, POLLIN, 0 };
  fds[n++] = (struct pollfd) { guest->input.watch, POLLIN, 0 };
  fds[n++] = (struct pollfd) { guest->kms.fd, POLLIN, 0 };
  fds[n++] = (struct pollfd) { control->connected ? control->fd : -1,
                               (short) (POLLIN | (control->queued > 0 ? POLLOUT : 0)), 0 };
  for (int i = 0; i < MAX_DEVICES; i++)
    fds[n++] = (struct pollfd) { guest->input.devices[i].fd, POLLIN, 0 };
  if (ppoll (fds, (nfds_t) n, &timeout, NULL) <= 0)
    return;
  if (fds[0].revents != 0)
    read_uevents (guest, uevents);
  if (fds[1].revents != 0)
    input_read_watch (&guest->input);
  if (fds[2].revents != 0)
    kms_read_events (&guest->kms);
  for (int i = 0; i < MAX_DEVICES; i++)
    if (fds[4 + i].revents != 0)
      input_read (&guest->input, &guest->input.devices[i]);
}

static void
start_scenes (Guest *guest)
{
  for (int i = 0; i < MAX_OUTPUTS; i++)
    {
      Scene *scene = &guest->scenes[i];
      card_init (&scene->card, guest_now () / 1000);
      snprintf (scene->card.device, sizeof scene->card.device, "%s  ·  %s", guest->kms.driver,
                guest->kms.outputs[i].name);
    }
  guest_follow (guest);
}

int
main (void)
{
  static Guest guest = { .control.fd = -1 };
  InputSink sink = { &guest, on_batch, on_point, on_shift, on_lift, on_key, on_type, on_wheel, on_power };
  int uevents;

  guest.reached.init = guest_now ();
  init_mount ();
  uevents = open_uevents ();
  init_load_modules (false);
  guest.reached.modules = guest_now ();
  if (!kms_open (&guest.kms))
    fprintf (stderr, "guest: there is no display to draw on\n");
  start_scenes (&guest);
  guest.reached.picture = guest_now ();
  show_pointers (&guest);
  input_open (&guest.input, sink);
  if (control_open (&guest.control))
    check_control (&guest);
  init_load_modules (true);
  /* what came up while nobody listened */
  guest.fresh_hardware = true;
  for (;;)
    wait_for_news (&guest, uevents, tick (&guest));
}
