/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/painter-dmabuf.h"

#include "base/debug.h"
#include "ui/dmabuf-import.h"
#include "ui/dmabuf-pacing.h"

/* As many as a framebuffer tells apart. */
#define MAX_IMPORTS 8
/* Drawn at less than half its size, a picture needs smaller copies of it to be made first. */
#define MINIFIED 0.5f

struct _DioPainterDmabuf
{
  DioPainter parent_instance;

  GdkDisplay *display;
  GdkGLContext *context;   /* NULL: GDK imports */
  DioDmabufPacing *pacing; /* shared with textures that outlive this */
  GPtrArray *imports;      /* of DioDmabufImport, the one used last at the end */
  GdkTexture *texture;     /* the whole buffer of the present frame */
};

G_DEFINE_FINAL_TYPE (DioPainterDmabuf, dio_painter_dmabuf, DIO_TYPE_PAINTER)

/* --- imports --- */

/* Out of CACHE, as the one used last, or NULL. */
static DioDmabufImport *
find (GPtrArray *cache, guint64 buffer_id)
{
  for (guint i = cache->len; i-- > 0;)
    {
      DioDmabufImport *import = g_ptr_array_index (cache, i);

      if (dio_dmabuf_import_get_buffer_id (import) == buffer_id)
        {
          g_ptr_array_add (cache, g_ptr_array_steal_index (cache, i));
          return import;
        }
    }
  return NULL;
}

/* A picture of another size or format is a guest's new mode: it does not come back to its buffers of before. */
static void
forget_others (DioPainterDmabuf *self, DioFrame *frame)
{
  DioFrame *before = dio_painter_get_frame (DIO_PAINTER (self));
  const DioDmabuf *now = dio_frame_get_dmabuf (frame), *then = before ? dio_frame_get_dmabuf (before) : NULL;

  if (then && (then->width != now->width || then->height != now->height || then->fourcc != now->fourcc))
    g_ptr_array_set_size (self->imports, 0);
}

/* (transfer none) */
static DioDmabufImport *
ensure_import (DioPainterDmabuf *self, DioFrame *frame, DioPainterStats *stats, GError **error)
{
  DioDmabufImport *import = find (self->imports, dio_frame_get_buffer_id (frame));

  if (import)
    return import;
  import = self->context ? dio_dmabuf_import_new_gl (frame, self->context, error)
                         : dio_dmabuf_import_new_gdk (frame, self->display, error);
  if (!import)
    return NULL;
  stats->imports++;
  if (self->imports->len == MAX_IMPORTS)
    g_ptr_array_remove_index (self->imports, 0);
  g_ptr_array_add (self->imports, import);
  return import;
}

/* --- textures --- */

typedef struct
{
  DioDmabufPacing *pacing;
  guint64 buffer_id;
} Hold;

static void
hold_end (gpointer data)
{
  Hold *hold = data;

  dio_dmabuf_pacing_release (hold->pacing, hold->buffer_id);
  dio_dmabuf_pacing_unref (hold->pacing);
  g_free (hold);
}

static Hold *
hold_new (DioPainterDmabuf *self, guint64 buffer_id)
{
  Hold *hold = g_new (Hold, 1);

  *hold = (Hold) { dio_dmabuf_pacing_ref (self->pacing), buffer_id };
  dio_dmabuf_pacing_hold (self->pacing, buffer_id);
  return hold;
}

/* The damage in the buffer's own pixels, and with a seam of one: filtering mixes in the neighbours. */
static cairo_region_t *
map_damage (DioFrame *frame)
{
  const cairo_region_t *damage = dio_frame_get_damage (frame);
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (frame);
  cairo_region_t *mapped = cairo_region_create ();

  for (int i = 0; i < cairo_region_num_rectangles (damage); i++)
    {
      cairo_rectangle_int_t rect;

      cairo_region_get_rectangle (damage, i, &rect);
      if (dmabuf->bottom_up)
        rect.y = dio_frame_get_height (frame) - rect.y - rect.height;
      rect = (cairo_rectangle_int_t) { rect.x + dmabuf->crop_x - 1, rect.y + dmabuf->crop_y - 1, rect.width + 2,
                                       rect.height + 2 };
      cairo_region_union_rectangle (mapped, &rect);
    }
  return mapped;
}

static gboolean
is_cropped (DioFrame *frame)
{
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (frame);

  return dmabuf->width != dio_frame_get_width (frame) || dmabuf->height != dio_frame_get_height (frame);
}

static GdkTexture *
wrap (DioPainterDmabuf *self, DioFrame *frame, DioPainterStats *stats, GError **error)
{
  DioDmabufImport *import = ensure_import (self, frame, stats, error);
  cairo_region_t *damage;
  GdkTexture *texture;

  if (!import)
    return NULL;
  damage = map_damage (frame);
  texture = dio_dmabuf_import_wrap (import, self->texture, damage, hold_end,
                                    hold_new (self, dio_frame_get_buffer_id (frame)), error);
  cairo_region_destroy (damage);
  return texture;
}

/* --- painter --- */

static gboolean
dio_painter_dmabuf_update (DioPainter *painter, DioFrame *frame, DioPainterStats *stats, GError **error)
{
  DioPainterDmabuf *self = DIO_PAINTER_DMABUF (painter);
  g_autoptr (GdkTexture) texture = NULL;

  g_return_val_if_fail (dio_frame_get_kind (frame) == DIO_FRAME_DMABUF, FALSE);

  forget_others (self, frame);
  dio_dmabuf_pacing_show (self->pacing, frame);
  texture = wrap (self, frame, stats, error);
  if (!texture)
    {
      dio_dmabuf_pacing_end (self->pacing);
      return FALSE;
    }
  g_set_object (&self->texture, texture);
  return TRUE;
}

