/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "control.h"
#include "input.h"
#include "kms.h"
#include "scene.h"

#define GUEST_VERSION 1

typedef struct
{
  Kms kms;
  Scene scenes[MAX_OUTPUTS]; /* of the output of the same number */
  Input input;
  Control control;
  int pointer_screen, pointer_x, pointer_y;
  struct
  {
    int64_t init, modules, picture;
  } reached; /* when, since the kernel started */
  bool report_input;
  bool fresh_hardware; /* devices came: look for modules and the port again */
  Text text;           /* the line being made */
} Guest;

int64_t guest_now (void); /* microseconds of CLOCK_MONOTONIC */

/* Gives an output a mode and paints its scene; errno on failure. */
bool guest_set_mode (Guest *guest, int output, const struct drm_mode_modeinfo *mode, int n_buffers);
void guest_follow (Guest *guest);

/* Carries out one line of the control port and answers it. */
void guest_command (Guest *guest, char *line);

/* Says that the picture is there. */
void guest_send_ready (Guest *guest);
