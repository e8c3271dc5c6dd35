/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/library-item.h"

#include "ui/console-window-private.h"
#include "ui/picture-cache.h"
#include "ui/still-paintable.h"
#include "ui/thumbnail-paintable.h"

#include <glib/gi18n.h>

struct _DioLibraryItem
{
  GObject parent_instance;

  DioLibraryMachine *machine;
  DioConsoleWindow *window; /* (unowned): goes with set_window() */
  DioMachine *running;
  GSignalGroup *running_signals; /* NULL while it never ran */
  GSignalGroup *session_signals;
  GSignalGroup *job_signals;
  gboolean hidden;
  DioLook look; /* as last told */

  /* made when they are first asked for */
  char *name_key;
  char *group_key;
  char *folded;

  gboolean watched;
  DioThumbnailPaintable *thumbnail; /* while there is a window and somebody looks */
  DioStillPaintable *still;         /* the last picture, while somebody looks */
  GCancellable *loading;
  gboolean asked;
};

enum
{
  CHANGED,
  KEYS_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioLibraryItem, dio_library_item, G_TYPE_OBJECT)

/* --- what it is --- */

DioLibraryMachine *
dio_library_item_get_machine (DioLibraryItem *self)
{
  return self->machine;
}

DioConsoleWindow *
dio_library_item_get_window (DioLibraryItem *self)
{
  return self->window;
}

DioMachine *
dio_library_item_get_running (DioLibraryItem *self)
{
  return self->running;
}

const char *
dio_library_item_get_name (DioLibraryItem *self)
{
  if (self->machine)
    return dio_library_machine_get_name (self->machine);
  /* Somebody may still hold it when the window has gone. */
  return self->window ? dio_console_window_get_name (self->window) : "";
}

const char *
dio_library_item_get_os_name (DioLibraryItem *self)
{
  return self->machine ? dio_library_machine_get_os_name (self->machine) : NULL;
}

const char *
dio_library_item_get_group (DioLibraryItem *self)
{
  const char *group = self->machine ? dio_library_machine_get_group (self->machine) : NULL;

  return group ? group : "";
}

DioJob *
dio_library_item_get_job (DioLibraryItem *self)
{
  return self->machine ? dio_library_machine_get_job (self->machine) : NULL;
}

gint64
dio_library_item_get_last_used (DioLibraryItem *self)
{
  return self->machine ? dio_library_machine_get_last_used (self->machine) : 0;
}

gint64
dio_library_item_get_disk_use (DioLibraryItem *self)
{
  return self->machine ? dio_library_machine_get_disk_use (self->machine) : -1;
}

guint64
dio_library_item_get_memory (DioLibraryItem *self)
{
  DioDefinition *definition = self->machine ? dio_library_machine_get_definition (self->machine) : NULL;

  if (self->running)
    return dio_machine_config_get_memory (dio_machine_get_config (self->running));
  return definition ? dio_machine_config_get_memory (dio_definition_get_config (definition)) : 0;
}

gboolean
dio_library_item_get_hidden (DioLibraryItem *self)
{
  return self->hidden;
}

/* --- its state --- */

static gboolean
look_of_run (DioLibraryItem *self, DioLook *ret_look)
{
  DioMachineState state;

  if (self->window)
    state = dio_console_window_get_state (self->window);
  else if (self->running)
    state = dio_machine_get_state (self->running);
  else
    return FALSE;

  switch (state)
    {
    case DIO_MACHINE_RUNNING:
      *ret_look = DIO_LOOK_RUNNING;
      return TRUE;
    case DIO_MACHINE_PAUSED:
      *ret_look = DIO_LOOK_PAUSED;
      return TRUE;
    case DIO_MACHINE_STARTING:
    case DIO_MACHINE_STOPPING:
      *ret_look = DIO_LOOK_BUSY;
      return TRUE;
    case DIO_MACHINE_FAILED:
    case DIO_MACHINE_CRASHED:
      *ret_look = DIO_LOOK_FAILED;
      return TRUE;
    case DIO_MACHINE_STOPPED:
    default:
      return FALSE;
    }
}

DioLook
dio_library_item_get_look (DioLibraryItem *self)
{
  DioLook look = DIO_LOOK_OFF;

  if (look_of_run (self, &look) || !self->machine)
    return look;
  switch (dio_library_machine_get_state (self->machine))
    {
    case DIO_LIBRARY_MACHINE_DAMAGED:
      return DIO_LOOK_DAMAGED;
    case DIO_LIBRARY_MACHINE_OFFLINE:
      return DIO_LOOK_OFFLINE;
    case DIO_LIBRARY_MACHINE_IN_USE:
      return DIO_LOOK_IN_USE;
    case DIO_LIBRARY_MACHINE_WORKING:
      return DIO_LOOK_WORKING;
    case DIO_LIBRARY_MACHINE_READY:
    case DIO_LIBRARY_MACHINE_NEWER:
    default:
      return DIO_LOOK_OFF;
    }
}

