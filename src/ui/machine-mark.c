/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/machine-mark.h"

#include "ui/still-paintable.h"

/* Of the mark's height. */
#define LINE_HEIGHT .55f

struct _DioMachineMark
{
  GObject parent_instance;

  PangoLayout *layout;
  guint colour;
};

/* Top and bottom (a slanting gradient is dear where there is no graphics card); all dark enough for white on them. */
static const GdkRGBA colours[][2] = {
  { { .21f, .52f, .89f, 1 }, { .10f, .37f, .71f, 1 } }, { { .18f, .60f, .50f, 1 }, { .08f, .42f, .35f, 1 } },
  { { .50f, .35f, .78f, 1 }, { .35f, .22f, .60f, 1 } }, { { .78f, .36f, .20f, 1 }, { .60f, .24f, .12f, 1 } },
  { { .72f, .24f, .44f, 1 }, { .53f, .14f, .31f, 1 } }, { { .36f, .43f, .52f, 1 }, { .24f, .30f, .38f, 1 } },
};

static float
to_pixels (int units)
{
  return (float) units / PANGO_SCALE;
}

static void
snapshot (GdkPaintable *paintable, GdkSnapshot *gdk_snapshot, double width, double height)
{
  DioMachineMark *self = DIO_MACHINE_MARK (paintable);
  GtkSnapshot *snapshot = GTK_SNAPSHOT (gdk_snapshot);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  GskColorStop stops[] = { { 0, colours[self->colour][0] }, { 1, colours[self->colour][1] } };
  PangoRectangle ink, line;
  float factor;

  gtk_snapshot_append_linear_gradient (snapshot, &bounds, &GRAPHENE_POINT_INIT (0, 0),
                                       &GRAPHENE_POINT_INIT (0, (float) height), stops, G_N_ELEMENTS (stops));
  pango_layout_get_extents (self->layout, &ink, &line);
  if (ink.height <= 0 || line.height <= 0)
    return;
  factor = (float) height * LINE_HEIGHT / to_pixels (line.height);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) width / 2, (float) height / 2));
  gtk_snapshot_scale (snapshot, factor, factor);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (-to_pixels (ink.x) - to_pixels (ink.width) / 2,
                                                          -to_pixels (ink.y) - to_pixels (ink.height) / 2));
  gtk_snapshot_append_layout (snapshot, self->layout, &(GdkRGBA) { 1, 1, 1, .92f });
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

G_DEFINE_FINAL_TYPE_WITH_CODE (DioMachineMark, dio_machine_mark, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, init_paintable))

static void
dio_machine_mark_dispose (GObject *object)
{
  g_clear_object (&DIO_MACHINE_MARK (object)->layout);
  G_OBJECT_CLASS (dio_machine_mark_parent_class)->dispose (object);
}

static void
dio_machine_mark_class_init (DioMachineMarkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_machine_mark_dispose;
}

static void
dio_machine_mark_init (DioMachineMark *self)
{
}

/* What a reader takes for one letter, made large; a name of nothing that is seen has none. (transfer full) */
static char *
dup_initial (const char *name)
{
  g_autofree char *letter = NULL;
  const char *end;

  while (*name && !g_unichar_isgraph (g_utf8_get_char (name)))
    name = g_utf8_next_char (name);
  if (!*name)
    return g_strdup ("");
  end = g_utf8_next_char (name);
  while (*end && (g_unichar_ismark (g_utf8_get_char (end)) || g_unichar_iszerowidth (g_utf8_get_char (end))))
    end = g_utf8_next_char (end);
  letter = g_strndup (name, (gsize) (end - name));
  return g_utf8_strup (letter, -1);
}

DioMachineMark *
dio_machine_mark_new (GtkWidget *widget, const char *name)
{
  DioMachineMark *self = g_object_new (DIO_TYPE_MACHINE_MARK, NULL);
  g_autofree char *initial = dup_initial (name);
  g_autofree char *family = g_strdup (name);

  /* "Debian 12" and "Debian 13" are of one family. */
  g_strdelimit (family, " ", '\0');
  self->colour = g_str_hash (family) % G_N_ELEMENTS (colours);
  /* In the widget's own font, which is there already: for each further one Pango measures a whole sentence. */
  self->layout = gtk_widget_create_pango_layout (widget, initial);
  return self;
}
