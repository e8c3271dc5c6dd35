/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-qemu.h"

#include "input/keyboard.h"
#include "input/mouse.h"
#include "input/touch.h"

#include <string.h>

G_BEGIN_DECLS

#define INPUT_PATH "/org/qemu/Display1/Console_0"
/* Of src/input/sender.c: calls that wait without an answer, and the one that waits for it. */
#define MAX_SENT 513

/* What the consoles list of a QEMU that is not ours, of one that is, and of one without MultiTouch. */
extern const char *const stock_interfaces[];
extern const char *const our_interfaces[];
extern const char *const old_interfaces[];

/* A head's devices, and the fake QEMU that they are told to. */
typedef struct
{
  FakeQemu *qemu;
  DioKeyboard *keyboard;
  DioMouse *mouse;
  DioTouch *touch;
  DioTouchSlots *slots;
} InputFixture;

/* INTERFACES: (nullable): as the console lists them. */
void input_set_up (InputFixture *self, gconstpointer interfaces);
void input_tear_down (InputFixture *self, gconstpointer interfaces);
/* Does what the fake QEMU has got to do: nothing is on its way to it then, unless it stalls. */
void input_settle (InputFixture *self);
/* How often NEEDLE is in the log. */
guint input_count (InputFixture *self, const char *needle);

/* QEMU has got exactly that since the last call. */
#define assert_log(self, expected)                                                                                     \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    input_settle (self);                                                                                               \
    g_assert_cmpstr ((self)->qemu->log->str, ==, expected);                                                            \
    g_string_set_size ((self)->qemu->log, 0);                                                                          \
  }                                                                                                                    \
  G_STMT_END

G_END_DECLS
