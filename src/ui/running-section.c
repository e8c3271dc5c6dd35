/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/running-section.h"

#include "ui/console-window-private.h"
#include "ui/machine-tile.h"
#include "ui/thumbnail-paintable.h"

#include <glib/gi18n.h>

/* A machine on show. */
typedef struct
{
  DioSession *session;      /* owned */
  DioConsoleWindow *window; /* (unowned): the first of the session's */
  DioMachineTile *tile;     /* (unowned): the flow box's */
  DioThumbnailPaintable *paintable;
  GSignalGroup *session_signals;
  GSignalGroup *machine_signals;
} Entry;

struct _DioRunningSection
{
  AdwBin parent_instance;

  DioApplication *application; /* (unowned) */
  GPtrArray *entries;
  guint refresh_id;
  GtkWindow *root; /* while mapped; (unowned) */

  /* template */
  GtkFlowBox *tiles;
};

enum
{
  PROP_0,
  PROP_EMPTY,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (DioRunningSection, dio_running_section, ADW_TYPE_BIN)

static void
entry_free (Entry *entry)
{
  dio_thumbnail_paintable_set_active (entry->paintable, FALSE);
  g_clear_object (&entry->session_signals);
  g_clear_object (&entry->machine_signals);
  g_clear_object (&entry->paintable);
  g_clear_object (&entry->session);
  g_free (entry);
}

/* --- whether somebody looks --- */

static void
follow_visibility (DioRunningSection *self)
{
  gboolean seen = self->root && !gtk_window_is_suspended (self->root);

  for (guint i = 0; self->entries && i < self->entries->len; i++)
    dio_thumbnail_paintable_set_active (((Entry *) self->entries->pdata[i])->paintable, seen);
}

static void
dio_running_section_map (GtkWidget *widget)
{
  DioRunningSection *self = DIO_RUNNING_SECTION (widget);
  GtkRoot *root = gtk_widget_get_root (widget);

  GTK_WIDGET_CLASS (dio_running_section_parent_class)->map (widget);
  if (!GTK_IS_WINDOW (root))
    return;
  self->root = GTK_WINDOW (root);
  g_signal_connect_object (root, "notify::suspended", G_CALLBACK (follow_visibility), self, G_CONNECT_SWAPPED);
  follow_visibility (self);
}

static void
dio_running_section_unmap (GtkWidget *widget)
{
  DioRunningSection *self = DIO_RUNNING_SECTION (widget);

  if (self->root)
    g_signal_handlers_disconnect_by_func (self->root, follow_visibility, self);
  self->root = NULL;
  follow_visibility (self);
  GTK_WIDGET_CLASS (dio_running_section_parent_class)->unmap (widget);
}

/* --- tiles --- */

static void queue_refresh (DioRunningSection *self);

static Entry *
find_entry (DioRunningSection *self, DioSession *session)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (entry->session == session)
        return entry;
    }
  return NULL;
}

static void
update_tile (Entry *entry)
{
  const char *text = dio_console_window_get_state_text (entry->window);

  dio_machine_tile_set_name (entry->tile, dio_console_window_get_name (entry->window));
  dio_machine_tile_set_state (entry->tile, *text ? text : _ ("Running"),
                              dio_console_window_get_state (entry->window) == DIO_MACHINE_RUNNING);
}

static void
add_entry (DioRunningSection *self, DioConsoleWindow *window)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->session = g_object_ref (window->session);
  entry->window = window;
  entry->tile = dio_machine_tile_new ();
  entry->paintable = dio_thumbnail_paintable_new (window->view);
  dio_machine_tile_set_paintable (entry->tile, GDK_PAINTABLE (entry->paintable));
  g_signal_connect_object (entry->tile, "clicked", G_CALLBACK (gtk_window_present), window, G_CONNECT_SWAPPED);

  entry->session_signals = g_signal_group_new (DIO_TYPE_SESSION);
  g_signal_group_connect_swapped (entry->session_signals, "notify", G_CALLBACK (queue_refresh), self);
  g_signal_group_set_target (entry->session_signals, window->session);
  entry->machine_signals = g_signal_group_new (DIO_TYPE_MACHINE);
  g_signal_group_connect_swapped (entry->machine_signals, "notify::state", G_CALLBACK (queue_refresh), self);
  g_signal_group_set_target (entry->machine_signals, window->machine);

  g_ptr_array_add (self->entries, entry);
  gtk_flow_box_append (self->tiles, GTK_WIDGET (entry->tile));
  /* The tile itself takes the focus. */
  gtk_widget_set_focusable (gtk_widget_get_parent (GTK_WIDGET (entry->tile)), FALSE);
}

