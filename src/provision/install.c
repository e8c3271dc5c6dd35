/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/install.h"

#include "provision/disk-tool.h"
#include "provision/download.h"
#include "provision/new-machine.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  DioInstall install; /* with copies of its own */
  DioUnattended unattended;
} Work;

static void
work_free (gpointer data)
{
  Work *self = data;

  g_clear_object (&self->install.definition);
  g_clear_object (&self->install.media);
  g_free ((char *) self->install.place);
  g_free ((char *) self->install.image);
  g_free ((char *) self->install.image_format);
  g_free ((char *) self->install.iso);
  g_free ((char *) self->unattended.user);
  g_free ((char *) self->unattended.password);
  g_free ((char *) self->unattended.product_key);
  g_free ((char *) self->unattended.keyboard);
  g_free ((char *) self->unattended.host_name);
  g_free (self);
}

static Work *
work_new (const DioInstall *install)
{
  Work *self = g_new0 (Work, 1);

  self->install = *install;
  self->install.definition = dio_definition_copy_loose (install->definition);
  self->install.media = install->media ? g_object_ref (install->media) : NULL;
  self->install.place = g_strdup (install->place);
  self->install.image = g_strdup (install->image);
  self->install.image_format = g_strdup (install->image_format);
  self->install.iso = g_strdup (install->iso);
  if (install->unattended)
    {
      self->unattended = *install->unattended;
      self->unattended.user = g_strdup (install->unattended->user);
      self->unattended.password = g_strdup (install->unattended->password);
      self->unattended.product_key = g_strdup (install->unattended->product_key);
      self->unattended.keyboard = g_strdup (install->unattended->keyboard);
      self->unattended.host_name = g_strdup (install->unattended->host_name);
      self->install.unattended = &self->unattended;
    }
  return self;
}

static gboolean
download (Work *self, DioJob *job, GCancellable *cancellable, GError **error)
{
  const char *uri = dio_os_media_get_url (self->install.media);
  g_autofree char *path = dio_download_dup_path (uri);
  char *iso = NULL;

  if (!dio_download_run (&(DioDownload) { .uri = uri, .path = path }, job, &iso, cancellable, error))
    return FALSE;
  self->install.iso = iso;
  return TRUE;
}

/* --- its disk --- */

static gboolean
add_empty (DioNewMachine *machine, const DioInstall *install, GError **error)
{
  g_autofree char *path = dio_new_machine_make_disk_path (machine, "qcow2");

  if (!dio_disk_create (path, "qcow2", install->disk_size, NULL, machine->cancellable, error))
    return FALSE;
  dio_new_machine_add_disk (machine, &(DioDisk) { .path = path, .format = (char *) "qcow2", .bus = install->bus });
  return TRUE;
}

static gboolean
add_copy (DioNewMachine *machine, const DioInstall *install, GError **error)
{
  g_autofree char *path = dio_new_machine_make_disk_path (machine, "qcow2");
  DioDisk image = { .path = (char *) install->image, .format = (char *) install->image_format };
  guint64 bytes;

  if (!dio_disk_measure (&image, "qcow2", &bytes, machine->cancellable, error) ||
      !dio_disk_require_space (install->place, bytes, error) ||
      !dio_disk_convert (&image, path, "qcow2", DIO_DISK_CONVERT_PLAIN, dio_new_machine_progress, machine,
                         machine->cancellable, error))
    return FALSE;
  dio_new_machine_add_disk (machine, &(DioDisk) { .path = path, .format = (char *) "qcow2", .bus = install->bus });
  return TRUE;
}

static gboolean
add_link (DioNewMachine *machine, const DioInstall *install, GError **error)
{
  g_autofree char *path = dio_new_machine_make_disk_path (machine, "qcow2");
  char *layers[] = { (char *) install->image, (char *) install->image_format, NULL };

  if (!dio_disk_create (path, "qcow2", 0, (const char *const *) layers, machine->cancellable, error))
    return FALSE;
  dio_new_machine_add_disk (
      machine, &(DioDisk) { .path = path, .format = (char *) "qcow2", .bus = install->bus, .layers = layers });
  return TRUE;
}

static gboolean
add_image (DioNewMachine *machine, const DioInstall *install, GError **error)
{
  switch (install->image_use)
    {
    case DIO_IMAGE_COPY:
      return add_copy (machine, install, error);
    case DIO_IMAGE_LINK:
      return add_link (machine, install, error);
    case DIO_IMAGE_IN_PLACE:
    default:
      dio_new_machine_add_disk (machine, &(DioDisk) { .path = (char *) install->image,
                                                      .format = (char *) install->image_format,
                                                      .bus = install->bus });
      return TRUE;
    }
}

/* --- all of it --- */

static gboolean
make (DioNewMachine *machine, const DioInstall *install, GError **error)
{
  DioMachineConfig *config = dio_new_machine_get_config (machine);

  dio_machine_config_set_disks (config, NULL);
  dio_new_machine_step (machine, 0.8, install->image_use == DIO_IMAGE_COPY ? _ ("Copying the disk") : NULL);
  if ((install->disk_size > 0 && !add_empty (machine, install, error)) ||
      (install->image && !add_image (machine, install, error)))
    return FALSE;
  if (install->iso)
    dio_machine_config_add_cdrom (config, install->iso);
  if (install->unattended)
    {
      dio_new_machine_step (machine, 0.1, _ ("Preparing the installation"));
      if (!dio_unattended_prepare (install->media, install->iso, install->unattended,
                                   dio_new_folder_get_path (machine->folder), config, machine->cancellable, error))
        return FALSE;
    }
  return dio_new_machine_commit (machine, error);
}

static gboolean
work (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Work *self = data;
  g_autoptr (DioNewMachine) machine = NULL;

  if (self->install.media && !self->install.iso && !download (self, job, cancellable, error))
    return FALSE;
  machine = dio_new_machine_new (self->install.definition, self->install.place, job, cancellable, error);
  return machine && make (machine, &self->install, error);
}

DioJob *
dio_install_machine (const DioInstall *install)
{
  const char *name = dio_machine_config_get_name (dio_definition_get_config (install->definition));
  g_autofree char *title = g_strdup_printf (_ ("Creating “%s”"), name);

  g_return_val_if_fail (!install->unattended || install->media, NULL);

  return dio_job_new (title, work, work_new (install), work_free);
}
