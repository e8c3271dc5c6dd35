/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "dbus/display1.h"

G_BEGIN_DECLS

/* The input devices of a fake QEMU. It writes down what they get when it gets to it, a line each: "key 30 down",
 * "button 0 up", "position 3 4", "motion -1 2", "scroll -40 0", "touch KIND SLOT 1.5 2". */
typedef struct
{
  GString *log;   /* (unowned) */
  gboolean fails; /* answers with errors, after it was written down */
  gboolean stalls;
  GQueue held; /* what came since it does */
} FakeInput;

void fake_input_init (FakeInput *self, GString *log);
void fake_input_clear (FakeInput *self);
/* Those of one console. */
void fake_input_connect (FakeInput *self, DioQemuKeyboard *keyboard, DioQemuMouse *mouse, DioQemuMultiTouch *touch,
                         DioQemuInput *input);
/* While it stalls, what comes is neither written down nor answered. */
void fake_input_set_stalls (FakeInput *self, gboolean stalls);

G_END_DECLS
