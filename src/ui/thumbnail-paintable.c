/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/thumbnail-paintable.h"

#include "ui/painter.h"
#include "ui/still-paintable.h"

#define MAX_SIZE 320
#define INTERVAL_MS 1000

struct _DioThumbnailPaintable
{
  GObject parent_instance;

  DioConsoleView *view; /* owned */
  DioConsole *console;  /* owned: whose the thumbnail is */
  DioThumbnail *thumbnail;
  GdkTexture *texture;
  gboolean active;
};

/* --- GdkPaintable --- */

static void
snapshot (GdkPaintable *paintable, GdkSnapshot *gdk_snapshot, double width, double height)
{
  DioThumbnailPaintable *self = DIO_THUMBNAIL_PAINTABLE (paintable);
  GtkSnapshot *snapshot = GTK_SNAPSHOT (gdk_snapshot);
  double factor, drawn_width, drawn_height;

  gtk_snapshot_append_color (snapshot, &(GdkRGBA) { 0, 0, 0, 1 },
                             &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  if (!self->texture)
    return;
  factor = MIN (width / gdk_texture_get_width (self->texture), height / gdk_texture_get_height (self->texture));
  drawn_width = gdk_texture_get_width (self->texture) * factor;
  drawn_height = gdk_texture_get_height (self->texture) * factor;
  gtk_snapshot_append_scaled_texture (snapshot, self->texture, GSK_SCALING_FILTER_LINEAR,
                                      &GRAPHENE_RECT_INIT ((float) ((width - drawn_width) / 2),
                                                           (float) ((height - drawn_height) / 2), (float) drawn_width,
                                                           (float) drawn_height));
}

static int
get_intrinsic_width (GdkPaintable *paintable)
{
  return DIO_TILE_PICTURE_WIDTH;
}

static int
get_intrinsic_height (GdkPaintable *paintable)
{
  return DIO_TILE_PICTURE_HEIGHT;
}

static GdkPaintableFlags
get_flags (GdkPaintable *paintable)
{
  return GDK_PAINTABLE_STATIC_SIZE;
}

static void
init_paintable (GdkPaintableInterface *iface)
{
  iface->snapshot = snapshot;
  iface->get_intrinsic_width = get_intrinsic_width;
  iface->get_intrinsic_height = get_intrinsic_height;
  iface->get_flags = get_flags;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DioThumbnailPaintable, dio_thumbnail_paintable, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, init_paintable))

/* --- the thumbnail --- */

static void
on_thumbnail_changed (DioThumbnailPaintable *self, DioThumbnail *thumbnail)
{
  g_autoptr (GdkMemoryTextureBuilder) builder = NULL;
  int width, height;
  GBytes *picture;

  /* One of the console before may still have been at work. */
  if (thumbnail != self->thumbnail)
    return;
  picture = dio_thumbnail_get_picture (thumbnail, &width, &height);
  builder = gdk_memory_texture_builder_new ();
  gdk_memory_texture_builder_set_bytes (builder, picture);
  gdk_memory_texture_builder_set_stride (builder, (gsize) width * 4);
  gdk_memory_texture_builder_set_width (builder, width);
  gdk_memory_texture_builder_set_height (builder, height);
  gdk_memory_texture_builder_set_format (builder, GDK_MEMORY_B8G8R8X8);
  g_clear_object (&self->texture);
  self->texture = gdk_memory_texture_builder_build (builder);
  gdk_paintable_invalidate_contents (GDK_PAINTABLE (self));
}

