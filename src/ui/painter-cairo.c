/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/painter-cairo.h"

#include "ui/painter-pixels.h"

#include <math.h>

/* Three things make GSK's Cairo renderer draw what changed and nothing more.
 *
 * The picture is a set of Cairo nodes, tiles, that are made once and record no pixels: their source is a raster source
 * pattern, which asks for the pixels when it is drawn and gets those of the newest frame where they lie. To draw within
 * some clip, GSK makes a copy of what the clip's bounding box covers of each node: tiles keep that small where clips
 * are far apart, and in the processor's cache where all is drawn.
 *
 * GSK finds out what to draw by comparing this picture's nodes to those of the picture before. Tiles stay the same, and
 * so nothing is found. What was damaged is told by nodes that draw nothing, markers: new ones come and old ones go with
 * each update, and wherever a node comes or goes, GSK draws anew.
 *
 * Positions are so chosen that a pixel comes out the same whatever rectangle it was drawn with: a tile's matrix is
 * exact in pixman's numbers, 16 bits of fraction. */

#define TILE_SIZE 256 /* device pixels */
#define MAX_MARKERS 32
#define FRACTION 65536.0

/* What nodes of one shape draw from. It outlives the painter where nodes do. */
typedef struct
{
  grefcount ref_count;
  DioPainterPixels *pixels;
  int width, height; /* of the pixels when the nodes were made */
} Source;

struct _DioPainterCairo
{
  DioPainter parent_instance;

  /* owned */
  DioPainterPixels *pixels;
  Source *source;          /* NULL before the first frame */
  GskRenderNode *tiles;    /* NULL: to be made */
  GPtrArray *markers;      /* GskRenderNode */
  cairo_region_t *pending; /* damage that no marker tells of yet, pixels of the source */

  /* what the tiles were made for */
  graphene_rect_t rect;
  cairo_rectangle_int_t covered;
  GskScalingFilter filter;
};

G_DEFINE_FINAL_TYPE (DioPainterCairo, dio_painter_cairo, DIO_TYPE_PAINTER)

/* --- the source --- */

static Source *
source_new (DioPainterPixels *pixels)
{
  Source *self = g_new0 (Source, 1);

  g_ref_count_init (&self->ref_count);
  self->pixels = dio_painter_pixels_ref (pixels);
  self->width = dio_painter_pixels_get_width (pixels);
  self->height = dio_painter_pixels_get_height (pixels);
  return self;
}

