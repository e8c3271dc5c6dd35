/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/still-paintable.h"

struct _DioStillPaintable
{
  GObject parent_instance;

  GdkTexture *texture;
};

static void
snapshot (GdkPaintable *paintable, GdkSnapshot *gdk_snapshot, double width, double height)
{
  GdkTexture *texture = DIO_STILL_PAINTABLE (paintable)->texture;
  /* Of less than half its size, lines of a pixel would be there or not. */
  gboolean tiny = width * 2 < gdk_texture_get_width (texture);

  gtk_snapshot_append_scaled_texture (GTK_SNAPSHOT (gdk_snapshot), texture,
                                      tiny ? GSK_SCALING_FILTER_TRILINEAR : GSK_SCALING_FILTER_LINEAR,
                                      &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
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
  return GDK_PAINTABLE_STATIC_SIZE | GDK_PAINTABLE_STATIC_CONTENTS;
}

static void
init_paintable (GdkPaintableInterface *iface)
{
  iface->snapshot = snapshot;
  iface->get_intrinsic_width = get_intrinsic_width;
  iface->get_intrinsic_height = get_intrinsic_height;
  iface->get_flags = get_flags;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DioStillPaintable, dio_still_paintable, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, init_paintable))

static void
dio_still_paintable_dispose (GObject *object)
{
  g_clear_object (&DIO_STILL_PAINTABLE (object)->texture);
  G_OBJECT_CLASS (dio_still_paintable_parent_class)->dispose (object);
}

static void
dio_still_paintable_class_init (DioStillPaintableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_still_paintable_dispose;
}

static void
dio_still_paintable_init (DioStillPaintable *self)
{
}

DioStillPaintable *
dio_still_paintable_new (GdkTexture *texture)
{
  DioStillPaintable *self = g_object_new (DIO_TYPE_STILL_PAINTABLE, NULL);

  self->texture = g_object_ref (texture);
  return self;
}
