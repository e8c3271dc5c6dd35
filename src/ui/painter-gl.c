/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/painter-gl.h"

#include "ui/painter-pixels.h"

#include <epoxy/gl.h>

/* GSK holds the texture of the frame that it draws and of some before it, until the graphics card has drawn them. */
#define MAX_SLOTS 4
/* Of what a texture lacks that has long not been in turn: beyond that it gets everything, lest its account grow. */
#define MAX_STALE 128

typedef struct
{
  GLuint id; /* 0: none yet */
  gboolean busy;
  GLsync sync;           /* of the last upload, or NULL */
  cairo_region_t *stale; /* what is newer in the pixels; NULL: everything */
} Slot;

/* The textures' memory, which lives as long as GSK draws any of them. */
typedef struct
{
  grefcount ref_count;
  GdkGLContext *context;
  int width, height;
  DioPixelFormat format;
  Slot slots[MAX_SLOTS];
} Ring;

struct _DioPainterGl
{
  DioPainter parent_instance;

  GdkGLContext *context;
  DioPainterPixels *pixels;
  Ring *ring; /* NULL before the first frame */
  GdkTexture *texture;
};

G_DEFINE_FINAL_TYPE (DioPainterGl, dio_painter_gl, DIO_TYPE_PAINTER)

/* --- the ring --- */

static Ring *
ring_new (GdkGLContext *context, int width, int height, DioPixelFormat format)
{
  Ring *self = g_new0 (Ring, 1);

  g_ref_count_init (&self->ref_count);
  self->context = g_object_ref (context);
  self->width = width;
  self->height = height;
  self->format = format;
  return self;
}

static void
ring_unref (Ring *self)
{
  GdkGLContext *current;

  if (!g_ref_count_dec (&self->ref_count))
    return;
  /* GSK may be the one that drops the last texture, at work in a context of its own. */
  current = gdk_gl_context_get_current ();
  if (current)
    g_object_ref (current);
  gdk_gl_context_make_current (self->context);
  for (int i = 0; i < MAX_SLOTS; i++)
    {
      if (self->slots[i].id)
        glDeleteTextures (1, &self->slots[i].id);
      g_clear_pointer (&self->slots[i].sync, glDeleteSync);
      g_clear_pointer (&self->slots[i].stale, cairo_region_destroy);
    }
  if (current)
    gdk_gl_context_make_current (current);
  else
    gdk_gl_context_clear_current ();
  g_clear_object (&current);
  g_clear_object (&self->context);
  g_free (self);
}

/* The bytes of a pixel are uploaded as they lie, as red, green, blue and alpha; which is which is told here. */
static void
set_swizzle (DioPixelFormat format)
{
  static const GLint swizzles[][3] = {
    [DIO_PIXEL_FORMAT_B8G8R8X8] = { GL_BLUE, GL_GREEN, GL_RED },
    [DIO_PIXEL_FORMAT_X8R8G8B8] = { GL_GREEN, GL_BLUE, GL_ALPHA },
    [DIO_PIXEL_FORMAT_R8G8B8X8] = { GL_RED, GL_GREEN, GL_BLUE },
    [DIO_PIXEL_FORMAT_X8B8G8R8] = { GL_ALPHA, GL_BLUE, GL_GREEN },
    [DIO_PIXEL_FORMAT_B8G8R8] = { GL_BLUE, GL_GREEN, GL_RED },
    [DIO_PIXEL_FORMAT_R8G8B8] = { GL_RED, GL_GREEN, GL_BLUE },
  };

  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_R, swizzles[format][0]);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_G, swizzles[format][1]);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_B, swizzles[format][2]);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_A, GL_ONE);
}

static void
slot_create (Slot *slot, const Ring *ring)
{
  gboolean three = dio_pixel_format_get_bytes_per_pixel (ring->format) == 3;

  glGenTextures (1, &slot->id);
  glBindTexture (GL_TEXTURE_2D, slot->id);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  set_swizzle (ring->format);
  glTexImage2D (GL_TEXTURE_2D, 0, three ? GL_RGB8 : GL_RGBA8, ring->width, ring->height, 0, three ? GL_RGB : GL_RGBA,
                GL_UNSIGNED_BYTE, NULL);
}

/* One that nobody draws, if possible one that needs little; NULL when all are in use. */
static Slot *
ring_choose (Ring *self)
{
  Slot *best = NULL;

  for (int i = 0; i < MAX_SLOTS; i++)
    if (!self->slots[i].busy && (!best || (!best->stale && self->slots[i].stale)))
      best = &self->slots[i];
  return best;
}

static void
ring_damage (Ring *self, const cairo_region_t *damage)
{
  for (int i = 0; i < MAX_SLOTS; i++)
    {
      Slot *slot = &self->slots[i];

      if (!slot->stale)
        continue;
      cairo_region_union (slot->stale, damage);
      if (cairo_region_num_rectangles (slot->stale) > MAX_STALE)
        g_clear_pointer (&slot->stale, cairo_region_destroy);
    }
}

