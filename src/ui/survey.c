/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/survey.h"

#include "ui/console-view-private.h"
#include "ui/console-window-private.h"

#include <time.h>
#include <unistd.h>

#define SCHEMA 1

/* A window with its view's figures. */
typedef struct
{
  DioConsole *console; /* tells consoles apart; NULL: no figures */
  char *title;
  char *uuid; /* NULL: of another program */
  const char *state;
  GPid pid; /* 0: none */
  gboolean visible;
  DioReading reading;
} Entry;

struct _DioSurvey
{
  gint64 time_us;
  gint64 cpu_us;
  GPtrArray *entries;
};

static void
entry_free (Entry *entry)
{
  g_clear_object (&entry->console);
  g_free (entry->title);
  g_free (entry->uuid);
  g_free (entry);
}

/* --- reading --- */

static const char *
renderer_name (GtkWidget *widget)
{
  GtkNative *native = gtk_widget_get_native (widget);
  GskRenderer *renderer = native ? gtk_native_get_renderer (native) : NULL;
  const char *type = renderer ? G_OBJECT_TYPE_NAME (renderer) : NULL;

  if (!type)
    return NULL;
  if (g_str_equal (type, "GskGLRenderer") || g_str_equal (type, "GskNglRenderer"))
    return "gl";
  if (g_str_equal (type, "GskVulkanRenderer"))
    return "vulkan";
  return g_str_equal (type, "GskCairoRenderer") ? "cairo" : type;
}

static const char *
filter_name (GskScalingFilter filter)
{
  switch (filter)
    {
    case GSK_SCALING_FILTER_NEAREST:
      return "nearest";
    case GSK_SCALING_FILTER_TRILINEAR:
      return "trilinear";
    case GSK_SCALING_FILTER_LINEAR:
    default:
      return "linear";
    }
}

gboolean
dio_reading_take (DioReading *ret_reading, DioConsoleView *view)
{
  DioConsole *console = dio_console_view_get_console (view);
  DioPainter *painter = dio_console_view_get_painter (view);
  DioFramebuffer *framebuffer = console ? dio_console_get_framebuffer (console) : NULL;
  DioPainterStats painted;

  if (!console)
    return FALSE;

  dio_console_view_get_painter_stats (view, &painted);
  *ret_reading = (DioReading) {
    .time_us = g_get_monotonic_time (),
    .console = dio_console_get_id (console),
    .head = dio_console_get_head (console),
    .painter = painter ? dio_painter_get_name (painter) : NULL,
    .renderer = painter ? renderer_name (GTK_WIDGET (view)) : NULL,
    .frames_taken = painted.frames,
    .frames_shown = dio_console_view_get_frames_shown (view),
    .bytes_uploaded = painted.bytes_uploaded,
    .imports = painted.imports,
    .draw_delay_us = dio_console_view_get_draw_delay (view),
    .width = dio_framebuffer_get_width (framebuffer),
    .height = dio_framebuffer_get_height (framebuffer),
    .view_width = view->viewport.view_width,
    .view_height = view->viewport.view_height,
    .scale = dio_viewport_get_factor (&view->viewport),
    .filter = filter_name (dio_console_view_choose_filter (view)),
  };
  dio_framebuffer_get_stats (framebuffer, &ret_reading->display);
  return TRUE;
}

static const char *
state_name (DioMachineState state)
{
  g_autoptr (GTypeClass) states = g_type_class_ref (DIO_TYPE_MACHINE_STATE);

  return g_enum_get_value ((GEnumClass *) states, state)->value_nick;
}

static Entry *
entry_new (DioConsoleWindow *window)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->title = g_strdup (dio_console_window_get_name (window));
  entry->state = state_name (dio_console_window_get_state (window));
  entry->visible = gtk_widget_get_mapped (GTK_WIDGET (window)) && !gtk_window_is_suspended (GTK_WINDOW (window));
  if (window->machine)
    {
      entry->uuid = g_strdup (dio_machine_config_get_uuid (dio_machine_get_config (window->machine)));
      entry->pid = dio_machine_get_pid (window->machine);
    }
  if (dio_reading_take (&entry->reading, window->view))
    entry->console = g_object_ref (dio_console_view_get_console (window->view));
  return entry;
}

static gint64
processor_time (void)
{
  struct timespec time;

  if (clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time) != 0)
    return 0;
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

DioSurvey *
dio_survey_new (GtkApplication *application)
{
  DioSurvey *self = g_new0 (DioSurvey, 1);

  self->time_us = g_get_monotonic_time ();
  self->cpu_us = processor_time ();
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  for (GList *l = gtk_application_get_windows (application); l; l = l->next)
    if (DIO_IS_CONSOLE_WINDOW (l->data) && DIO_CONSOLE_WINDOW (l->data)->session)
      g_ptr_array_add (self->entries, entry_new (l->data));
  return self;
}

void
dio_survey_free (DioSurvey *self)
{
  g_ptr_array_unref (self->entries);
  g_free (self);
}

/* --- JSON --- */

static const Entry *
find_before (const DioSurvey *before, const Entry *entry)
{
  for (guint i = 0; before && i < before->entries->len; i++)
    {
      const Entry *candidate = before->entries->pdata[i];

      if (candidate->console == entry->console)
        return candidate;
    }
  return NULL;
}

static JsonObject *
entry_to_json (const Entry *entry, const DioSurvey *before)
{
  JsonObject *object = json_object_new ();
  JsonArray *heads = json_array_new ();
  g_autofree char *title = g_utf8_make_valid (entry->title, -1);

  json_object_set_string_member (object, "title", title);
  if (entry->uuid)
    json_object_set_string_member (object, "machine", entry->uuid);
  else
    json_object_set_null_member (object, "machine");
  json_object_set_string_member (object, "state", entry->state);
  if (entry->pid > 0)
    json_object_set_int_member (object, "qemu_pid", entry->pid);
  else
    json_object_set_null_member (object, "qemu_pid");
  json_object_set_boolean_member (object, "visible", entry->visible);
  if (entry->console)
    {
      const Entry *then = find_before (before, entry);
      DioRates rates;
      gboolean rated = then && dio_rates_compute (&then->reading, &entry->reading, &rates);

      json_array_add_object_element (heads, dio_reading_to_json (&entry->reading, rated ? &rates : NULL));
    }
  json_object_set_array_member (object, "heads", heads);
  return object;
}

char *
dio_survey_to_json (const DioSurvey *self, const DioSurvey *before)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  JsonArray *windows = json_array_new ();
  g_autofree char *text = NULL;

  json_object_set_int_member (object, "schema", SCHEMA);
  json_object_set_string_member (object, "version", DIO_VERSION);
  json_object_set_int_member (object, "time_us", self->time_us);
  json_object_set_int_member (object, "pid", getpid ());
  json_object_set_int_member (object, "cpu_us", self->cpu_us);
  if (before)
    json_object_set_int_member (object, "interval_us", self->time_us - before->time_us);
  for (guint i = 0; i < self->entries->len; i++)
    json_array_add_object_element (windows, entry_to_json (self->entries->pdata[i], before));
  json_object_set_array_member (object, "windows", windows);
  json_node_take_object (root, object);
  text = json_to_string (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}
