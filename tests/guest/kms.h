/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <drm/drm.h>
#include <drm/drm_mode.h>

#include "draw.h"

#define MAX_OUTPUTS 4
#define MAX_MODES 64
#define MAX_FORMATS 32
#define MAX_BUFFERS 2
#define CURSOR_SIZE 64
#define MIN_SIDE 32 /* virtio-gpu takes no smaller mode */
#define MAX_SIDE 8192

typedef struct
{
  uint32_t handle;
  uint32_t fb_id;
  uint32_t *pixels;
  uint64_t size;
  int stride; /* pixels */
  int width, height;
} Buffer;

/* One connector with the CRTC that drives it. */
typedef struct
{
  char name[32];
  uint32_t connector_id;
  uint32_t crtc_id;
  bool connected;
  bool follow; /* take the mode that the host prefers, whenever it changes */
  struct drm_mode_modeinfo modes[MAX_MODES];
  int n_modes;
  struct drm_mode_modeinfo mode; /* the one on the screen */
  Buffer buffers[MAX_BUFFERS];
  int n_buffers;
  int front;
  bool flip_pending;
  uint32_t format; /* fourcc of the buffers */
  Buffer cursor;
  uint64_t flushes; /* damage flushes and flips so far */
} Output;

typedef struct
{
  int fd; /* -1: no KMS device */
  char driver[32];
  bool fbdev; /* drawing to /dev/fb0 instead: one output, one mode, nothing to flush */
  Output outputs[MAX_OUTPUTS];
  int n_outputs;
  uint32_t formats[MAX_FORMATS]; /* what the first primary plane scans out */
  int n_formats;
} Kms;

/* Called with a canvas of the mode's size before it comes on the screen; again with the old one if it never does. */
typedef void (*KmsPaint) (void *data, Output *output, const struct drm_mode_modeinfo *mode, Canvas *canvas);

/* Finds the first device with a display. Returns false when there is nothing at all to draw on. */
bool kms_open (Kms *kms);

/* Asks each connector again what it has; kms_follow() acts on it. */
void kms_probe (Kms *kms);

/* Puts each output that follows onto its preferred mode; lights new ones, darkens those that went. */
void kms_follow (Kms *kms, KmsPaint paint, void *data);

/* Sets a mode with N_BUFFERS (1 or 2) fresh buffers. On failure the old mode stays and errno tells why. */
bool kms_set_mode (Kms *kms, Output *output, const struct drm_mode_modeinfo *mode, int n_buffers, KmsPaint paint,
                   void *data);

/* The mode of the connector's list with that size, or a made-up one of 60 Hz. */
struct drm_mode_modeinfo kms_mode_for (const Output *output, int width, int height);

/* The buffer on the screen, or with two buffers the one that is not. */
Canvas kms_front (const Output *output);
Canvas kms_back (const Output *output);

/* Tells the device that these pixels of the front buffer changed. One call, one rectangle at the host. */
void kms_flush (Kms *kms, Output *output, Rect rect);

/* Shows the back buffer; false while the last flip is under way, or on failure. */
bool kms_flip (Kms *kms, Output *output);

/* Reads what the device's file has to say (ends of flips). */
void kms_read_events (Kms *kms);

/* Uploads CURSOR_SIZE² ARGB pixels; NULL hides the cursor. False when the device has no cursor plane. */
bool kms_set_cursor (Kms *kms, Output *output, const uint32_t *argb, int hot_x, int hot_y);
bool kms_move_cursor (Kms *kms, Output *output, int x, int y);
