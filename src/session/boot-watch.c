/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/boot-watch.h"

#include "base/debug.h"

#include <string.h>

#define INTERVAL 2 /* s */
#define QUIET (15 * G_USEC_PER_SEC)
#define SILENT (45 * G_USEC_PER_SEC) /* nothing was read at all */
#define BIOS_LIMIT (8 * 1024)        /* bytes of a drive */
#define UEFI_LIMIT (1024 * 1024)

struct _DioBootWatch
{
  GObject parent_instance;

  DioMachine *machine;
  GCancellable *run; /* what is asked of the present QEMU */
  guint timeout_id;
  gint64 thread; /* of the first processor; 0: not known */
  DioBootJudge judge;
  gboolean stuck;
};

G_DEFINE_FINAL_TYPE (DioBootWatch, dio_boot_watch, G_TYPE_OBJECT)

enum
{
  PROP_STUCK = 1,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

/* --- judging --- */

/* Since the sample before. */
static gboolean
is_busy (DioBootJudge *self, const DioBootSample *sample)
{
  return self->uefi && 2 * (sample->busy - self->before.busy) > sample->time - self->before.time;
}

DioBootVerdict
dio_boot_judge_take (DioBootJudge *self, const DioBootSample *sample)
{
  guint64 limit = (guint64) (self->uefi ? UEFI_LIMIT : BIOS_LIMIT) * MAX (sample->n_drives, 1);
  gint64 quiet;

  if (!self->begun)
    {
      self->begun = TRUE;
      self->first = (DioBootSample) { .time = sample->time, .busy = sample->busy };
      self->last = self->before = self->first;
    }
  if (sample->written > self->first.written || sample->read - self->first.read > limit)
    return DIO_BOOT_STARTED;
  if (sample->read != self->last.read || is_busy (self, sample))
    self->last = *sample;
  self->before = *sample;
  quiet = sample->time - self->last.time;
  return quiet >= (sample->read > self->first.read ? QUIET : SILENT) ? DIO_BOOT_STUCK : DIO_BOOT_UNDECIDED;
}

static JsonObject *
get_object (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static guint64
get_count (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  gint64 value = node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64
                     ? json_node_get_int (node)
                     : 0;

  return (guint64) MAX (value, 0);
}

/* Drives as vm/argv-disks.c names them: QEMU tells their id, or a path that has it. */
static gboolean
is_drive (JsonObject *device)
{
  JsonNode *node = json_object_get_member (device, "qdev");
  const char *path = node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
                         ? json_node_get_string (node)
                         : "";

  return strstr (path, "-drive") != NULL;
}

gboolean
dio_boot_sample_read (JsonNode *answer, DioBootSample *ret_sample)
{
  JsonArray *devices = JSON_NODE_HOLDS_ARRAY (answer) ? json_node_get_array (answer) : NULL;
  DioBootSample sample = { 0 };

  for (guint i = 0; devices && i < json_array_get_length (devices); i++)
    {
      JsonNode *element = json_array_get_element (devices, i);
      JsonObject *device = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
      JsonObject *stats = device && is_drive (device) ? get_object (device, "stats") : NULL;

      if (!stats)
        continue;
      sample.n_drives++;
      sample.read += get_count (stats, "rd_bytes");
      sample.written += get_count (stats, "wr_operations");
    }
  *ret_sample = sample;
  return sample.n_drives > 0;
}

/* --- looking --- */

static void
set_stuck (DioBootWatch *self, gboolean stuck)
{
  if (self->stuck == stuck)
    return;
  self->stuck = stuck;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STUCK]);
}

static void
stop (DioBootWatch *self)
{
  g_cancellable_cancel (self->run);
  g_clear_object (&self->run);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  set_stuck (self, FALSE);
}

/* How long the first processor has run, and was kept waiting by the host, µs: the kernel's
 * Documentation/scheduler/sched-stats.rst. */
static void
read_processor (DioBootWatch *self, gint64 *ret_run, gint64 *ret_waited)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%" G_GINT64_FORMAT "/schedstat",
                                           (int) dio_machine_get_pid (self->machine), self->thread);
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  *ret_run = *ret_waited = 0;
  if (self->thread <= 0 || !g_file_get_contents (path, &text, NULL, NULL))
    return;
  words = g_strsplit (text, " ", 3);
  if (g_strv_length (words) != 3)
    return;
  *ret_run = (gint64) (g_ascii_strtoull (words[0], NULL, 10) / 1000);
  *ret_waited = (gint64) (g_ascii_strtoull (words[1], NULL, 10) / 1000);
}

