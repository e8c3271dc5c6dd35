/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/thumbnail.h"

#include "base/debug.h"
#include "display/box-filter.h"
#include "display/frame-reader.h"

/* Of the large picture, read at one go: less than half a millisecond. */
#define SLICE_PIXELS (256 * 1024)

struct _DioThumbnail
{
  GObject parent_instance;

  DioFrameReader *reader;
  GMainContext *context;
  int max_size;
  guint interval_ms;
  DioThumbnailDraw draw;
  gpointer draw_data;

  gboolean active;
  gboolean pending; /* there is something to take */
  gboolean busy;    /* the thread is at work, and has the cells */
  gint64 last_take; /* monotonic */
  GSource *timeout;
  GBytes *picture; /* what is shown, of filter.target_width × target_height as they were then */
  int picture_width, picture_height;

  DioBoxFilter filter;
  guint8 *cells;         /* the small picture, unless busy */
  cairo_region_t *stale; /* cells that are not computed yet */
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioThumbnail, dio_thumbnail, G_TYPE_OBJECT)

static void schedule (DioThumbnail *self);

gint64
dio_thumbnail_get_wait (gint64 last, gint64 now, guint interval_ms)
{
  gint64 due = last + (gint64) interval_ms * 1000;

  return last == 0 || now >= due ? 0 : due - now;
}

/* --- in the thread --- */

/* What the thread works on. The task, which it may be the last to hold, does not own the thumbnail. */
typedef struct
{
  DioFrame *frame;
  DioBoxFilter filter;
  guint8 *cells;
  cairo_region_t *stale;
} Job;

static void
job_free (Job *job)
{
  dio_frame_unref (job->frame);
  g_clear_pointer (&job->cells, g_free);
  g_clear_pointer (&job->stale, cairo_region_destroy);
  g_free (job);
}

/* Computes CELLS straight from the frame's memory. */
static gboolean
run_mapped (Job *job, const cairo_rectangle_int_t *cells, GError **error)
{
  DioBoxFilterSource source = { .format = dio_frame_get_format (job->frame) };

  source.data = dio_frame_map (job->frame, &source.stride, error);
  if (!source.data)
    return FALSE;
  dio_box_filter_run (&job->filter, &source, cells, job->cells);
  dio_frame_unmap (job->frame);
  return TRUE;
}

/* A graphics driver's memory is slow to read other than in long rows, and may need a conversion: its part is fetched.
 */
static gboolean
run_fetched (Job *job, const cairo_rectangle_int_t *cells, GError **error)
{
  const cairo_rectangle_int_t rect = dio_box_filter_get_pixels (&job->filter, cells);
  DioBoxFilterSource source = { .x = rect.x, .y = rect.y, .format = dio_frame_get_format (job->frame) };
  gsize stride = (gsize) rect.width * dio_pixel_format_get_bytes_per_pixel (source.format);
  g_autofree guint8 *pixels = g_malloc (stride * (gsize) rect.height);

  if (!dio_frame_read (job->frame, &rect, pixels, stride, error))
    return FALSE;
  source.data = pixels;
  source.stride = (gssize) stride;
  dio_box_filter_run (&job->filter, &source, cells, job->cells);
  return TRUE;
}

/* Computes the first rows of RECT's cells, as many as a slice has, and cuts them off it. */
static gboolean
run_slice (Job *job, cairo_rectangle_int_t *rect, GError **error)
{
  cairo_rectangle_int_t slice = { rect->x, rect->y, rect->width, 1 };
  cairo_rectangle_int_t pixels = dio_box_filter_get_pixels (&job->filter, &slice);

  slice.height = CLAMP (SLICE_PIXELS / (pixels.width * pixels.height), 1, rect->height);
  rect->y += slice.height;
  rect->height -= slice.height;
  if (dio_frame_get_kind (job->frame) == DIO_FRAME_DMABUF)
    return run_fetched (job, &slice, error);
  return run_mapped (job, &slice, error);
}

