/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/frame.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Keeps the present picture where GTK's renderer can draw it from, at the cost of what changed. A class for each way to
 * do that; DioPainters (ui/painters.h) knows which suits frame and renderer, and what comes next when one fails.
 * Main thread only. */
#define DIO_TYPE_PAINTER (dio_painter_get_type ())
G_DECLARE_DERIVABLE_TYPE (DioPainter, dio_painter, DIO, PAINTER, GObject)

typedef struct
{
  guint64 frames;         /* taken and uploaded */
  guint64 bytes_uploaded; /* read by the processor to get the pixels to the renderer; 0 for an imported buffer */
  guint64 imports;        /* buffers made known to the graphics driver */
} DioPainterStats;

struct _DioPainterClass
{
  GObjectClass parent_class;

  const char *name; /* for diagnostics: "cairo", "gl", "tiles", "dmabuf" … */

  /* FRAME follows the frame of the call before, by its damage; the first one is damaged as a whole. It is consumed
   * (dio_frame_consumed()) by the painter when its rule says so. Adds to STATS what it read. On failure the painter is
   * not used again. */
  gboolean (*update) (DioPainter *self, DioFrame *frame, DioPainterStats *stats, GError **error);
  /* Draws the picture into RECT; a unit of SNAPSHOT is a device pixel (or a rotation of that). VISIBLE: what of RECT
   * can be seen at all. */
  void (*snapshot) (DioPainter *self, GtkSnapshot *snapshot, const graphene_rect_t *rect,
                    const graphene_rect_t *visible, GskScalingFilter filter);
  /* The frame clock's "after-paint" of a frame that this was drawn in. Does nothing unless overridden. */
  void (*painted) (DioPainter *self);
  /* The whole picture as a texture that stays as it is, for a screenshot. Reads the frame's pixels unless overridden,
   * as it must be for frames that are not readable. (transfer full) */
  GdkTexture *(*copy) (DioPainter *self, GError **error);
};

gboolean dio_painter_update (DioPainter *self, DioFrame *frame, GError **error);
void dio_painter_snapshot (DioPainter *self, GtkSnapshot *snapshot, const graphene_rect_t *rect,
                           const graphene_rect_t *visible, GskScalingFilter filter);
void dio_painter_painted (DioPainter *self);
GdkTexture *dio_painter_copy (DioPainter *self, GError **error);
const char *dio_painter_get_name (DioPainter *self);
const DioPainterStats *dio_painter_get_stats (DioPainter *self);
int dio_painter_get_width (DioPainter *self);
int dio_painter_get_height (DioPainter *self);
/* The frame of the last update that succeeded. (transfer none) (nullable) */
DioFrame *dio_painter_get_frame (DioPainter *self);

/* For painters. */
GdkMemoryFormat dio_painter_memory_format (DioPixelFormat format);
/* The bytes of REGION's pixels. */
guint64 dio_painter_count_bytes (const cairo_region_t *region, DioPixelFormat format);
/* FRAME's pixels, which must be readable, as a texture of their own. (transfer full) */
GdkTexture *dio_painter_copy_frame (DioFrame *frame, GError **error);

G_END_DECLS