/* For pictures that only the graphics card can read: has the view's painter draw its own small, and fetches that. */
static gboolean
draw (int width, int height, guint8 *pixels, gsize stride, gpointer user_data)
{
  DioThumbnailPaintable *self = user_data;
  DioPainter *painter = dio_console_view_get_painter (self->view);
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self->view));
  GskRenderer *renderer = native ? gtk_native_get_renderer (native) : NULL;
  graphene_rect_t rect = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (GdkTextureDownloader) downloader = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GtkSnapshot *snapshot;
  gsize from_stride;

  if (!painter || !renderer || !gsk_renderer_is_realized (renderer))
    return FALSE;
  snapshot = gtk_snapshot_new ();
  dio_painter_snapshot (painter, snapshot, &rect, &rect, GSK_SCALING_FILTER_TRILINEAR);
  node = gtk_snapshot_free_to_node (snapshot);
  if (!node)
    return FALSE;
  texture = gsk_renderer_render_texture (renderer, node, &rect);
  downloader = gdk_texture_downloader_new (texture);
  gdk_texture_downloader_set_format (downloader, GDK_MEMORY_B8G8R8X8);
  bytes = gdk_texture_downloader_download_bytes (downloader, &from_stride);
  for (int y = 0; y < height; y++)
    memcpy (pixels + (gsize) y * stride, (const guint8 *) g_bytes_get_data (bytes, NULL) + (gsize) y * from_stride,
            (gsize) width * 4);
  return TRUE;
}

static void
on_head_changed (DioThumbnailPaintable *self)
{
  DioHead *head = dio_console_view_get_head (self->view);
  DioConsole *console = head ? dio_head_get_console (head) : NULL;

  if (!console || !g_set_object (&self->console, console))
    return;
  if (self->thumbnail)
    dio_thumbnail_set_draw (self->thumbnail, NULL, NULL);
  g_clear_object (&self->thumbnail);
  self->thumbnail = dio_thumbnail_new (dio_console_get_framebuffer (console), MAX_SIZE, INTERVAL_MS);
  dio_thumbnail_set_draw (self->thumbnail, draw, self);
  g_signal_connect_object (self->thumbnail, "changed", G_CALLBACK (on_thumbnail_changed), self, G_CONNECT_SWAPPED);
  dio_thumbnail_set_active (self->thumbnail, self->active);
}

void
dio_thumbnail_paintable_set_active (DioThumbnailPaintable *self, gboolean active)
{
  g_return_if_fail (DIO_IS_THUMBNAIL_PAINTABLE (self));

  if (self->active == active)
    return;
  self->active = active;
  dio_console_view_watch (self->view, active);
  if (self->thumbnail)
    dio_thumbnail_set_active (self->thumbnail, active);
}

static void
dio_thumbnail_paintable_dispose (GObject *object)
{
  DioThumbnailPaintable *self = DIO_THUMBNAIL_PAINTABLE (object);

  if (self->view)
    dio_thumbnail_paintable_set_active (self, FALSE);
  /* Its thread may hold it a moment longer than we do. */
  if (self->thumbnail)
    {
      dio_thumbnail_set_active (self->thumbnail, FALSE);
      dio_thumbnail_set_draw (self->thumbnail, NULL, NULL);
    }
  g_clear_object (&self->thumbnail);
  g_clear_object (&self->texture);
  g_clear_object (&self->console);
  g_clear_object (&self->view);
  G_OBJECT_CLASS (dio_thumbnail_paintable_parent_class)->dispose (object);
}

static void
dio_thumbnail_paintable_class_init (DioThumbnailPaintableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_thumbnail_paintable_dispose;
}

static void
dio_thumbnail_paintable_init (DioThumbnailPaintable *self)
{
}

DioThumbnailPaintable *
dio_thumbnail_paintable_new (DioConsoleView *view)
{
  DioThumbnailPaintable *self;

  g_return_val_if_fail (DIO_IS_CONSOLE_VIEW (view), NULL);

  self = g_object_new (DIO_TYPE_THUMBNAIL_PAINTABLE, NULL);
  self->view = g_object_ref (view);
  g_signal_connect_object (view, "notify::head", G_CALLBACK (on_head_changed), self, G_CONNECT_SWAPPED);
  on_head_changed (self);
  return self;
}
