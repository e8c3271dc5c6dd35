/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/kvm-watch.h"

#include "base/debug.h"

#define INTERVAL 5 /* s */
#define N_SAMPLES 6
#define N_STUCK 2 /* intervals in a row */

/* A processor that works gives back control at each tick of the host's clock, 100 times a second at least. */
#define MIN_EXITS 10
/* KVM interprets single instructions (accesses to devices), each after an exit; on processors of before 2010 also boot
 * loaders, at most some hundred an exit, but not for ten seconds. */
#define MAX_INTERPRETED (1000 * 1000)
#define MAX_INTERPRETED_PER_EXIT 50

struct _DioKvmWatch
{
  DioQmp *qmp;
  GCancellable *cancellable;
  guint timeout_id;
  DioKvmWatchFunc on_stuck;
  gpointer user_data;

  DioKvmSample last;
  guint n_samples;
  guint n_stuck;
};

static void
read_counter (JsonObject *counter, DioKvmSample *sample, guint *n_counters)
{
  const char *name = json_object_get_string_member_with_default (counter, "name", "");
  JsonNode *value = json_object_get_member (counter, "value");

  if (value == NULL || !JSON_NODE_HOLDS_VALUE (value))
    return;
  if (g_str_equal (name, "exits"))
    sample->exits += json_node_get_int (value);
  else if (g_str_equal (name, "insn_emulation"))
    sample->interpreted += json_node_get_int (value);
  else if (g_str_equal (name, "blocking"))
    sample->waiting = sample->waiting && json_node_get_boolean (value);
  else
    return;
  *n_counters += 1;
}

static JsonObject *
get_object (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

gboolean
dio_kvm_sample_read (JsonNode *answer, DioKvmSample *sample)
{
  JsonArray *processors = JSON_NODE_HOLDS_ARRAY (answer) ? json_node_get_array (answer) : NULL;
  guint n_counters = 0;

  *sample = (DioKvmSample) { .waiting = TRUE };
  for (guint i = 0; processors != NULL && i < json_array_get_length (processors); i++)
    {
      JsonObject *processor = get_object (processors, i);
      JsonNode *node = processor != NULL ? json_object_get_member (processor, "stats") : NULL;
      JsonArray *counters = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

      for (guint j = 0; counters != NULL && j < json_array_get_length (counters); j++)
        if (get_object (counters, j) != NULL)
          read_counter (get_object (counters, j), sample, &n_counters);
    }
  return n_counters > 0 && n_counters == 3 * json_array_get_length (processors);
}

gboolean
dio_kvm_sample_is_stuck (const DioKvmSample *before, const DioKvmSample *after)
{
  guint64 exits = after->exits - before->exits;
  guint64 interpreted = after->interpreted - before->interpreted;

  if (exits < MIN_EXITS && !before->waiting && !after->waiting)
    return TRUE;
  return interpreted > MAX_INTERPRETED && interpreted / MAX_INTERPRETED_PER_EXIT > exits;
}

static gboolean take_sample (gpointer user_data);

static void
on_stats (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioKvmWatch *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);
  DioKvmSample sample;

  /* When cancelled, SELF is gone. */
  if (answer == NULL || !dio_kvm_sample_read (answer, &sample))
    return;
  dio_debug (DIO_DEBUG_VM, "KVM: %" G_GUINT64_FORMAT " exits, %" G_GUINT64_FORMAT " interpreted%s", sample.exits,
             sample.interpreted, sample.waiting ? ", waiting" : "");
  if (self->n_samples > 0 && dio_kvm_sample_is_stuck (&self->last, &sample))
    self->n_stuck++;
  else
    self->n_stuck = 0;
  self->last = sample;
  self->n_samples++;

  if (self->n_stuck == N_STUCK)
    self->on_stuck (self->user_data);
  else if (self->n_samples <= N_SAMPLES)
    self->timeout_id = g_timeout_add_seconds (INTERVAL, take_sample, self);
}

static gboolean
take_sample (gpointer user_data)
{
  DioKvmWatch *self = user_data;
  JsonObject *arguments = json_object_new ();
  JsonObject *provider = json_object_new ();
  JsonArray *providers = json_array_new (), *names = json_array_new ();

  self->timeout_id = 0;
  json_array_add_string_element (names, "exits");
  json_array_add_string_element (names, "insn_emulation");
  json_array_add_string_element (names, "blocking");
  json_object_set_string_member (provider, "provider", "kvm");
  json_object_set_array_member (provider, "names", names);
  json_array_add_object_element (providers, provider);
  json_object_set_string_member (arguments, "target", "vcpu");
  json_object_set_array_member (arguments, "providers", providers);
  dio_qmp_execute_async (self->qmp, "query-stats", arguments, -1, self->cancellable, on_stats, self);
  return G_SOURCE_REMOVE;
}

DioKvmWatch *
dio_kvm_watch_new (DioQmp *qmp, DioKvmWatchFunc on_stuck, gpointer user_data)
{
  DioKvmWatch *self = g_new0 (DioKvmWatch, 1);

  self->qmp = g_object_ref (qmp);
  self->cancellable = g_cancellable_new ();
  self->on_stuck = on_stuck;
  self->user_data = user_data;
  take_sample (self);
  return self;
}

void
dio_kvm_watch_free (DioKvmWatch *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_object_unref (self->cancellable);
  g_object_unref (self->qmp);
  g_free (self);
}