static void
run (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  GError *error = NULL;

  for (int i = 0; i < cairo_region_num_rectangles (job->stale); i++)
    {
      cairo_rectangle_int_t rect;

      cairo_region_get_rectangle (job->stale, i, &rect);
      while (rect.height > 0)
        if (!run_slice (job, &rect, &error))
          {
            g_task_return_error (task, error);
            return;
          }
    }
  g_task_return_boolean (task, TRUE);
}

/* --- in the main context --- */

static void
publish (DioThumbnail *self)
{
  const int width = self->filter.target_width, height = self->filter.target_height;

  cairo_region_destroy (self->stale);
  self->stale = cairo_region_create ();
  g_clear_pointer (&self->picture, g_bytes_unref);
  self->picture = g_bytes_new (self->cells, (gsize) width * (gsize) height * 4);
  self->picture_width = width;
  self->picture_height = height;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* After a failure. */
static void
set_all_stale (DioThumbnail *self)
{
  const cairo_rectangle_int_t all = { 0, 0, self->filter.target_width, self->filter.target_height };

  cairo_region_destroy (self->stale);
  self->stale = cairo_region_create_rectangle (&all);
}

static void
on_run (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioThumbnail) self = user_data;
  Job *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->busy = FALSE;
  self->cells = g_steal_pointer (&job->cells);
  if (g_task_propagate_boolean (G_TASK (result), &error))
    publish (self);
  else
    {
      g_debug ("No thumbnail: %s", error->message);
      set_all_stale (self);
    }
  schedule (self);
}

/* Makes the small picture one of FRAME, where it was of one of another size. */
static void
follow_size (DioThumbnail *self, DioFrame *frame)
{
  DioBoxFilter filter;

  dio_box_filter_init (&filter, dio_frame_get_width (frame), dio_frame_get_height (frame), self->max_size);
  if (self->cells && filter.width == self->filter.width && filter.height == self->filter.height)
    return;
  self->filter = filter;
  g_free (self->cells);
  self->cells = g_malloc0_n ((gsize) filter.target_width * (gsize) filter.target_height, 4);
  set_all_stale (self);
}

static void
add_stale (DioThumbnail *self, const cairo_region_t *damage)
{
  const cairo_rectangle_int_t all = { 0, 0, self->filter.width, self->filter.height };

  for (int i = 0; i < cairo_region_num_rectangles (damage); i++)
    {
      cairo_rectangle_int_t rect, cells;
      int right, bottom;

      cairo_region_get_rectangle (damage, i, &rect);
      right = MIN (rect.x + rect.width, all.width);
      bottom = MIN (rect.y + rect.height, all.height);
      rect.x = MAX (rect.x, 0);
      rect.y = MAX (rect.y, 0);
      rect.width = right - rect.x;
      rect.height = bottom - rect.y;
      if (rect.width < 1 || rect.height < 1)
        continue;
      cells = dio_box_filter_get_cells (&self->filter, &rect);
      cairo_region_union_rectangle (self->stale, &cells);
    }
}

/* The picture is where only the graphics card can read it. */
static void
draw_unreadable (DioThumbnail *self)
{
  const int width = self->filter.target_width, height = self->filter.target_height;

  if (!self->draw || !self->draw (width, height, self->cells, (gsize) width * 4, self->draw_data))
    {
      set_all_stale (self);
      return;
    }
  for (gsize i = 3; i < (gsize) width * (gsize) height * 4; i += 4)
    self->cells[i] = 255;
  publish (self);
}

static void
look (DioThumbnail *self)
{
  DioFrame *frame = dio_frame_reader_take (self->reader);
  g_autoptr (GTask) task = NULL;
  Job *job;

  self->pending = FALSE;
  if (!frame)
    return;
  self->last_take = g_get_monotonic_time ();
  dio_debug (DIO_DEBUG_FRAMES, "thumbnail of %d × %d, %d rectangles are new", dio_frame_get_width (frame),
             dio_frame_get_height (frame), cairo_region_num_rectangles (dio_frame_get_damage (frame)));
  follow_size (self, frame);
  add_stale (self, dio_frame_get_damage (frame));
  if (!dio_frame_is_readable (frame))
    {
      draw_unreadable (self);
      dio_frame_unref (frame);
      return;
    }
  self->busy = TRUE;
  job = g_new (Job, 1);
  *job = (Job) { frame, self->filter, g_steal_pointer (&self->cells), g_steal_pointer (&self->stale) };
  self->stale = cairo_region_create ();
  task = g_task_new (NULL, NULL, on_run, g_object_ref (self));
  g_task_set_source_tag (task, look);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, run);
}