static void
dio_painter_dmabuf_snapshot (DioPainter *painter, GtkSnapshot *snapshot, const graphene_rect_t *rect,
                             const graphene_rect_t *visible, GskScalingFilter filter)
{
  DioPainterDmabuf *self = DIO_PAINTER_DMABUF (painter);
  DioFrame *frame = dio_painter_get_frame (painter);
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (frame);
  float x_factor = rect->size.width / (float) dio_frame_get_width (frame);
  float y_factor = rect->size.height / (float) dio_frame_get_height (frame);
  gboolean cropped = is_cropped (frame);
  graphene_rect_t all = *rect;

  if (cropped)
    {
      gtk_snapshot_push_clip (snapshot, rect);
      all = GRAPHENE_RECT_INIT (rect->origin.x - (float) dmabuf->crop_x * x_factor,
                                rect->origin.y - (float) dmabuf->crop_y * y_factor, (float) dmabuf->width * x_factor,
                                (float) dmabuf->height * y_factor);
    }
  if (x_factor < MINIFIED)
    filter = GSK_SCALING_FILTER_TRILINEAR;
  gtk_snapshot_save (snapshot);
  if (dmabuf->bottom_up)
    {
      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (0, 2 * rect->origin.y + rect->size.height));
      gtk_snapshot_scale (snapshot, 1, -1);
    }
  gtk_snapshot_append_scaled_texture (snapshot, self->texture, filter, &all);
  gtk_snapshot_restore (snapshot);
  if (cropped)
    gtk_snapshot_pop (snapshot);
}

static void
dio_painter_dmabuf_painted (DioPainter *painter)
{
  dio_dmabuf_pacing_painted (DIO_PAINTER_DMABUF (painter)->pacing);
}

/* The picture out of ALL, which is the whole buffer in words of cairo's. */
static GBytes *
cut_out (DioFrame *frame, const guint8 *all)
{
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (frame);
  int height = dio_frame_get_height (frame);
  gsize row = (gsize) dio_frame_get_width (frame) * 4, all_row = (gsize) dmabuf->width * 4;
  guint8 *data = g_malloc (row * (gsize) height);

  for (int y = 0; y < height; y++)
    {
      int from = dmabuf->crop_y + (dmabuf->bottom_up ? height - 1 - y : y);

      memcpy (data + (gsize) y * row, all + (gsize) from * all_row + (gsize) dmabuf->crop_x * 4, row);
    }
  return g_bytes_new_take (data, row * (gsize) height);
}

static GdkTexture *
dio_painter_dmabuf_copy (DioPainter *painter, GError **error)
{
  DioPainterDmabuf *self = DIO_PAINTER_DMABUF (painter);
  DioFrame *frame = dio_painter_get_frame (painter);
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (frame);
  g_autofree guint8 *all = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (dio_frame_is_readable (frame))
    return DIO_PAINTER_CLASS (dio_painter_dmabuf_parent_class)->copy (painter, error);
  all = g_malloc ((gsize) dmabuf->width * 4 * (gsize) dmabuf->height);
  gdk_texture_download (self->texture, all, (gsize) dmabuf->width * 4);
  bytes = cut_out (frame, all);
  return gdk_memory_texture_new (dio_frame_get_width (frame), dio_frame_get_height (frame), GDK_MEMORY_DEFAULT, bytes,
                                 (gsize) dio_frame_get_width (frame) * 4);
}

static void
dio_painter_dmabuf_dispose (GObject *object)
{
  DioPainterDmabuf *self = DIO_PAINTER_DMABUF (object);

  g_clear_object (&self->texture);
  g_clear_pointer (&self->imports, g_ptr_array_unref);
  g_clear_pointer (&self->pacing, dio_dmabuf_pacing_unref);
  g_clear_object (&self->context);
  g_clear_object (&self->display);
  G_OBJECT_CLASS (dio_painter_dmabuf_parent_class)->dispose (object);
}

static void
dio_painter_dmabuf_class_init (DioPainterDmabufClass *klass)
{
  DioPainterClass *painter_class = DIO_PAINTER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_painter_dmabuf_dispose;
  painter_class->name = "dmabuf";
  painter_class->update = dio_painter_dmabuf_update;
  painter_class->snapshot = dio_painter_dmabuf_snapshot;
  painter_class->painted = dio_painter_dmabuf_painted;
  painter_class->copy = dio_painter_dmabuf_copy;
}

static void
dio_painter_dmabuf_init (DioPainterDmabuf *self)
{
  self->pacing = dio_dmabuf_pacing_new ();
  self->imports = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_dmabuf_import_unref);
}

DioPainter *
dio_painter_dmabuf_new (GdkDisplay *display, gboolean import, GError **error)
{
  g_autoptr (DioPainterDmabuf) self = g_object_new (DIO_TYPE_PAINTER_DMABUF, NULL);

  self->display = g_object_ref (display);
  if (import)
    {
      self->context = gdk_display_create_gl_context (display, error);
      if (!self->context || !gdk_gl_context_realize (self->context, error))
        return NULL;
    }
  else if (gdk_dmabuf_formats_get_n_formats (gdk_display_get_dmabuf_formats (display)) == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "GTK takes no graphics buffers here");
      return NULL;
    }
  return DIO_PAINTER (g_steal_pointer (&self));
}