/* --- upload --- */

static void
upload_rect (const DioPixelView *view, const cairo_rectangle_int_t *rect)
{
  gssize bytes = dio_pixel_format_get_bytes_per_pixel (view->format);
  const guint8 *data = view->data + rect->y * view->stride + rect->x * bytes;
  GLenum format = bytes == 3 ? GL_RGB : GL_RGBA;

  if (view->stride > 0 && view->stride % bytes == 0)
    {
      glPixelStorei (GL_UNPACK_ROW_LENGTH, (GLint) (view->stride / bytes));
      glTexSubImage2D (GL_TEXTURE_2D, 0, rect->x, rect->y, rect->width, rect->height, format, GL_UNSIGNED_BYTE, data);
      return;
    }
  /* GL knows of no rows that go upwards, nor of such that begin within a pixel. */
  glPixelStorei (GL_UNPACK_ROW_LENGTH, 0);
  for (int i = 0; i < rect->height; i++)
    glTexSubImage2D (GL_TEXTURE_2D, 0, rect->x, rect->y + i, rect->width, 1, format, GL_UNSIGNED_BYTE,
                     data + i * view->stride);
}

static void
upload (Slot *slot, const Ring *ring, const DioPixelView *view, DioPainterStats *stats)
{
  cairo_rectangle_int_t rect = { 0, 0, ring->width, ring->height };
  cairo_region_t *region = slot->stale;

  if (!slot->id)
    slot_create (slot, ring);
  if (!region)
    region = cairo_region_create_rectangle (&rect);
  glBindTexture (GL_TEXTURE_2D, slot->id);
  glPixelStorei (GL_UNPACK_ALIGNMENT, 1);
  for (int i = 0; i < cairo_region_num_rectangles (region); i++)
    {
      cairo_region_get_rectangle (region, i, &rect);
      upload_rect (view, &rect);
    }
  glPixelStorei (GL_UNPACK_ROW_LENGTH, 0);
  glPixelStorei (GL_UNPACK_ALIGNMENT, 4);
  glBindTexture (GL_TEXTURE_2D, 0);
  stats->bytes_uploaded += dio_painter_count_bytes (region, ring->format);
  cairo_region_destroy (region);
  slot->stale = cairo_region_create ();
}

/* What GL has to complain about, if anything. A context that was lost says so here; with DIORAMA_LOSE_GL set, for
 * tests, each one is. */
static gboolean
check (GError **error)
{
  GLenum code = glGetError ();

  if (code == GL_NO_ERROR && !g_getenv ("DIORAMA_LOSE_GL"))
    return TRUE;
  /* There may be several; a context that is lost has no end of them. */
  for (int i = 0; i < 8 && glGetError () != GL_NO_ERROR; i++)
    ;
  g_set_error (error, GDK_GL_ERROR, GDK_GL_ERROR_NOT_AVAILABLE, "OpenGL reports error 0x%x", code);
  return FALSE;
}

/* --- textures --- */

typedef struct
{
  Ring *ring;
  Slot *slot;
} Lease;

/* Any context may be current, or none. */
static void
lease_end (gpointer data)
{
  Lease *lease = data;

  lease->slot->busy = FALSE;
  ring_unref (lease->ring);
  g_free (lease);
}

/* What of the drawn picture changes: filtering mixes in the neighbours. */
static cairo_region_t *
widen (const cairo_region_t *damage)
{
  cairo_region_t *wide = cairo_region_create ();

  for (int i = 0; i < cairo_region_num_rectangles (damage); i++)
    {
      cairo_rectangle_int_t rect;

      cairo_region_get_rectangle (damage, i, &rect);
      rect = (cairo_rectangle_int_t) { rect.x - 1, rect.y - 1, rect.width + 2, rect.height + 2 };
      cairo_region_union_rectangle (wide, &rect);
    }
  return wide;
}

