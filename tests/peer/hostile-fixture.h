/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-qemu.h"

G_BEGIN_DECLS

/* What the tests with a QEMU that means ill share. Whatever it does, this process lives, its main loop turns, its
 * memory and its descriptors stay within bounds, and the console says what happened. */

#define X8R8G8B8 0x20020888u
#define LISTENER "org.qemu.Display1.Listener"
#define MAP "org.qemu.Display1.Listener.Unix.Map"
#define MIB ((gsize) 1024 * 1024)
/* A sanitizer keeps freed memory for a while. */
#define MAX_GROWTH (g_getenv ("DIORAMA_TEST_SANITIZED") ? 600 * MIB : 48 * MIB)

GBytes *hostile_zeros (gsize size);
DioConsole *hostile_open_console (FakeQemu *qemu);
char *hostile_wait_for_error (DioConsole *console);
/* A memory file that cannot shrink. */
int hostile_sealed_file (gsize size);
/* In a thread, so that the main loop can be watched, which turns meanwhile. */
void hostile_write_repeatedly (int fd, GBytes *bytes, guint times);

/* Sockets by hand, with a clock on the main loop. */
typedef struct
{
  gint64 last, worst;
} Clock;

typedef struct
{
  FakeQemu *qemu;
  FakeConsole *fake;
  DioConsole *console;
  gsize rss;
  guint n_fds;
  Clock clock;
  guint tick;
} Raw;

void raw_set_up (Raw *self, gconstpointer data);
void raw_tear_down (Raw *self, gconstpointer data);
void raw_write (Raw *self, const void *data, gsize size);
/* The display was closed for what was sent. */
void raw_assert_cut_off (Raw *self);

#define RAW(name)                                                                                                      \
  g_test_add ("/hostile/" #name, Raw, GINT_TO_POINTER (FAKE_QEMU_RAW_LISTENER), raw_set_up, test_##name, raw_tear_down)

G_END_DECLS
