/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <linux/input.h>

#define MAX_DEVICES 32
#define MAX_SLOTS 10
#define MAX_BATCH 128

typedef struct
{
  int fd; /* -1: this place is free */
  char node[32];
  char name[80];
  bool is_touch;
  bool is_power_button;
  struct input_absinfo x, y;
  int slot;
  struct
  {
    bool down;
    bool moved;
    int x, y; /* raw */
  } slots[MAX_SLOTS];
  struct input_event batch[MAX_BATCH]; /* since the last report, which ends it */
  int n_batch;
} InputDevice;

/* Who wants to know. Positions are fractions of the screen with FULL as the whole. */
typedef struct
{
  void *data;
  void (*batch) (void *data, const InputDevice *device);
  void (*point) (void *data, int trail, int x, int x_full, int y, int y_full);
  void (*shift) (void *data, int dx, int dy);
  void (*lift) (void *data, int trail);
  void (*key) (void *data, int code, bool down);
  void (*type) (void *data, int character);
  void (*wheel) (void *data, int notches, bool sideways);
  void (*power) (void *data);
} InputSink;

typedef struct
{
  InputDevice devices[MAX_DEVICES];
  int watch; /* inotify on /dev/input, or -1 */
  InputSink sink;
  unsigned char down[KEY_MAX / 8 + 1];
} Input;

void input_open (Input *input, InputSink sink);

/* New devices came. */
void input_read_watch (Input *input);

/* Reads all that a device has; closes it when it went away. */
void input_read (Input *input, InputDevice *device);