/* How many days before today THEN was. */
static gint64
count_days (GDateTime *then)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) midnight = NULL;

  midnight = g_date_time_new_local (g_date_time_get_year (now), g_date_time_get_month (now),
                                    g_date_time_get_day_of_month (now), 0, 0, 0);
  return g_date_time_compare (then, midnight) >= 0 ? 0 : g_date_time_difference (midnight, then) / G_TIME_SPAN_DAY + 1;
}

/* As one says it: the day, if it is not long ago. SENTENCE: "Used today". */
static char *
dup_day (gint64 seconds, gboolean sentence)
{
  g_autoptr (GDateTime) then = g_date_time_new_from_unix_local (seconds);
  gint64 days = then ? count_days (then) : 0;

  if (!then)
    return g_strdup ("");
  if (days == 0)
    return g_strdup (sentence ? _ ("Used today") : _ ("Today"));
  if (days == 1)
    return g_strdup (sentence ? _ ("Used yesterday") : _ ("Yesterday"));
  if (days < 7)
    /* Translators: %A is the name of a day of the week. */
    return g_date_time_format (then, sentence ? _ ("Used on %A") : "%A");
  /* Translators: %x is a date. */
  return g_date_time_format (then, sentence ? _ ("Used on %x") : "%x");
}

static char *
dup_library_text (DioLibraryItem *self, DioLook look, gboolean with_use)
{
  const char *message = self->machine ? dio_library_machine_get_message (self->machine) : NULL;
  DioJob *job = dio_library_item_get_job (self);

  switch (look)
    {
    case DIO_LOOK_DAMAGED:
      return g_strdup (_ ("Damaged; open it to restore it"));
    case DIO_LOOK_OFFLINE:
      return g_strdup (message ? message : _ ("Its drive is not there"));
    case DIO_LOOK_IN_USE:
      return g_strdup (message ? message : _ ("In use elsewhere"));
    case DIO_LOOK_WORKING:
      if (job && dio_job_get_detail (job))
        return g_strdup (dio_job_get_detail (job));
      return g_strdup (job ? dio_job_get_title (job) : _ ("Working…"));
    default:
      if (message)
        return g_strdup (message);
      if (!self->machine)
        return g_strdup (_ ("Off"));
      if (dio_library_machine_get_last_used (self->machine) == 0)
        return g_strdup (_ ("New"));
      return with_use ? dup_day (dio_library_machine_get_last_used (self->machine), TRUE) : g_strdup (_ ("Off"));
    }
}

char *
dio_library_item_dup_state_text (DioLibraryItem *self, gboolean with_use)
{
  DioLook look = dio_library_item_get_look (self);
  const GError *failure = self->running ? dio_machine_get_failure (self->running) : NULL;
  const char *text = self->window ? dio_console_window_get_state_text (self->window) : "";

  switch (look)
    {
    case DIO_LOOK_FAILED:
      if (failure)
        return g_strdup (failure->message);
      return g_strdup (*text ? text : _ ("Ended unexpectedly"));
    case DIO_LOOK_RUNNING:
      return g_strdup (*text ? text : _ ("Running"));
    case DIO_LOOK_PAUSED:
      return g_strdup (_ ("Paused"));
    case DIO_LOOK_BUSY:
      if (*text)
        return g_strdup (text);
      return g_strdup (dio_machine_get_state (self->running) == DIO_MACHINE_STARTING ? _ ("Starting…")
                                                                                     : _ ("Shutting down…"));
    default:
      return dup_library_text (self, look, with_use);
    }
}

char *
dio_library_item_dup_used_text (DioLibraryItem *self)
{
  gint64 used = dio_library_item_get_last_used (self);

  if (self->running)
    return g_strdup (_ ("Now"));
  return used > 0 ? dup_day (used, FALSE) : g_strdup ("");
}

/* --- order and search --- */

char *
dio_library_item_fold (const char *text)
{
  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);

  return g_utf8_casefold (normal ? normal : "", -1);
}

static const char *
name_key (DioLibraryItem *self)
{
  if (!self->name_key)
    self->name_key = g_utf8_collate_key_for_filename (dio_library_item_get_name (self), -1);
  return self->name_key;
}

