/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-qemu.h"

#include "display/frame-reader.h"

G_BEGIN_DECLS

#define X8R8G8B8 0x20020888u
#define XR24 0x34325258u

/* One console of an honest QEMU, and a reader. */
typedef struct
{
  FakeQemu *qemu;
  FakeConsole *fake;
  DioConsole *console;
  DioFramebuffer *framebuffer;
  DioFrameReader *reader;
  guint n_changed;
} Fixture;

void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);

#define FIXTURE_TEST(group, name)                                                                                      \
  g_test_add ("/" group "/" #name, Fixture, NULL, fixture_set_up, test_##name, fixture_tear_down)

/* COUNT pixels: words that count up from FIRST, and all of one. */
GBytes *test_words (guint32 first, gsize count);
GBytes *test_solid (guint32 word, gsize count);

guint32 test_pixel_at (DioFrame *frame, int x, int y);
void test_assert_damage (DioFrame *frame, int x, int y, int width, int height);
/* Rows of four-byte pixels, without padding. */
void test_assert_pixels (DioFrame *frame, GBytes *pixels);
/* RGB holds the three channels of every pixel. */
void test_assert_solid (DioFrame *frame, const guint8 *rgb);

/* What byte I of fake_memory_file() makes of a pixel at X, Y. */
guint32 test_file_pixel (guint offset, guint stride, int x, int y);

/* The pixman formats, each with a word (or three bytes, or a half-word) of which every channel differs, and what that
 * is. */
typedef struct
{
  guint32 code;
  guint32 pixel;
  guint bytes;
  guint8 rgb[3];
} TestFormat;

extern const TestFormat test_formats[];
extern const guint test_n_formats;

GBytes *test_pixels_of_format (const TestFormat *format, gsize count);

G_END_DECLS
