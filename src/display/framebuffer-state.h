/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/account.h"
#include "display/buffer-cache.h"
#include "display/framebuffer-private.h"
#include "display/pacer.h"

G_BEGIN_DECLS

/* What framebuffer.c (the main context's side, and the readers') and framebuffer-producer.c share. Pixels have locks of
 * their own (display/buffer.h), which are taken before this mutex, never while it is held. */
struct _DioFramebuffer
{
  GObject parent_instance;

  GMainContext *context;
  GSource *disable_timeout; /* of the main context */
  DioPacer *pacer;

  GMutex mutex; /* guards what follows */

  int width, height; /* as the main context was told; it alone changes them */
  gboolean active, refused;
  GSource *idle;

  DioBuffer *buffer; /* the present picture, or NULL */
  DioBufferCache cache;
  GPtrArray *accounts; /* of DioAccount */
  gboolean enabled;
  gboolean has_refused; /* the last thing that came was a picture that was refused */
  gint64 disabled_at;
  gboolean watching;           /* the main context looks after "enabled" */
  gboolean guessed;            /* the size is our guess from an update */
  int hint_width, hint_height; /* not used up since, or 0 */

  DioDisplayStats stats; /* but for the answers */
  gboolean untaken;      /* an update that no frame was taken for */
};

/* With the mutex held: on_idle() is to compare. */
void dio_framebuffer_tell_main_context (DioFramebuffer *self);
/* With the mutex held: BUFFER (taken over) replaces the present one, all of it new. */
void dio_framebuffer_set_buffer (DioFramebuffer *self, DioBuffer *buffer);
/* With the mutex held: RECT is new. */
void dio_framebuffer_add_damage (DioFramebuffer *self, const cairo_rectangle_int_t *rect);

G_END_DECLS