static GdkTexture *
build_texture (DioPainterGl *self, Slot *slot, const cairo_region_t *damage)
{
  g_autoptr (GdkGLTextureBuilder) builder = gdk_gl_texture_builder_new ();
  Lease *lease = g_new0 (Lease, 1);

  *lease = (Lease) { self->ring, slot };
  g_ref_count_inc (&self->ring->ref_count);
  slot->busy = TRUE;
  g_clear_pointer (&slot->sync, glDeleteSync);
  slot->sync = glFenceSync (GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
  /* Another context waits for the fence, and it must have left this one by then. */
  glFlush ();
  gdk_gl_texture_builder_set_context (builder, self->context);
  gdk_gl_texture_builder_set_id (builder, slot->id);
  gdk_gl_texture_builder_set_width (builder, self->ring->width);
  gdk_gl_texture_builder_set_height (builder, self->ring->height);
  gdk_gl_texture_builder_set_format (builder, GDK_MEMORY_R8G8B8X8);
  gdk_gl_texture_builder_set_sync (builder, slot->sync);
  if (self->texture && gdk_texture_get_width (self->texture) == self->ring->width &&
      gdk_texture_get_height (self->texture) == self->ring->height)
    {
      cairo_region_t *wide = widen (damage);

      gdk_gl_texture_builder_set_update_texture (builder, self->texture);
      gdk_gl_texture_builder_set_update_region (builder, wide);
      cairo_region_destroy (wide);
    }
  return gdk_gl_texture_builder_build (builder, lease_end, lease);
}

/* --- painter --- */

static gboolean
fits (const Ring *ring, DioPainterPixels *pixels, DioPixelFormat format)
{
  return ring && ring->width == dio_painter_pixels_get_width (pixels) &&
         ring->height == dio_painter_pixels_get_height (pixels) && ring->format == format;
}

/* With the context current. */
static gboolean
follow_pixels (DioPainterGl *self, DioPainterStats *stats, GError **error)
{
  const cairo_region_t *damage = dio_painter_pixels_get_damage (self->pixels);
  g_autoptr (GdkTexture) texture = NULL;
  DioPixelView view;
  Slot *slot;

  if (!dio_painter_pixels_begin (self->pixels, &view, error))
    return FALSE;
  if (!fits (self->ring, self->pixels, view.format))
    {
      g_clear_pointer (&self->ring, ring_unref);
      self->ring = ring_new (self->context, dio_painter_pixels_get_width (self->pixels),
                             dio_painter_pixels_get_height (self->pixels), view.format);
    }
  ring_damage (self->ring, damage);
  slot = ring_choose (self->ring);
  if (!slot)
    {
      /* Somebody keeps all of them. They keep their ring, too. */
      g_clear_pointer (&self->ring, ring_unref);
      self->ring = ring_new (self->context, dio_painter_pixels_get_width (self->pixels),
                             dio_painter_pixels_get_height (self->pixels), view.format);
      slot = &self->ring->slots[0];
    }
  upload (slot, self->ring, &view, stats);
  dio_painter_pixels_end (self->pixels);
  if (!check (error))
    return FALSE;
  texture = build_texture (self, slot, damage);
  g_set_object (&self->texture, texture);
  return TRUE;
}

static gboolean
dio_painter_gl_update (DioPainter *painter, DioFrame *frame, DioPainterStats *stats, GError **error)
{
  DioPainterGl *self = DIO_PAINTER_GL (painter);

  if (!dio_painter_pixels_take (self->pixels, frame, error))
    return FALSE;
  gdk_gl_context_make_current (self->context);
  if (!follow_pixels (self, stats, error))
    return FALSE;
  dio_frame_consumed (frame);
  return TRUE;
}

static void
dio_painter_gl_snapshot (DioPainter *painter, GtkSnapshot *snapshot, const graphene_rect_t *rect,
                         const graphene_rect_t *visible, GskScalingFilter filter)
{
  DioPainterGl *self = DIO_PAINTER_GL (painter);
  int level = dio_painter_pixels_choose_level (rect->size.width / dio_painter_get_width (painter));

  if (dio_painter_pixels_set_level (self->pixels, level))
    {
      DioPainterStats ignored = { 0 };

      gdk_gl_context_make_current (self->context);
      /* What there is can be drawn, too, if not as well. */
      follow_pixels (self, &ignored, NULL);
    }
  gtk_snapshot_append_scaled_texture (snapshot, self->texture, filter, rect);
}

static void
dio_painter_gl_dispose (GObject *object)
{
  DioPainterGl *self = DIO_PAINTER_GL (object);

  g_clear_object (&self->texture);
  g_clear_pointer (&self->ring, ring_unref);
  g_clear_pointer (&self->pixels, dio_painter_pixels_unref);
  g_clear_object (&self->context);
  G_OBJECT_CLASS (dio_painter_gl_parent_class)->dispose (object);
}

static void
dio_painter_gl_class_init (DioPainterGlClass *klass)
{
  DioPainterClass *painter_class = DIO_PAINTER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_painter_gl_dispose;
  painter_class->name = "gl";
  painter_class->update = dio_painter_gl_update;
  painter_class->snapshot = dio_painter_gl_snapshot;
}

static void
dio_painter_gl_init (DioPainterGl *self)
{
  self->pixels = dio_painter_pixels_new (FALSE);
}

DioPainter *
dio_painter_gl_new (GdkDisplay *display, GError **error)
{
  g_autoptr (GdkGLContext) context = gdk_display_create_gl_context (display, error);
  g_autoptr (DioPainterGl) self = NULL;

  if (!context || !gdk_gl_context_realize (context, error))
    return NULL;
  self = g_object_new (DIO_TYPE_PAINTER_GL, NULL);
  self->context = g_steal_pointer (&context);
  return DIO_PAINTER (g_steal_pointer (&self));
}
