/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/frame-reader.h"

#include "base/trace.h"
#include "display/account.h"

struct _DioFrameReader
{
  GObject parent_instance;

  DioFramebuffer *framebuffer;
  GMainContext *context;
  DioAccount account;
  GMutex mutex; /* guards what follows */
  GSource *idle;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioFrameReader, dio_frame_reader, G_TYPE_OBJECT)

static gboolean
on_idle (gpointer user_data)
{
  DioFrameReader *self = user_data;
  gboolean taken;

  g_mutex_lock (&self->mutex);
  taken = self->idle != g_main_current_source ();
  if (!taken)
    g_clear_pointer (&self->idle, g_source_unref);
  g_mutex_unlock (&self->mutex);
  if (!taken)
    g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static DioFrameReader *
reader_of (DioAccount *account)
{
  return (DioFrameReader *) ((guint8 *) account - G_STRUCT_OFFSET (DioFrameReader, account));
}

/* Any thread; the account is out of the framebuffer before the reader goes. */
static void
tell (DioAccount *account)
{
  DioFrameReader *self = reader_of (account);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (self->idle)
    return;
  self->idle = g_idle_source_new ();
  g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->idle, on_idle, self, NULL);
  g_source_set_static_name (self->idle, "[diorama] picture changed");
  g_source_attach (self->idle, self->context);
}

static void
untell (DioAccount *account)
{
  DioFrameReader *self = reader_of (account);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (self->idle)
    g_source_destroy (self->idle);
  g_clear_pointer (&self->idle, g_source_unref);
}

DioFrame *
dio_frame_reader_take (DioFrameReader *self)
{
  const gint64 begin = dio_trace_begin ();
  DioFrame *frame;

  g_return_val_if_fail (DIO_IS_FRAME_READER (self), NULL);
  frame = dio_framebuffer_take (self->framebuffer, &self->account);
  if (frame)
    dio_trace_end (begin, "frame taken", "%d × %d, %d rectangles", dio_frame_get_width (frame),
                   dio_frame_get_height (frame), cairo_region_num_rectangles (dio_frame_get_damage (frame)));
  return frame;
}

void
dio_frame_reader_set_pacing (DioFrameReader *self, gboolean pacing)
{
  g_return_if_fail (DIO_IS_FRAME_READER (self));
  dio_framebuffer_set_pacing (self->framebuffer, &self->account, pacing);
}

gboolean
dio_frame_reader_get_pacing (DioFrameReader *self)
{
  g_return_val_if_fail (DIO_IS_FRAME_READER (self), FALSE);
  return self->account.pacing != 0;
}

static void
dio_frame_reader_dispose (GObject *object)
{
  DioFrameReader *self = DIO_FRAME_READER (object);

  if (self->framebuffer)
    dio_framebuffer_remove_account (self->framebuffer, &self->account);
  untell (&self->account);
  g_clear_object (&self->framebuffer);
  G_OBJECT_CLASS (dio_frame_reader_parent_class)->dispose (object);
}

static void
dio_frame_reader_finalize (GObject *object)
{
  DioFrameReader *self = DIO_FRAME_READER (object);

  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (dio_frame_reader_parent_class)->finalize (object);
}

static void
dio_frame_reader_class_init (DioFrameReaderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_frame_reader_dispose;
  object_class->finalize = dio_frame_reader_finalize;

  signals[CHANGED] =
      g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_frame_reader_init (DioFrameReader *self)
{
  g_mutex_init (&self->mutex);
  self->context = g_main_context_ref_thread_default ();
  self->account.tell = tell;
  self->account.untell = untell;
}

DioFrameReader *
dio_frame_reader_new (DioFramebuffer *framebuffer)
{
  DioFrameReader *self;

  g_return_val_if_fail (DIO_IS_FRAMEBUFFER (framebuffer), NULL);
  self = g_object_new (DIO_TYPE_FRAME_READER, NULL);
  self->framebuffer = g_object_ref (framebuffer);
  dio_framebuffer_add_account (framebuffer, &self->account);
  return self;
}