static Source *
source_ref (Source *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

static void
source_unref (Source *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  dio_painter_pixels_unref (self->pixels);
  g_free (self);
}

static const cairo_user_data_key_t mapped_key;

static gboolean
source_begin (Source *self, DioPixelView *view)
{
  return self->width == dio_painter_pixels_get_width (self->pixels) &&
         self->height == dio_painter_pixels_get_height (self->pixels) &&
         dio_painter_pixels_begin (self->pixels, view, NULL);
}

/* Nodes of an older shape, which somebody may have kept, are black. */
static cairo_surface_t *
acquire (cairo_pattern_t *pattern, void *user_data, cairo_surface_t *target, const cairo_rectangle_int_t *extents)
{
  Source *source = user_data;
  DioPixelView view;
  cairo_surface_t *surface;

  if (!source_begin (source, &view))
    return cairo_image_surface_create (CAIRO_FORMAT_RGB24, source->width, source->height);
  /* Cairo only reads a source; its type lacks the const. */
  surface = cairo_image_surface_create_for_data ((guint8 *) view.data, CAIRO_FORMAT_RGB24, source->width,
                                                 source->height, (int) view.stride);
  /* Without the mark nobody would end it. */
  if (cairo_surface_set_user_data (surface, &mapped_key, source, NULL) != CAIRO_STATUS_SUCCESS)
    dio_painter_pixels_end (source->pixels);
  return surface;
}

static void
release (cairo_pattern_t *pattern, void *user_data, cairo_surface_t *surface)
{
  Source *source = cairo_surface_get_user_data (surface, &mapped_key);

  cairo_surface_destroy (surface);
  if (source)
    dio_painter_pixels_end (source->pixels);
}

static cairo_status_t
copy_pattern (cairo_pattern_t *pattern, void *user_data, const cairo_pattern_t *other)
{
  source_ref (user_data);
  return CAIRO_STATUS_SUCCESS;
}

static void
finish_pattern (cairo_pattern_t *pattern, void *user_data)
{
  source_unref (user_data);
}

static cairo_pattern_t *
source_create_pattern (Source *self, GskScalingFilter filter)
{
  cairo_pattern_t *pattern =
      cairo_pattern_create_raster_source (source_ref (self), CAIRO_CONTENT_COLOR, self->width, self->height);

  cairo_raster_source_pattern_set_acquire (pattern, acquire, release);
  cairo_raster_source_pattern_set_copy (pattern, copy_pattern);
  cairo_raster_source_pattern_set_finish (pattern, finish_pattern);
  cairo_pattern_set_extend (pattern, CAIRO_EXTEND_PAD);
  cairo_pattern_set_filter (pattern,
                            filter == GSK_SCALING_FILTER_NEAREST ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR);
  return pattern;
}

/* --- tiles --- */

static double
to_fixed (double value)
{
  return round (value * FRACTION) / FRACTION;
}

/* One axis of a tile's way from device pixels to those of the source: exact where the tile begins, and off by less than
 * a 256th of a pixel where it ends. */
static void
choose_axis (double begin, double rect_begin, double rect_size, int size, double *ret_scale, double *ret_offset)
{
  double scale = size / rect_size;

  *ret_scale = to_fixed (scale);
  *ret_offset = to_fixed ((begin - rect_begin) * scale) - begin * *ret_scale;
}

static GskRenderNode *
make_tile (DioPainterCairo *self, const graphene_rect_t *bounds)
{
  GskRenderNode *node = gsk_cairo_node_new (bounds);
  cairo_t *cr = gsk_cairo_node_get_draw_context (node);
  cairo_pattern_t *pattern = source_create_pattern (self->source, self->filter);
  cairo_matrix_t matrix = { 0 };

  choose_axis (bounds->origin.x, self->rect.origin.x, self->rect.size.width, self->source->width, &matrix.xx,
               &matrix.x0);
  choose_axis (bounds->origin.y, self->rect.origin.y, self->rect.size.height, self->source->height, &matrix.yy,
               &matrix.y0);
  cairo_pattern_set_matrix (pattern, &matrix);
  cairo_set_source (cr, pattern);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_paint (cr);
  cairo_pattern_destroy (pattern);
  cairo_destroy (cr);
  return node;
}

/* A container of tiles on a grid of device pixels. */
static GskRenderNode *
make_tiles (DioPainterCairo *self)
{
  g_autoptr (GPtrArray) tiles = g_ptr_array_new_with_free_func ((GDestroyNotify) gsk_render_node_unref);
  const cairo_rectangle_int_t *covered = &self->covered;

  for (int y = covered->y; y < covered->y + covered->height; y += TILE_SIZE)
    for (int x = covered->x; x < covered->x + covered->width; x += TILE_SIZE)
      {
        graphene_rect_t bounds = GRAPHENE_RECT_INIT ((float) x, (float) y, TILE_SIZE, TILE_SIZE);

        if (graphene_rect_intersection (&bounds, &self->rect, &bounds))
          g_ptr_array_add (tiles, make_tile (self, &bounds));
      }
  return gsk_container_node_new ((GskRenderNode **) tiles->pdata, tiles->len);
}

/* Whole tiles, so that a view that moves a little needs no others. */
static cairo_rectangle_int_t
cover (const graphene_rect_t *rect, const graphene_rect_t *visible)
{
  graphene_rect_t seen;
  int left, top, right, bottom;

  if (!graphene_rect_intersection (rect, visible, &seen))
    return (cairo_rectangle_int_t) { 0 };
  left = (int) floorf (seen.origin.x / TILE_SIZE) * TILE_SIZE;
  top = (int) floorf (seen.origin.y / TILE_SIZE) * TILE_SIZE;
  right = (int) ceilf ((seen.origin.x + seen.size.width) / TILE_SIZE) * TILE_SIZE;
  bottom = (int) ceilf ((seen.origin.y + seen.size.height) / TILE_SIZE) * TILE_SIZE;
  return (cairo_rectangle_int_t) { left, top, right - left, bottom - top };
}

static gboolean
tiles_serve (DioPainterCairo *self, const graphene_rect_t *rect, const cairo_rectangle_int_t *covered,
             GskScalingFilter filter)
{
  return self->tiles && graphene_rect_equal (&self->rect, rect) && self->filter == filter &&
         self->covered.x == covered->x && self->covered.y == covered->y && self->covered.width == covered->width &&
         self->covered.height == covered->height;
}

/* --- markers --- */

static void
clear_pending (DioPainterCairo *self)
{
  cairo_region_destroy (self->pending);
  self->pending = cairo_region_create ();
}

/* Where the pixels of RECT are seen: filtering spreads them by less than a pixel. */
static graphene_rect_t
to_device (DioPainterCairo *self, const cairo_rectangle_int_t *rect)
{
  float scale_x = self->rect.size.width / (float) self->source->width;
  float scale_y = self->rect.size.height / (float) self->source->height;
  int apron = self->filter == GSK_SCALING_FILTER_NEAREST ? 0 : 1;
  float left = floorf (self->rect.origin.x + (float) (rect->x - apron) * scale_x);
  float top = floorf (self->rect.origin.y + (float) (rect->y - apron) * scale_y);
  float right = ceilf (self->rect.origin.x + (float) (rect->x + rect->width + apron) * scale_x);
  float bottom = ceilf (self->rect.origin.y + (float) (rect->y + rect->height + apron) * scale_y);

  return GRAPHENE_RECT_INIT (left, top, right - left, bottom - top);
}

static void
make_markers (DioPainterCairo *self)
{
  cairo_rectangle_int_t rect;
  int n = cairo_region_num_rectangles (self->pending);

  if (n == 0)
    return;
  g_ptr_array_set_size (self->markers, 0);
  for (int i = 0; i < MIN (n, MAX_MARKERS); i++)
    {
      graphene_rect_t device;

      if (n > MAX_MARKERS)
        {
          cairo_region_get_extents (self->pending, &rect);
          n = 1;
        }
      else
        cairo_region_get_rectangle (self->pending, i, &rect);
      device = to_device (self, &rect);
      if (graphene_rect_intersection (&device, &self->rect, &device))
        g_ptr_array_add (self->markers, gsk_cairo_node_new (&device));
    }
  clear_pending (self);
}

/* --- painter --- */

/* The pixels have another shape. */
static void
renew_source (DioPainterCairo *self)
{
  g_clear_pointer (&self->source, source_unref);
  self->source = source_new (self->pixels);
  g_clear_pointer (&self->tiles, gsk_render_node_unref);
  clear_pending (self);
}

static gboolean
dio_painter_cairo_update (DioPainter *painter, DioFrame *frame, DioPainterStats *stats, GError **error)
{
  DioPainterCairo *self = DIO_PAINTER_CAIRO (painter);
  DioFrame *old_frame = dio_painter_get_frame (painter);
  const cairo_region_t *damage;

  /* If it was not painted it will not be any more. */
  if (old_frame && old_frame != frame)
    dio_frame_consumed (old_frame);
  if (!dio_painter_pixels_take (self->pixels, frame, error))
    return FALSE;
  damage = dio_painter_pixels_get_damage (self->pixels);
  if (!self->source || self->source->width != dio_painter_pixels_get_width (self->pixels) ||
      self->source->height != dio_painter_pixels_get_height (self->pixels))
    renew_source (self);
  else
    cairo_region_union (self->pending, damage);
  stats->bytes_uploaded += dio_painter_count_bytes (damage, DIO_PIXEL_FORMAT_B8G8R8X8);
  return TRUE;
}

static void
dio_painter_cairo_snapshot (DioPainter *painter, GtkSnapshot *snapshot, const graphene_rect_t *rect,
                            const graphene_rect_t *visible, GskScalingFilter filter)
{
  DioPainterCairo *self = DIO_PAINTER_CAIRO (painter);
  cairo_rectangle_int_t covered = cover (rect, visible);
  int level = dio_painter_pixels_choose_level (rect->size.width / dio_painter_get_width (painter));

  if (dio_painter_pixels_set_level (self->pixels, level))
    renew_source (self);
  if (covered.width == 0 || covered.height == 0)
    return;
  if (!tiles_serve (self, rect, &covered, filter))
    {
      g_clear_pointer (&self->tiles, gsk_render_node_unref);
      self->rect = *rect;
      self->covered = covered;
      self->filter = filter;
      self->tiles = make_tiles (self);
      clear_pending (self);
      g_ptr_array_set_size (self->markers, 0);
    }
  make_markers (self);
  gtk_snapshot_append_node (snapshot, self->tiles);
  for (guint i = 0; i < self->markers->len; i++)
    gtk_snapshot_append_node (snapshot, self->markers->pdata[i]);
}

static void
dio_painter_cairo_painted (DioPainter *painter)
{
  dio_frame_consumed (dio_painter_get_frame (painter));
}

static void
dio_painter_cairo_dispose (GObject *object)
{
  DioPainterCairo *self = DIO_PAINTER_CAIRO (object);

  g_clear_pointer (&self->tiles, gsk_render_node_unref);
  g_clear_pointer (&self->markers, g_ptr_array_unref);
  g_clear_pointer (&self->pending, cairo_region_destroy);
  g_clear_pointer (&self->source, source_unref);
  g_clear_pointer (&self->pixels, dio_painter_pixels_unref);
  G_OBJECT_CLASS (dio_painter_cairo_parent_class)->dispose (object);
}

static void
dio_painter_cairo_class_init (DioPainterCairoClass *klass)
{
  DioPainterClass *painter_class = DIO_PAINTER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_painter_cairo_dispose;
  painter_class->name = "cairo";
  painter_class->update = dio_painter_cairo_update;
  painter_class->snapshot = dio_painter_cairo_snapshot;
  painter_class->painted = dio_painter_cairo_painted;
}

static void
dio_painter_cairo_init (DioPainterCairo *self)
{
  self->pixels = dio_painter_pixels_new (TRUE);
  self->markers = g_ptr_array_new_with_free_func ((GDestroyNotify) gsk_render_node_unref);
  self->pending = cairo_region_create ();
}

DioPainter *
dio_painter_cairo_new (void)
{
  return g_object_new (DIO_TYPE_PAINTER_CAIRO, NULL);
}