static const char *
group_key (DioLibraryItem *self)
{
  if (!self->group_key)
    self->group_key = g_utf8_collate_key_for_filename (dio_library_item_get_group (self), -1);
  return self->group_key;
}

int
dio_library_item_compare_names (DioLibraryItem *a, DioLibraryItem *b)
{
  return strcmp (name_key (a), name_key (b));
}

/* What has none comes first: the empty text is the least. */
int
dio_library_item_compare_groups (DioLibraryItem *a, DioLibraryItem *b)
{
  if (!*dio_library_item_get_group (a) && !*dio_library_item_get_group (b))
    return 0;
  return strcmp (group_key (a), group_key (b));
}

static const char *
folded (DioLibraryItem *self)
{
  DioDefinition *definition = self->machine ? dio_library_machine_get_definition (self->machine) : NULL;
  const char *notes = definition ? dio_definition_get_notes (definition) : NULL;
  const char *os = dio_library_item_get_os_name (self);
  g_autofree char *all = NULL;

  if (self->folded)
    return self->folded;
  all = g_strjoin ("\n", dio_library_item_get_name (self), os ? os : "", dio_library_item_get_group (self),
                   notes ? notes : "", NULL);
  self->folded = dio_library_item_fold (all);
  return self->folded;
}

gboolean
dio_library_item_matches (DioLibraryItem *self, const char *const *words)
{
  for (guint i = 0; words && words[i]; i++)
    if (!strstr (folded (self), words[i]))
      return FALSE;
  return TRUE;
}

static void
forget_keys (DioLibraryItem *self)
{
  g_clear_pointer (&self->name_key, g_free);
  g_clear_pointer (&self->group_key, g_free);
  g_clear_pointer (&self->folded, g_free);
}

/* --- its picture --- */

static void
take_texture (DioLibraryItem *self, GdkTexture *texture)
{
  g_clear_object (&self->still);
  self->still = dio_still_paintable_new (texture);
}

static void
on_picture_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryItem) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = dio_picture_cache_load_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->loading);
  if (error)
    g_debug ("No picture of “%s”: %s", dio_library_item_get_name (self), error->message);
  if (texture && self->watched)
    take_texture (self, texture);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
look_for_picture (DioLibraryItem *self)
{
  g_autofree char *path = self->machine ? dio_library_machine_dup_picture_path (self->machine) : NULL;
  GdkTexture *texture = path ? dio_picture_cache_peek (path) : NULL;

  if (texture)
    take_texture (self, texture);
  else if (path && !self->loading)
    {
      self->loading = g_cancellable_new ();
      dio_picture_cache_load_async (path, self->loading, on_picture_loaded, g_object_ref (self));
    }
}

static void
drop_picture (DioLibraryItem *self)
{
  if (self->thumbnail)
    dio_thumbnail_paintable_set_active (self->thumbnail, FALSE);
  g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
}

void
dio_library_item_set_watched (DioLibraryItem *self, gboolean watched)
{
  g_return_if_fail (DIO_IS_LIBRARY_ITEM (self));

  if (self->watched == watched)
    return;
  self->watched = watched;
  if (!watched)
    {
      drop_picture (self);
      g_clear_object (&self->still);
    }
  else if (!self->window)
    look_for_picture (self);
  else
    {
      if (!self->thumbnail)
        self->thumbnail = dio_thumbnail_paintable_new (self->window->view);
      dio_thumbnail_paintable_set_active (self->thumbnail, TRUE);
    }
}

GdkPaintable *
dio_library_item_get_picture (DioLibraryItem *self)
{
  return self->thumbnail ? GDK_PAINTABLE (self->thumbnail) : self->still ? GDK_PAINTABLE (self->still) : NULL;
}

gboolean
dio_library_item_get_picture_comes (DioLibraryItem *self)
{
  return self->loading != NULL;
}

static void
on_details (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryItem) self = user_data;
  g_autoptr (DioDefinition) definition = dio_library_machine_load_finish (DIO_LIBRARY_MACHINE (source), result, NULL);

  if (definition)
    g_signal_emit (self, signals[CHANGED], 0);
}

void
dio_library_item_ask_details (DioLibraryItem *self)
{
  if (self->asked || !self->machine || dio_library_machine_get_state (self->machine) > DIO_LIBRARY_MACHINE_NEWER)
    return;
  self->asked = TRUE;
  dio_library_machine_measure (self->machine);
  if (!dio_library_machine_get_definition (self->machine))
    dio_library_machine_load_async (self->machine, NULL, on_details, g_object_ref (self));
}

