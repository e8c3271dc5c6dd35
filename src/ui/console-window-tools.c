/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-tools.h"

#include "ui/console-window-private.h"

#include "vm/guest-tools.h"

#include <glib/gi18n.h>

static void
tell (DioConsoleWindow *self, const char *text)
{
  AdwToast *toast = adw_toast_new (text), *before = g_object_get_data (G_OBJECT (self), "tools-toast");

  /* What it said is no longer so. */
  if (before)
    adw_toast_dismiss (before);
  g_object_set_data_full (G_OBJECT (self), "tools-toast", g_object_ref (toast), g_object_unref);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
on_inserted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  DioMachine *machine = DIO_MACHINE (source);
  g_autoptr (GError) error = NULL;
  gboolean inserted = dio_machine_command_finish (machine, result, &error);

  /* The window may have closed meanwhile. */
  if (!self->session)
    return;
  if (!inserted)
    dio_console_window_report (self, error);
  else if (dio_machine_get_guest_tools (machine) == DIO_GUEST_TOOLS_IN_DRIVE)
    tell (self, _ ("The guest tools are in the machine’s CD drive. Open “README” there."));
  else
    tell (self, _ ("The guest tools are plugged into the machine as a USB stick. Open “README” there."));
}

static void
on_insert (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  dio_machine_insert_guest_tools_async (self->machine, on_inserted, g_object_ref (self));
}

static void
on_taken_out (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean taken_out = dio_machine_command_finish (DIO_MACHINE (source), result, &error);

  if (!self->session)
    return;
  if (taken_out)
    tell (self, _ ("Guest tools taken out"));
  else
    dio_console_window_report (self, error);
}

static void
on_take_out (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  dio_machine_take_out_guest_tools_async (self->machine, on_taken_out, g_object_ref (self));
}

void
dio_console_window_update_tools (DioConsoleWindow *self)
{
  DioMachineState state = dio_console_window_get_state (self);
  gboolean runs = self->machine && (state == DIO_MACHINE_RUNNING || state == DIO_MACHINE_PAUSED);
  gboolean out = !self->machine || dio_machine_get_guest_tools (self->machine) == DIO_GUEST_TOOLS_OUT;
  GActionMap *map = G_ACTION_MAP (self);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "insert-tools")), runs && out);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "take-out-tools")), runs && !out);
}

void
dio_console_window_add_tools_actions (DioConsoleWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "insert-tools", .activate = on_insert },
    { .name = "take-out-tools", .activate = on_take_out },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
