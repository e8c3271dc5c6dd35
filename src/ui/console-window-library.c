/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-library.h"

#include "ui/console-window-private.h"
#include "ui/picture-cache.h"
#include "ui/places-dialog.h"
#include "ui/settings-dialog.h"

#include <glib/gi18n.h>

#define OFFER_S 15

/* What the library shows of a machine that is off: the last picture of its screen. A guest that shuts down leaves a
 * black one, so it is taken when that begins; otherwise when the window goes. */

static void
keep_picture (DioConsoleWindow *self)
{
  g_autofree char *path = dio_library_machine_dup_picture_path (self->library_machine);
  g_autoptr (GdkTexture) texture = path ? dio_console_view_copy_picture (self->view, NULL) : NULL;

  if (texture)
    dio_picture_cache_save (path, texture);
}

static void
on_state_changed (DioConsoleWindow *self)
{
  if (!self->library_machine || dio_machine_get_state (self->machine) != DIO_MACHINE_STOPPING)
    return;
  keep_picture (self);
  self->picture_kept = TRUE;
}

static void
on_unmap (DioConsoleWindow *self)
{
  DioMachineState state = self->machine ? dio_machine_get_state (self->machine) : DIO_MACHINE_STOPPED;

  if (self->library_machine && (!self->picture_kept || state == DIO_MACHINE_RUNNING || state == DIO_MACHINE_PAUSED))
    keep_picture (self);
}

void
dio_console_window_set_library_machine (DioConsoleWindow *self, DioLibraryMachine *machine)
{
  g_return_if_fail (DIO_IS_CONSOLE_WINDOW (self) && !self->library_machine);

  self->library_machine = g_object_ref (machine);
  g_signal_connect_object (self->machine, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "unmap", G_CALLBACK (on_unmap), NULL);
  dio_console_window_update_actions (self);
}

void
dio_console_window_present_settings (DioConsoleWindow *self, const char *page)
{
  dio_settings_dialog_present_page (GTK_WIDGET (self), DIO_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))),
                                    self->library_machine, page);
}

static void
on_settings (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_present_settings (user_data, NULL);
}

static void
on_discs (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_present_settings (user_data, "disks");
}

static void
on_shared_folders (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_present_settings (user_data, "sharing");
}

void
dio_console_window_add_library_actions (DioConsoleWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "settings", .activate = on_settings },
    { .name = "discs", .activate = on_discs },
    { .name = "shared-folders", .activate = on_shared_folders },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

static void
on_add_place (DioConsoleWindow *self, AdwToast *toast)
{
  self->add_outside = TRUE;
}

/* Not before it is off: the same folder would be there twice, once in use. */
static void
on_outside_unmap (DioConsoleWindow *self)
{
  const char *folder = dio_library_machine_get_folder (self->library_machine);
  g_autofree char *place = folder ? g_path_get_dirname (folder) : NULL;

  if (place && self->add_outside)
    dio_places_add (self->settings, place);
}

void
dio_console_window_set_outside (DioConsoleWindow *self, DioLibrary *library)
{
  AdwToast *toast = adw_toast_new ("");
  g_autofree char *title = g_strdup_printf (_ ("“%s” is not in your library"), dio_console_window_get_name (self));

  g_return_if_fail (DIO_IS_CONSOLE_WINDOW (self) && !self->outside);

  self->outside = g_object_ref (library);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_title (toast, title);
  adw_toast_set_timeout (toast, OFFER_S);
  adw_toast_set_button_label (toast, _ ("_Add Its Folder"));
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_add_place), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "unmap", G_CALLBACK (on_outside_unmap), NULL);
  adw_toast_overlay_add_toast (self->toasts, toast);
}
