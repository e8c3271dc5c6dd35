/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/touch-ring.h"

/* Application pixels: a fingertip is about 50 wide, and must not cover it. */
#define RADIUS 40.0f
#define WIDTH 6.0f
#define OUTLINE 2.0f
#define SIZE 100

struct _DioTouchRing
{
  GtkWidget parent_instance;

  float x; /* of the parent */
  float y;
  gint64 started; /* by the frame clock, microseconds; 0: with the next frame */
  guint duration_ms;
  float progress; /* 0 to 1 */
  guint tick_id;
};

G_DEFINE_FINAL_TYPE (DioTouchRing, dio_touch_ring, GTK_TYPE_WIDGET)

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  DioTouchRing *self = DIO_TOUCH_RING (widget);
  gint64 now = gdk_frame_clock_get_frame_time (clock);

  if (self->started == 0)
    self->started = now;
  self->progress = MIN ((float) (now - self->started) / 1000 / (float) self->duration_ms, 1);
  gtk_widget_queue_draw (widget);
  if (self->progress < 1)
    return G_SOURCE_CONTINUE;
  self->tick_id = 0;
  return G_SOURCE_REMOVE;
}

static void
append_arc (GtkSnapshot *snapshot, float progress, float width, const GdkRGBA *color)
{
  g_autoptr (GskPathBuilder) whole = gsk_path_builder_new ();
  g_autoptr (GskPathBuilder) part = gsk_path_builder_new ();
  g_autoptr (GskPath) circle = NULL, arc = NULL;
  g_autoptr (GskPathMeasure) measure = NULL;
  g_autoptr (GskStroke) stroke = gsk_stroke_new (width);
  GskPathPoint start, end;

  gsk_path_builder_add_circle (whole, graphene_point_zero (), RADIUS);
  circle = gsk_path_builder_to_path (whole);
  measure = gsk_path_measure_new (circle);
  if (progress < 1)
    {
      if (!gsk_path_measure_get_point (measure, 0, &start) ||
          !gsk_path_measure_get_point (measure, progress * gsk_path_measure_get_length (measure), &end))
        return;
      gsk_path_builder_add_segment (part, circle, &start, &end);
      arc = gsk_path_builder_to_path (part);
    }
  gsk_stroke_set_line_cap (stroke, GSK_LINE_CAP_ROUND);
  gtk_snapshot_append_stroke (snapshot, progress < 1 ? arc : circle, stroke, color);
}

/* White with a dark edge: seen on any picture. */
static void
dio_touch_ring_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  DioTouchRing *self = DIO_TOUCH_RING (widget);

  if (self->progress <= 0)
    return;
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (SIZE / 2.0f, SIZE / 2.0f));
  gtk_snapshot_rotate (snapshot, -90);
  append_arc (snapshot, self->progress, WIDTH + 2 * OUTLINE, &(GdkRGBA) { 0, 0, 0, .6f });
  append_arc (snapshot, self->progress, WIDTH, &(GdkRGBA) { 1, 1, 1, 1 });
}

static void
dio_touch_ring_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = SIZE;
}

static void
stop_ticking (DioTouchRing *self)
{
  if (self->tick_id)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick_id);
  self->tick_id = 0;
}

void
dio_touch_ring_start (DioTouchRing *self, double x, double y, guint duration_ms)
{
  g_return_if_fail (DIO_IS_TOUCH_RING (self));

  stop_ticking (self);
  self->x = (float) x;
  self->y = (float) y;
  self->started = 0;
  self->progress = 0;
  self->duration_ms = MAX (duration_ms, 1);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
}

void
dio_touch_ring_stop (DioTouchRing *self)
{
  g_return_if_fail (DIO_IS_TOUCH_RING (self));

  stop_ticking (self);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
dio_touch_ring_allocate (DioTouchRing *self)
{
  g_return_if_fail (DIO_IS_TOUCH_RING (self));

  if (gtk_widget_should_layout (GTK_WIDGET (self)))
    gtk_widget_allocate (
        GTK_WIDGET (self), SIZE, SIZE, -1,
        gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT (self->x - SIZE / 2.0f, self->y - SIZE / 2.0f)));
}

static void
dio_touch_ring_class_init (DioTouchRingClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = dio_touch_ring_snapshot;
  widget_class->measure = dio_touch_ring_measure;
  gtk_widget_class_set_css_name (widget_class, "touchring");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
dio_touch_ring_init (DioTouchRing *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
}

DioTouchRing *
dio_touch_ring_new (void)
{
  return g_object_new (DIO_TYPE_TOUCH_RING, NULL);
}