/* --- what happens to it --- */

static void
emit (DioLibraryItem *self, gboolean keys)
{
  DioLook look = dio_library_item_get_look (self);

  keys = keys || look != self->look;
  self->look = look;
  if (keys)
    forget_keys (self);
  g_signal_emit (self, signals[keys ? KEYS_CHANGED : CHANGED], 0);
}

static void
on_look_changed (DioLibraryItem *self)
{
  emit (self, FALSE);
}

/* (nullable): what is to be followed, made the first time. */
static void
follow (GSignalGroup **group, GType type, gpointer target, const char *const *names, DioLibraryItem *self)
{
  if (!*group && !target)
    return;
  if (!*group)
    {
      *group = g_signal_group_new (type);
      for (guint i = 0; names[i]; i++)
        g_signal_group_connect_swapped (*group, names[i], G_CALLBACK (on_look_changed), self);
    }
  g_signal_group_set_target (*group, target);
}

static void
follow_all (DioLibraryItem *self)
{
  static const char *const machine[] = { "notify::state", "notify::failure", NULL };
  static const char *const session[] = { "notify::connected", "notify::title", NULL };
  static const char *const job[] = { "notify::progress", "notify::detail", NULL };
  DioMachine *running = self->machine ? dio_library_machine_get_machine (self->machine) : NULL;

  if (!running && self->window)
    running = self->window->machine;
  g_set_object (&self->running, running);
  follow (&self->running_signals, DIO_TYPE_MACHINE, running, machine, self);
  follow (&self->session_signals, DIO_TYPE_SESSION, self->window ? self->window->session : NULL, session, self);
  follow (&self->job_signals, DIO_TYPE_JOB, dio_library_item_get_job (self), job, self);
}

static void
on_machine_notify (DioLibraryItem *self, GParamSpec *pspec)
{
  static const char *const keys[] = { "name", "os-name", "group", "last-used", "disk-use", NULL };

  if (g_str_equal (pspec->name, "machine") || g_str_equal (pspec->name, "job"))
    follow_all (self);
  emit (self, g_strv_contains (keys, pspec->name));
}

void
dio_library_item_set_window (DioLibraryItem *self, DioConsoleWindow *window)
{
  gboolean watched = self->watched;

  g_return_if_fail (DIO_IS_LIBRARY_ITEM (self));

  if (self->window == window)
    return;
  dio_library_item_set_watched (self, FALSE);
  g_clear_object (&self->thumbnail);
  self->window = window;
  follow_all (self);
  dio_library_item_set_watched (self, watched);
  if (self->machine)
    emit (self, FALSE);
}

void
dio_library_item_set_hidden (DioLibraryItem *self, gboolean hidden)
{
  if (self->hidden == hidden)
    return;
  self->hidden = hidden;
  g_signal_emit (self, signals[KEYS_CHANGED], 0);
}

/* --- object --- */

static void
dio_library_item_dispose (GObject *object)
{
  DioLibraryItem *self = DIO_LIBRARY_ITEM (object);

  drop_picture (self);
  g_clear_object (&self->running_signals);
  g_clear_object (&self->session_signals);
  g_clear_object (&self->job_signals);
  g_clear_object (&self->thumbnail);
  g_clear_object (&self->still);
  g_clear_object (&self->running);
  g_clear_object (&self->machine);
  G_OBJECT_CLASS (dio_library_item_parent_class)->dispose (object);
}

static void
dio_library_item_finalize (GObject *object)
{
  forget_keys (DIO_LIBRARY_ITEM (object));
  G_OBJECT_CLASS (dio_library_item_parent_class)->finalize (object);
}

static void
dio_library_item_class_init (DioLibraryItemClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_library_item_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_library_item_finalize;
  signals[CHANGED] =
      g_signal_new ("changed", DIO_TYPE_LIBRARY_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[KEYS_CHANGED] =
      g_signal_new ("keys-changed", DIO_TYPE_LIBRARY_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_library_item_init (DioLibraryItem *self)
{
}

DioLibraryItem *
dio_library_item_new (DioLibraryMachine *machine, DioConsoleWindow *window)
{
  DioLibraryItem *self;

  g_return_val_if_fail (machine || window, NULL);

  self = g_object_new (DIO_TYPE_LIBRARY_ITEM, NULL);
  self->window = window;
  g_set_object (&self->machine, machine);
  if (machine)
    g_signal_connect_object (machine, "notify", G_CALLBACK (on_machine_notify), self, G_CONNECT_SWAPPED);
  follow_all (self);
  self->look = dio_library_item_get_look (self);
  return self;
}
