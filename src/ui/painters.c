/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/painters.h"

#include "base/debug.h"
#include "ui/painter-cairo.h"
#include "ui/painter-dmabuf.h"
#include "ui/painter-gl.h"
#include "ui/painter-tiles.h"

#include <string.h>

typedef struct
{
  const char *name;
  gboolean (*suits) (GskRenderer *renderer, DioFrame *frame);
  DioPainter *(*create) (GskRenderer *renderer, DioFrame *frame, GError **error);
} Way;

/* As many kinds of pictures as a guest may take turns with before a way that fails is tried again. */
#define MAX_SURROUNDINGS 8

/* Where a way fails or not. */
typedef struct
{
  GType renderer_type;
  DioFrameKind kind;
  int width, height;
  guint32 fourcc; /* of a dma-buf, or 0 */
  guint64 modifier;
  guint failed; /* bit per way */
} Surroundings;

struct _DioPainters
{
  DioPainter *current;  /* NULL: no picture */
  const Way *way;       /* of CURRENT */
  DioPainterStats past; /* of painters that are gone */

  Surroundings known[MAX_SURROUNDINGS];
  guint n_known;      /* of those, the newest at the end */
  Surroundings *here; /* of the present frame */
};

/* --- ways, the best first --- */

/* GSK's Cairo renderer would have the graphics card copy all of the buffer back each time. */
static gboolean
suits_dmabuf (GskRenderer *renderer, DioFrame *frame)
{
  return dio_frame_get_kind (frame) == DIO_FRAME_DMABUF &&
         !(GSK_IS_CAIRO_RENDERER (renderer) && dio_frame_is_readable (frame));
}

static gboolean
suits_import (GskRenderer *renderer, DioFrame *frame)
{
  return GSK_IS_GL_RENDERER (renderer) && dio_frame_get_kind (frame) == DIO_FRAME_DMABUF;
}

static DioPainter *
create_import (GskRenderer *renderer, DioFrame *frame, GError **error)
{
  return dio_painter_dmabuf_new (gdk_surface_get_display (gsk_renderer_get_surface (renderer)), TRUE, error);
}

static DioPainter *
create_dmabuf (GskRenderer *renderer, DioFrame *frame, GError **error)
{
  return dio_painter_dmabuf_new (gdk_surface_get_display (gsk_renderer_get_surface (renderer)), FALSE, error);
}

static gboolean
suits_gl (GskRenderer *renderer, DioFrame *frame)
{
  return GSK_IS_GL_RENDERER (renderer) && dio_frame_is_readable (frame);
}

static DioPainter *
create_gl (GskRenderer *renderer, DioFrame *frame, GError **error)
{
  return dio_painter_gl_new (gdk_surface_get_display (gsk_renderer_get_surface (renderer)), error);
}

static gboolean
suits_cairo (GskRenderer *renderer, DioFrame *frame)
{
  return GSK_IS_CAIRO_RENDERER (renderer) && dio_frame_is_readable (frame);
}

static DioPainter *
create_cairo (GskRenderer *renderer, DioFrame *frame, GError **error)
{
  return dio_painter_cairo_new ();
}

static gboolean
suits_all (GskRenderer *renderer, DioFrame *frame)
{
  return dio_frame_is_readable (frame);
}

static DioPainter *
create_tiles (GskRenderer *renderer, DioFrame *frame, GError **error)
{
  return dio_painter_tiles_new ();
}

static const Way ways[] = {
  { "dmabuf", suits_import, create_import },
  { "dmabuf-gdk", suits_dmabuf, create_dmabuf },
  { "gl", suits_gl, create_gl },
  { "cairo", suits_cairo, create_cairo },
  { "tiles", suits_all, create_tiles },
};

/* --- choice --- */

static gboolean
may (DioPainters *self, const Way *way, GskRenderer *renderer, DioFrame *frame)
{
  return !(self->here->failed & (1u << (way - ways))) && way->suits (renderer, frame);
}

static const Way *
choose (DioPainters *self, GskRenderer *renderer, DioFrame *frame)
{
  const char *wanted = g_getenv ("DIORAMA_PAINTER");

  for (guint i = 0; wanted && i < G_N_ELEMENTS (ways); i++)
    if (g_str_equal (ways[i].name, wanted) && may (self, &ways[i], renderer, frame))
      return &ways[i];
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (may (self, &ways[i], renderer, frame))
      return &ways[i];
  return NULL;
}

