/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/painter-tiles.h"

#include "ui/painter-pixels.h"

#include <math.h>
#include <string.h>

/* A tile is drawn between edges on whole device pixels, so that each device pixel belongs to one tile and the clips
 * cost nothing. Filtering a pixel at the edge takes source pixels that are the neighbour's: each texture has an apron
 * of those. An edge is at most half a device pixel from where the tile's own pixels end, which is at most one source
 * pixel (the picture is never drawn smaller than half its size), and linear filtering reaches one further. */
#define TILE_SIZE 256 /* pixels of the source */
#define APRON 2

typedef struct
{
  cairo_rectangle_int_t area; /* of the texture, apron included; pixels of the source */
  GdkTexture *texture;
  GskRenderNode *node; /* NULL: to be made */
} Tile;

struct _DioPainterTiles
{
  DioPainter parent_instance;

  DioPainterPixels *pixels;
  Tile *tiles; /* COLUMNS × ROWS */
  int columns, rows;
  int width, height; /* that the tiles are of */

  /* what the nodes were made for */
  graphene_rect_t rect;
  GskScalingFilter filter;
};

G_DEFINE_FINAL_TYPE (DioPainterTiles, dio_painter_tiles, DIO_TYPE_PAINTER)

static void
clear_tiles (DioPainterTiles *self)
{
  for (int i = 0; i < self->columns * self->rows; i++)
    {
      g_clear_object (&self->tiles[i].texture);
      g_clear_pointer (&self->tiles[i].node, gsk_render_node_unref);
    }
  g_clear_pointer (&self->tiles, g_free);
  self->columns = self->rows = 0;
}

static cairo_rectangle_int_t
tile_area (int column, int row, int width, int height)
{
  int left = MAX (column * TILE_SIZE - APRON, 0), top = MAX (row * TILE_SIZE - APRON, 0);

  return (cairo_rectangle_int_t) { left, top, MIN ((column + 1) * TILE_SIZE + APRON, width) - left,
                                   MIN ((row + 1) * TILE_SIZE + APRON, height) - top };
}

static void
make_tiles (DioPainterTiles *self)
{
  clear_tiles (self);
  self->width = dio_painter_pixels_get_width (self->pixels);
  self->height = dio_painter_pixels_get_height (self->pixels);
  self->columns = (self->width + TILE_SIZE - 1) / TILE_SIZE;
  self->rows = (self->height + TILE_SIZE - 1) / TILE_SIZE;
  self->tiles = g_new0 (Tile, (gsize) (self->columns * self->rows));
  for (int row = 0; row < self->rows; row++)
    for (int column = 0; column < self->columns; column++)
      self->tiles[row * self->columns + column].area = tile_area (column, row, self->width, self->height);
}

static GdkTexture *
make_texture (const DioPixelView *view, const cairo_rectangle_int_t *area)
{
  gsize bytes_per_pixel = dio_pixel_format_get_bytes_per_pixel (view->format);
  gsize stride = (gsize) area->width * bytes_per_pixel;
  const guint8 *source = view->data + area->y * view->stride + area->x * (gssize) bytes_per_pixel;
  guint8 *data = g_malloc (stride * (gsize) area->height);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, stride * (gsize) area->height);

  for (int y = 0; y < area->height; y++)
    memcpy (data + (gsize) y * stride, source + y * view->stride, stride);
  return gdk_memory_texture_new (area->width, area->height, dio_painter_memory_format (view->format), bytes, stride);
}

static gboolean
update_tiles (DioPainterTiles *self, DioPainterStats *stats, GError **error)
{
  const cairo_region_t *damage = dio_painter_pixels_get_damage (self->pixels);
  gboolean all = self->width != dio_painter_pixels_get_width (self->pixels) ||
                 self->height != dio_painter_pixels_get_height (self->pixels);
  DioPixelView view;

  if (!dio_painter_pixels_begin (self->pixels, &view, error))
    return FALSE;
  if (all)
    make_tiles (self);
  for (int i = 0; i < self->columns * self->rows; i++)
    {
      Tile *tile = &self->tiles[i];

      if (!all && cairo_region_contains_rectangle (damage, &tile->area) == CAIRO_REGION_OVERLAP_OUT)
        continue;
      g_clear_object (&tile->texture);
      g_clear_pointer (&tile->node, gsk_render_node_unref);
      tile->texture = make_texture (&view, &tile->area);
      stats->bytes_uploaded +=
          (guint64) tile->area.width * (guint64) tile->area.height * dio_pixel_format_get_bytes_per_pixel (view.format);
    }
  dio_painter_pixels_end (self->pixels);
  return TRUE;
}

