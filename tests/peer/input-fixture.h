/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-qemu.h"

#include "input/keyboard.h"
#include "input/mouse.h"
#include "input/touch.h"

G_BEGIN_DECLS

#define INPUT_PATH "/org/qemu/Display1/Console_0"

/* What a console of a QEMU that is not ours lists, and one of ours. */
extern const char *const stock_interfaces[];
extern const char *const our_interfaces[];

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

/* QEMU has got exactly that since the last call, in any number of moments. */
#define assert_log(self, expected)                                                                                     \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    wait_until ((self)->qemu->log->len >= strlen (expected));                                                          \
    test_run_for (5);                                                                                                  \
    g_assert_cmpstr ((self)->qemu->log->str, ==, expected);                                                            \
    g_string_set_size ((self)->qemu->log, 0);                                                                          \
  }                                                                                                                    \
  G_STMT_END

G_END_DECLS