static void
on_sample (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioBootWatch *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);
  DioBootSample sample;
  DioBootVerdict verdict;
  gint64 waited;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* SELF may be gone */
  if (!answer || !dio_boot_sample_read (answer, &sample))
    {
      stop (self);
      return;
    }
  read_processor (self, &sample.busy, &waited);
  sample.time = g_get_monotonic_time () - waited;
  verdict = dio_boot_judge_take (&self->judge, &sample);
  dio_debug (DIO_DEBUG_VM, "boot: %" G_GUINT64_FORMAT " bytes read, verdict %d", sample.read, (int) verdict);
  if (verdict == DIO_BOOT_STARTED)
    stop (self);
  else
    set_stuck (self, verdict == DIO_BOOT_STUCK);
}

static gboolean
take_sample (gpointer user_data)
{
  DioBootWatch *self = user_data;
  DioQmp *qmp = dio_machine_get_qmp (self->machine);

  /* A guest that stands still reads nothing. */
  if (!qmp || dio_machine_get_state (self->machine) != DIO_MACHINE_RUNNING)
    self->judge.begun = FALSE;
  else
    dio_qmp_execute_async (qmp, "query-blockstats", NULL, -1, self->run, on_sample, self);
  return G_SOURCE_CONTINUE;
}

static void
on_processors (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioBootWatch *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);
  JsonArray *processors = answer && JSON_NODE_HOLDS_ARRAY (answer) ? json_node_get_array (answer) : NULL;
  JsonNode *first =
      processors && json_array_get_length (processors) > 0 ? json_array_get_element (processors, 0) : NULL;

  if (first && JSON_NODE_HOLDS_OBJECT (first))
    self->thread = (gint64) get_count (json_node_get_object (first), "thread-id");
}

/* A kernel of ours is no firmware's to find; on an isolated network another machine may be what it starts from; a menu
 * waits for the user. */
static gboolean
is_watched (DioMachineConfig *config)
{
  return dio_machine_config_get_kernel (config) == NULL && !dio_machine_config_get_boot_menu (config) &&
         dio_machine_config_get_network (config) != DIO_NETWORK_ISOLATED && dio_machine_config_get_n_disks (config) > 0;
}

static void
on_ready (DioBootWatch *self)
{
  DioMachineConfig *config = dio_machine_get_config (self->machine);

  stop (self);
  if (!is_watched (config))
    return;
  self->judge = (DioBootJudge) { .uefi = dio_machine_config_get_firmware (config) != DIO_FIRMWARE_BIOS };
  self->thread = 0;
  self->run = g_cancellable_new ();
  dio_qmp_execute_async (dio_machine_get_qmp (self->machine), "query-cpus-fast", NULL, -1, self->run, on_processors,
                         self);
  self->timeout_id = g_timeout_add_seconds (INTERVAL, take_sample, self);
}

static void
on_state_changed (DioBootWatch *self)
{
  DioMachineState state = dio_machine_get_state (self->machine);

  if (state != DIO_MACHINE_RUNNING && state != DIO_MACHINE_PAUSED)
    stop (self);
}

/* --- object --- */

gboolean
dio_boot_watch_get_stuck (DioBootWatch *self)
{
  g_return_val_if_fail (DIO_IS_BOOT_WATCH (self), FALSE);
  return self->stuck;
}

DioFirmware
dio_boot_watch_choose_other (DioMachineConfig *config)
{
  return dio_machine_config_get_firmware (config) == DIO_FIRMWARE_BIOS ? DIO_FIRMWARE_UEFI : DIO_FIRMWARE_BIOS;
}

static void
dio_boot_watch_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_STUCK)
    g_value_set_boolean (value, DIO_BOOT_WATCH (object)->stuck);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
dio_boot_watch_dispose (GObject *object)
{
  DioBootWatch *self = DIO_BOOT_WATCH (object);

  g_cancellable_cancel (self->run);
  g_clear_object (&self->run);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_object (&self->machine);
  G_OBJECT_CLASS (dio_boot_watch_parent_class)->dispose (object);
}

static void
dio_boot_watch_class_init (DioBootWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_boot_watch_get_property;
  object_class->dispose = dio_boot_watch_dispose;
  props[PROP_STUCK] = g_param_spec_boolean ("stuck", NULL, NULL, FALSE,
                                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_boot_watch_init (DioBootWatch *self)
{
}

DioBootWatch *
dio_boot_watch_new (DioMachine *machine)
{
  DioBootWatch *self;

  g_return_val_if_fail (DIO_IS_MACHINE (machine), NULL);

  self = g_object_new (DIO_TYPE_BOOT_WATCH, NULL);
  self->machine = g_object_ref (machine);
  g_signal_connect_object (machine, "ready", G_CALLBACK (on_ready), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  return self;
}