static gboolean
dio_painter_tiles_update (DioPainter *painter, DioFrame *frame, DioPainterStats *stats, GError **error)
{
  DioPainterTiles *self = DIO_PAINTER_TILES (painter);

  if (!dio_painter_pixels_take (self->pixels, frame, error) || !update_tiles (self, stats, error))
    return FALSE;
  dio_frame_consumed (frame);
  return TRUE;
}

/* --- drawing --- */

/* The device pixels that a row or column of tiles covers. */
static void
find_edges (int index, int size, float rect_begin, float rect_size, float *ret_begin, float *ret_end)
{
  float scale = rect_size / (float) size;

  *ret_begin = index == 0 ? rect_begin : roundf (rect_begin + (float) (index * TILE_SIZE) * scale);
  *ret_end = (index + 1) * TILE_SIZE >= size ? rect_begin + rect_size
                                             : roundf (rect_begin + (float) ((index + 1) * TILE_SIZE) * scale);
}

static GskRenderNode *
make_node (DioPainterTiles *self, Tile *tile, const graphene_rect_t *edges)
{
  float scale_x = self->rect.size.width / (float) self->width;
  float scale_y = self->rect.size.height / (float) self->height;
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (self->rect.origin.x + (float) tile->area.x * scale_x,
                                               self->rect.origin.y + (float) tile->area.y * scale_y,
                                               (float) tile->area.width * scale_x, (float) tile->area.height * scale_y);
  g_autoptr (GskRenderNode) node = gsk_texture_scale_node_new (tile->texture, &bounds, self->filter);

  return gsk_clip_node_new (node, edges);
}

static void
forget_nodes (DioPainterTiles *self)
{
  for (int i = 0; i < self->columns * self->rows; i++)
    g_clear_pointer (&self->tiles[i].node, gsk_render_node_unref);
}

static void
snapshot_row (DioPainterTiles *self, GtkSnapshot *snapshot, const graphene_rect_t *visible, int row)
{
  float left, top, right, bottom;

  find_edges (row, self->height, self->rect.origin.y, self->rect.size.height, &top, &bottom);
  for (int column = 0; column < self->columns; column++)
    {
      Tile *tile = &self->tiles[row * self->columns + column];
      graphene_rect_t edges;

      find_edges (column, self->width, self->rect.origin.x, self->rect.size.width, &left, &right);
      edges = GRAPHENE_RECT_INIT (left, top, right - left, bottom - top);
      if (right <= left || bottom <= top || !graphene_rect_intersection (&edges, visible, NULL))
        continue;
      if (!tile->node)
        tile->node = make_node (self, tile, &edges);
      gtk_snapshot_append_node (snapshot, tile->node);
    }
}

static void
dio_painter_tiles_snapshot (DioPainter *painter, GtkSnapshot *snapshot, const graphene_rect_t *rect,
                            const graphene_rect_t *visible, GskScalingFilter filter)
{
  DioPainterTiles *self = DIO_PAINTER_TILES (painter);
  int level = dio_painter_pixels_choose_level (rect->size.width / dio_painter_get_width (painter));

  if (dio_painter_pixels_set_level (self->pixels, level))
    {
      DioPainterStats ignored = { 0 };

      update_tiles (self, &ignored, NULL);
    }
  if (!graphene_rect_equal (&self->rect, rect) || self->filter != filter)
    {
      forget_nodes (self);
      self->rect = *rect;
      self->filter = filter;
    }
  for (int row = 0; row < self->rows; row++)
    snapshot_row (self, snapshot, visible, row);
}

static void
dio_painter_tiles_dispose (GObject *object)
{
  DioPainterTiles *self = DIO_PAINTER_TILES (object);

  clear_tiles (self);
  g_clear_pointer (&self->pixels, dio_painter_pixels_unref);
  G_OBJECT_CLASS (dio_painter_tiles_parent_class)->dispose (object);
}

static void
dio_painter_tiles_class_init (DioPainterTilesClass *klass)
{
  DioPainterClass *painter_class = DIO_PAINTER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_painter_tiles_dispose;
  painter_class->name = "tiles";
  painter_class->update = dio_painter_tiles_update;
  painter_class->snapshot = dio_painter_tiles_snapshot;
}

static void
dio_painter_tiles_init (DioPainterTiles *self)
{
  self->pixels = dio_painter_pixels_new (FALSE);
}

DioPainter *
dio_painter_tiles_new (void)
{
  return g_object_new (DIO_TYPE_PAINTER_TILES, NULL);
}