static gboolean
on_timeout (gpointer user_data)
{
  DioThumbnail *self = user_data;

  g_clear_pointer (&self->timeout, g_source_unref);
  schedule (self);
  return G_SOURCE_REMOVE;
}

/* Looks now or when it is due, where there is something new that somebody wants to see. */
static void
schedule (DioThumbnail *self)
{
  gint64 wait;

  if (!self->active || !self->pending || self->busy || self->timeout)
    return;
  wait = dio_thumbnail_get_wait (self->last_take, g_get_monotonic_time (), self->interval_ms);
  if (wait == 0)
    {
      look (self);
      return;
    }
  self->timeout = g_timeout_source_new ((guint) (wait + 999) / 1000);
  g_source_set_static_name (self->timeout, "[diorama] thumbnail");
  g_source_set_callback (self->timeout, on_timeout, self, NULL);
  g_source_attach (self->timeout, self->context);
}

static void
on_reader_changed (DioThumbnail *self)
{
  self->pending = TRUE;
  schedule (self);
}

static void
stop_timeout (DioThumbnail *self)
{
  if (self->timeout)
    g_source_destroy (self->timeout);
  g_clear_pointer (&self->timeout, g_source_unref);
}

void
dio_thumbnail_set_active (DioThumbnail *self, gboolean active)
{
  g_return_if_fail (DIO_IS_THUMBNAIL (self));

  if (self->active == active)
    return;
  self->active = active;
  if (!active)
    stop_timeout (self);
  schedule (self);
}

void
dio_thumbnail_set_draw (DioThumbnail *self, DioThumbnailDraw draw, gpointer user_data)
{
  g_return_if_fail (DIO_IS_THUMBNAIL (self));

  self->draw = draw;
  self->draw_data = user_data;
}

GBytes *
dio_thumbnail_get_picture (DioThumbnail *self, int *ret_width, int *ret_height)
{
  g_return_val_if_fail (DIO_IS_THUMBNAIL (self), NULL);

  *ret_width = self->picture_width;
  *ret_height = self->picture_height;
  return self->picture;
}

static void
dio_thumbnail_dispose (GObject *object)
{
  DioThumbnail *self = DIO_THUMBNAIL (object);

  self->active = FALSE;
  stop_timeout (self);
  g_clear_object (&self->reader);
  G_OBJECT_CLASS (dio_thumbnail_parent_class)->dispose (object);
}

static void
dio_thumbnail_finalize (GObject *object)
{
  DioThumbnail *self = DIO_THUMBNAIL (object);

  g_clear_pointer (&self->picture, g_bytes_unref);
  g_clear_pointer (&self->cells, g_free);
  g_clear_pointer (&self->stale, cairo_region_destroy);
  g_clear_pointer (&self->context, g_main_context_unref);
  G_OBJECT_CLASS (dio_thumbnail_parent_class)->finalize (object);
}

static void
dio_thumbnail_class_init (DioThumbnailClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_thumbnail_dispose;
  object_class->finalize = dio_thumbnail_finalize;
  signals[CHANGED] =
      g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_thumbnail_init (DioThumbnail *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->stale = cairo_region_create ();
}

DioThumbnail *
dio_thumbnail_new (DioFramebuffer *framebuffer, int max_size, guint interval_ms)
{
  DioThumbnail *self;

  g_return_val_if_fail (DIO_IS_FRAMEBUFFER (framebuffer), NULL);
  g_return_val_if_fail (max_size > 0, NULL);

  self = g_object_new (DIO_TYPE_THUMBNAIL, NULL);
  self->max_size = max_size;
  self->interval_ms = interval_ms;
  self->reader = dio_frame_reader_new (framebuffer);
  /* A picture that is there already is new to a new reader. */
  self->pending = TRUE;
  g_signal_connect_object (self->reader, "changed", G_CALLBACK (on_reader_changed), self, G_CONNECT_SWAPPED);
  return self;
}