static void
add_stats (DioPainterStats *sum, const DioPainterStats *stats)
{
  sum->frames += stats->frames;
  sum->bytes_uploaded += stats->bytes_uploaded;
  sum->imports += stats->imports;
}

static void
replace (DioPainters *self, const Way *way, DioPainter *painter)
{
  if (self->current)
    add_stats (&self->past, dio_painter_get_stats (self->current));
  g_set_object (&self->current, painter);
  self->way = way;
}

static gboolean
is_same (const Surroundings *a, const Surroundings *b)
{
  return a->renderer_type == b->renderer_type && a->kind == b->kind && a->width == b->width && a->height == b->height &&
         a->fourcc == b->fourcc && a->modifier == b->modifier;
}

/* What failed elsewhere may work here. */
static void
follow_surroundings (DioPainters *self, GskRenderer *renderer, DioFrame *frame)
{
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (frame);
  const Surroundings now = { .renderer_type = G_OBJECT_TYPE (renderer),
                             .kind = dio_frame_get_kind (frame),
                             .width = dio_frame_get_width (frame),
                             .height = dio_frame_get_height (frame),
                             .fourcc = dmabuf ? dmabuf->fourcc : 0,
                             .modifier = dmabuf ? dmabuf->modifier : 0 };

  for (guint i = self->n_known; i-- > 0;)
    if (is_same (&self->known[i], &now))
      {
        self->here = &self->known[i];
        return;
      }
  if (self->n_known == MAX_SURROUNDINGS)
    memmove (self->known, self->known + 1, --self->n_known * sizeof self->known[0]);
  self->here = &self->known[self->n_known++];
  *self->here = now;
}

static gboolean
is_whole (DioFrame *frame)
{
  cairo_rectangle_int_t all = { 0, 0, dio_frame_get_width (frame), dio_frame_get_height (frame) };

  return cairo_region_contains_rectangle (dio_frame_get_damage (frame), &all) == CAIRO_REGION_OVERLAP_IN;
}

/* FRAME, all of which is damaged, by another painter. */
static gboolean
try_way (DioPainters *self, const Way *way, GskRenderer *renderer, DioFrame *frame, GError **error)
{
  g_autoptr (DioPainter) painter = way->create (renderer, frame, error);

  if (!painter || !dio_painter_update (painter, frame, error))
    return FALSE;
  dio_debug (DIO_DEBUG_FRAMES, "painter %s, renderer %s", way->name, G_OBJECT_TYPE_NAME (renderer));
  replace (self, way, painter);
  return TRUE;
}

DioPainter *
dio_painters_update (DioPainters *self, GskRenderer *renderer, DioFrame *frame, DioFramebuffer *framebuffer)
{
  g_autoptr (DioFrame) whole = NULL;
  const Way *way;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (GSK_IS_RENDERER (renderer), NULL);

  follow_surroundings (self, renderer, frame);
  while ((way = choose (self, renderer, frame)))
    {
      g_autoptr (GError) error = NULL;
      gboolean good;

      if (way == self->way && self->current)
        good = dio_painter_update (self->current, frame, &error);
      else
        {
          /* Whoever drew the frames before knows the rest of the picture; this one does not. */
          if (!whole && !is_whole (frame))
            whole = dio_framebuffer_peek (framebuffer);
          good = try_way (self, way, renderer, whole ? whole : frame, &error);
        }
      if (good)
        {
          /* What was drawn is newer than FRAME, or the same. */
          if (whole)
            dio_frame_consumed (frame);
          return self->current;
        }
      self->here->failed |= 1u << (way - ways);
      g_debug ("The painter “%s” fails: %s", way->name, error->message);
      dio_debug (DIO_DEBUG_FRAMES, "painter %s fails: %s", way->name, error->message);
    }
  return NULL;
}

DioPainter *
dio_painters_get_current (DioPainters *self)
{
  return self->current;
}

void
dio_painters_clear (DioPainters *self)
{
  replace (self, NULL, NULL);
  self->n_known = 0;
}

void
dio_painters_get_stats (DioPainters *self, DioPainterStats *ret_stats)
{
  *ret_stats = self->past;
  if (self->current)
    add_stats (ret_stats, dio_painter_get_stats (self->current));
}

DioPainters *
dio_painters_new (void)
{
  return g_new0 (DioPainters, 1);
}

void
dio_painters_free (DioPainters *self)
{
  g_clear_object (&self->current);
  g_free (self);
}
