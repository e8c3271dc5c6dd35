/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "json.h"

#define CONTROL_LINE 8192 /* bytes; a longer line is refused */
#define CONTROL_BAD_LINE "too long or not text"
#define CONTROL_QUEUE (512 * 1024)

/* The virtio-serial port app.diorama.guest: lines in, lines out. */
typedef struct
{
  int fd;         /* -1: the machine has no such port */
  bool connected; /* somebody has it open at the host */
  char line[CONTROL_LINE];
  size_t length;
  bool too_long; /* the rest of this line is thrown away */
  char *queue;
  size_t queued;
  unsigned long dropped; /* lines that the queue had no room for */
} Control;

/* Looks for the port, unless it is open; true when it is. */
bool control_open (Control *control);

/* Sees whether the host came or went; true when it has just come. */
bool control_check (Control *control);

/* One line that the host sent, without its end; NULL for none. Of an over-long one, or one with
 * zero bytes, comes CONTROL_BAD_LINE instead. */
char *control_read (Control *control);

/* Sends a line (the newline is added), now or as soon as there is room. */
void control_send (Control *control, const Text *text);
void control_flush (Control *control);
