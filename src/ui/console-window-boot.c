/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A machine whose firmware finds nothing to start gets the other one, if the user wants. */
#include "config.h"

#include "ui/console-window-private.h"

#include "session/firmware-choice.h"

#include <glib/gi18n.h>

static gboolean
has_other (DioConsoleWindow *self)
{
  DioEngine *engine = dio_machine_get_engine (self->machine);

  return dio_boot_watch_choose_other (dio_machine_get_config (self->machine)) == DIO_FIRMWARE_BIOS ||
         (engine && dio_engine_get_firmware (engine, "uefi-code"));
}

/* A BIOS only ever writes in this mode (VGA's 80 by 25 characters), and so does what it runs of an empty sector. What
 * has set another one is at work, even if it has come with the first sector alone. */
static gboolean
has_picture (DioConsoleWindow *self)
{
  DioHead *head = self->session ? dio_session_get_head (self->session, 0) : NULL;
  DioFramebuffer *framebuffer = head ? dio_console_get_framebuffer (dio_head_get_console (head)) : NULL;

  return dio_machine_config_get_firmware (dio_machine_get_config (self->machine)) == DIO_FIRMWARE_BIOS && framebuffer &&
         dio_framebuffer_get_active (framebuffer) &&
         (dio_framebuffer_get_width (framebuffer) != 720 || dio_framebuffer_get_height (framebuffer) != 400);
}

const char *
dio_console_window_get_boot_notice (DioConsoleWindow *self, const char **ret_button)
{
  gboolean bios;

  *ret_button = NULL;
  if (!self->start.boot_watch || !dio_boot_watch_get_stuck (self->start.boot_watch) || has_picture (self))
    return NULL;
  if (self->start.firmware_tried || !has_other (self))
    return _ ("Nothing starts. The machine’s disks may be empty or damaged, or made for another computer.");
  bios = dio_boot_watch_choose_other (dio_machine_get_config (self->machine)) == DIO_FIRMWARE_BIOS;
  *ret_button = bios ? _ ("Try _BIOS") : _ ("Try _UEFI");
  return bios ? _ ("Nothing starts with UEFI. The machine’s system may be made for BIOS.")
              : _ ("Nothing starts with BIOS. The machine’s system may be made for UEFI.");
}

static void
restart (DioConsoleWindow *self)
{
  DioMachineConfig *config = dio_machine_get_config (self->machine);
  const char *folder = self->library_machine ? dio_library_machine_get_folder (self->library_machine) : NULL;

  g_object_set (config, "firmware", dio_boot_watch_choose_other (config), NULL);
  /* As at each later start (library/library-machine-run.c). */
  if (folder && !dio_machine_config_get_uefi_vars (config))
    {
      g_autofree char *vars = g_build_filename (folder, "uefi-vars.qcow2", NULL);

      g_object_set (config, "uefi-vars", vars, NULL);
    }
  if (!self->library_machine)
    dio_firmware_choice_keep (config);
  self->start.firmware_tried = TRUE;
  dio_machine_restart (self->machine);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_library_machine_save_finish (DIO_LIBRARY_MACHINE (source), result, &error))
    dio_console_window_report (self, error);
  else if (self->session)
    restart (self);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = dio_library_machine_load_finish (DIO_LIBRARY_MACHINE (source), result, &error);

  if (!definition)
    {
      dio_console_window_report (self, error);
      return;
    }
  g_object_set (dio_definition_get_config (definition), "firmware",
                dio_boot_watch_choose_other (dio_machine_get_config (self->machine)), NULL);
  dio_library_machine_save_async (DIO_LIBRARY_MACHINE (source), on_saved, g_steal_pointer (&self));
}

void
dio_console_window_try_other_firmware (DioConsoleWindow *self)
{
  if (self->library_machine)
    dio_library_machine_load_async (self->library_machine, NULL, on_loaded, g_object_ref (self));
  else
    restart (self);
}

void
dio_console_window_setup_boot (DioConsoleWindow *self)
{
  if (!self->machine || self->number > 0)
    return;
  self->start.boot_watch = dio_boot_watch_new (self->machine);
  g_signal_connect_object (self->start.boot_watch, "notify::stuck", G_CALLBACK (dio_console_window_update_state), self,
                           G_CONNECT_SWAPPED);
}