static gboolean
is_shown (Entry *entry)
{
  return gtk_widget_get_visible (GTK_WIDGET (entry->window)) && dio_console_window_is_alive (entry->window);
}

static void
refresh (DioRunningSection *self)
{
  for (guint i = self->entries->len; i-- > 0;)
    {
      Entry *entry = self->entries->pdata[i];

      if (is_shown (entry))
        continue;
      gtk_flow_box_remove (self->tiles, GTK_WIDGET (entry->tile));
      g_ptr_array_remove_index (self->entries, i);
    }
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self->application)); l; l = l->next)
    {
      DioConsoleWindow *window = DIO_IS_CONSOLE_WINDOW (l->data) ? l->data : NULL;

      if (window && window->session && gtk_widget_get_visible (l->data) && dio_console_window_is_alive (window) &&
          !find_entry (self, window->session))
        add_entry (self, window);
    }
  for (guint i = 0; i < self->entries->len; i++)
    update_tile (self->entries->pdata[i]);
  follow_visibility (self);
}

static void
on_refresh (gpointer user_data)
{
  DioRunningSection *self = user_data;
  gboolean was_empty = self->entries->len == 0;

  self->refresh_id = 0;
  refresh (self);
  if (was_empty != (self->entries->len == 0))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_EMPTY]);
}

static void
queue_refresh (DioRunningSection *self)
{
  /* Not at once: a window is the application's before it is finished. */
  if (self->refresh_id == 0)
    self->refresh_id = g_idle_add_once (on_refresh, self);
}

/* Now: there will be no window to ask later. */
static void
on_window_removed (DioRunningSection *self, GtkWindow *window)
{
  for (guint i = self->entries->len; i-- > 0;)
    {
      Entry *entry = self->entries->pdata[i];

      if (GTK_WINDOW (entry->window) != window)
        continue;
      gtk_flow_box_remove (self->tiles, GTK_WIDGET (entry->tile));
      g_ptr_array_remove_index (self->entries, i);
      if (self->entries->len == 0)
        g_object_notify_by_pspec (G_OBJECT (self), props[PROP_EMPTY]);
    }
  queue_refresh (self);
}

/* --- object --- */

void
dio_running_section_set_application (DioRunningSection *self, DioApplication *application)
{
  g_return_if_fail (DIO_IS_RUNNING_SECTION (self));
  g_return_if_fail (!self->application && DIO_IS_APPLICATION (application));

  self->application = application;
  g_signal_connect_object (application, "window-added", G_CALLBACK (queue_refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (application, "window-removed", G_CALLBACK (on_window_removed), self, G_CONNECT_SWAPPED);
  on_refresh (self);
}

gboolean
dio_running_section_get_empty (DioRunningSection *self)
{
  g_return_val_if_fail (DIO_IS_RUNNING_SECTION (self), TRUE);

  return self->entries->len == 0;
}

static void
dio_running_section_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_EMPTY)
    g_value_set_boolean (value, dio_running_section_get_empty (DIO_RUNNING_SECTION (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
dio_running_section_dispose (GObject *object)
{
  DioRunningSection *self = DIO_RUNNING_SECTION (object);

  g_clear_handle_id (&self->refresh_id, g_source_remove);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_RUNNING_SECTION);
  G_OBJECT_CLASS (dio_running_section_parent_class)->dispose (object);
}

static void
dio_running_section_class_init (DioRunningSectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = dio_running_section_get_property;
  object_class->dispose = dio_running_section_dispose;
  widget_class->map = dio_running_section_map;
  widget_class->unmap = dio_running_section_unmap;

  props[PROP_EMPTY] = g_param_spec_boolean ("empty", NULL, NULL, TRUE,
                                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/running-section.ui");
  gtk_widget_class_bind_template_child (widget_class, DioRunningSection, tiles);
}

static void
dio_running_section_init (DioRunningSection *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}
