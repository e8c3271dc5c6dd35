/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/run-files.h"

#include "image/passphrase.h"
#include "image/qemu-img.h"
#include "image/report.h"
#include "vm/disk-image.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_SIZE 32                  /* bytes */
#define MAX_STATE (16 * 1024 * 1024) /* bytes of a file of the TPM's or the firmware's */
#define MAX_STATE_FILES 32

/* --- disks --- */

/* A definition is a stranger's word, and so are the images that came with it: QEMU would open whatever file an image
 * names as the one where its data is, and write to it. */
static gboolean
check_disks (DioMachineConfig *config, GError **error)
{
  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (config, i);
      g_autoptr (GError) reason = NULL;

      /* Of what we cannot open QEMU tells more; it cannot open it either. */
      if (disk->path == NULL ||
          dio_disk_image_check_all (disk->path, disk->format != NULL ? disk->format : "raw",
                                    (const char *const *) disk->layers, &reason) ||
          !g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
        continue;
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  return TRUE;
}

/* --- the firmware's variables --- */

static gboolean
copy_file (const char *from, const char *to, GError **error)
{
  g_autofree char *bytes = NULL;
  gsize length;
  GStatBuf info;

  if (g_stat (from, &info) == 0 && info.st_size > MAX_STATE)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("The file “%s” is too big for what it is."), from);
      return FALSE;
    }
  return g_file_get_contents (from, &bytes, &length, error) &&
         g_file_set_contents_full (to, bytes, length, G_FILE_SET_CONTENTS_NONE, 0600, error);
}

/* A new file appears at once and whole. */
static gboolean
make_vars (const char *template, const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  g_autoptr (GError) reason = NULL;
  const char *const arguments[] = { "convert", "-q", "-f", "raw", "-O", "qcow2", template, part, NULL };
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, &reason);

  g_mkdir_with_parents (directory, 0700);
  g_unlink (part); /* of a run that was ended */
  if (tool != NULL && dio_confine_give (tool, template, FALSE, &reason) && dio_confine_give_new (tool, part, &reason) &&
      dio_qemu_img_run (tool, arguments, NULL, NULL, NULL, NULL, NULL, &reason) && g_rename (part, path) == 0)
    return TRUE;
  if (reason == NULL)
    reason = g_error_new_literal (G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  g_unlink (part);
  g_set_error (error, reason->domain, reason->code,
               _ ("The file for the firmware's variables, “%s”, cannot be made (%s). Free some space, or change the "
                  "permissions of the folder."),
               path, reason->message);
  return FALSE;
}

/* QEMU reads what was cut off a qcow2 file as zeros, which no firmware starts with. */
static gboolean
check_vars (const char *path, const char *template, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (DioImageReport) report = dio_image_report_new (path, NULL);
  struct stat original;

  if (dio_image_report_require_good (report, &reason) &&
      (report->n_files > 1 || !g_str_equal (report->files[0]->format, "qcow2") || stat (template, &original) != 0 ||
       report->files[0]->virtual_size != (guint64) original.st_size))
    reason = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                  _ ("It is not an image of the firmware's memory, or not all of one."));
  if (reason == NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("The file with the firmware's variables, “%s”, is damaged. Move it elsewhere to start with new ones; "
                  "only what the firmware itself had been set to is lost.\n%s"),
               path, reason->message);
  return FALSE;
}

static gboolean
prepare_vars (DioRunFiles *self, DioMachineConfig *config, DioEngine *engine, const char *run_dir, GError **error)
{
  gboolean secure = dio_machine_config_get_firmware (config) == DIO_FIRMWARE_UEFI_SECURE;
  const char *template = dio_engine_get_firmware (engine, secure ? "uefi-secure-vars" : "uefi-vars");
  g_autofree char *kept = dio_machine_config_dup_uefi_vars_path (config);

  if (dio_machine_config_get_firmware (config) == DIO_FIRMWARE_BIOS || template == NULL)
    return TRUE; /* what is missing is told with the argument list */
  if (kept == NULL)
    {
      self->uefi_vars_format = "raw";
      self->uefi_vars = g_build_filename (run_dir, "uefi-vars.fd", NULL);
      return copy_file (template, self->uefi_vars, error);
    }
  self->uefi_vars_format = "qcow2";
  if (g_file_test (kept, G_FILE_TEST_EXISTS) && !check_vars (kept, template, error))
    return FALSE;
  if (!dio_machine_config_get_disposable (config))
    {
      self->uefi_vars = g_steal_pointer (&kept);
      return g_file_test (self->uefi_vars, G_FILE_TEST_EXISTS) || make_vars (template, self->uefi_vars, error);
    }
  self->uefi_vars = g_build_filename (run_dir, "uefi-vars.qcow2", NULL);
  return g_file_test (kept, G_FILE_TEST_EXISTS) ? copy_file (kept, self->uefi_vars, error)
                                                : make_vars (template, self->uefi_vars, error);
}

/* --- the TPM --- */

static gboolean
copy_files (const char *from, const char *to, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && n++ < MAX_STATE_FILES)
    {
      g_autofree char *source = g_build_filename (from, name, NULL), *copy = g_build_filename (to, name, NULL);

      if (name[0] != '.' && g_file_test (source, G_FILE_TEST_IS_REGULAR) && !copy_file (source, copy, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
prepare_tpm (DioRunFiles *self, DioMachineConfig *config, const char *run_dir, GError **error)
{
  const char *kept = dio_machine_config_get_tpm_state (config);
  gboolean keeps = kept != NULL && !dio_machine_config_get_disposable (config);

  if (!dio_machine_config_get_tpm (config))
    return TRUE;
  self->tpm_state = keeps ? g_strdup (kept) : g_build_filename (run_dir, "tpm", NULL);
  if (g_mkdir_with_parents (self->tpm_state, 0700) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("The folder of the machine's TPM, “%s”, cannot be made (%s)."), self->tpm_state,
                   g_strerror (errno));
      return FALSE;
    }
  return keeps || kept == NULL || copy_files (kept, self->tpm_state, error);
}

/* --- overlays --- */

/* Where big files may lie that are not kept; what is below the run-time directory is memory. */
static char *
make_overlay_dir (GError **error)
{
  const char *place = g_getenv ("TMPDIR");
  g_autofree char *path =
      g_build_filename (place != NULL && *place != '\0' ? place : "/var/tmp", "diorama-XXXXXX", NULL);

  if (g_mkdtemp_full (path, 0700) != NULL)
    return g_steal_pointer (&path);
  return g_dir_make_tmp ("diorama-XXXXXX", error);
}

static gint64
read_size (const char *text)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root = json_parser_load_from_data (parser, text, -1, NULL) ? json_parser_get_root (parser) : NULL;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return 0;
  return json_object_get_int_member_with_default (json_node_get_object (root), "virtual-size", 0);
}

/* As text, which is all that QEMU takes. (nullable): the kernel has none */
static GBytes *
make_key (void)
{
  guint8 bytes[KEY_SIZE];
  char text[2 * KEY_SIZE + 1];
  GBytes *key = NULL;

  if (getrandom (bytes, sizeof bytes, 0) == (gssize) sizeof bytes)
    {
      for (guint i = 0; i < KEY_SIZE; i++)
        g_snprintf (text + 2 * i, 3, "%02x", bytes[i]);
      key = dio_passphrase_new (text, 2 * KEY_SIZE);
    }
  explicit_bzero (bytes, sizeof bytes);
  explicit_bzero (text, sizeof text);
  return key;
}

/* KEY: (nullable): it is not encrypted. Nobody guesses a key that is random: making it slow to try (iter-time) would
 * only make the start slow. */
static gboolean
create_overlay (const char *path, const char *size, GBytes *key, GError **error)
{
  g_autoptr (DioConfine) maker = dio_qemu_img_new (FALSE, error);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  g_autofree char *name = NULL;

  if (maker == NULL || !dio_confine_give_new (maker, path, error) ||
      (key != NULL && (name = dio_confine_give_bytes (maker, key, error)) == NULL))
    return FALSE;
  g_strv_builder_add_many (builder, "create", "-q", "-f", "qcow2", NULL);
  if (key != NULL)
    {
      g_strv_builder_add_many (builder, "-o", "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10",
                               "--object", NULL);
      g_strv_builder_take (builder, g_strconcat ("secret,id=key,file=", name, NULL));
    }
  g_strv_builder_add_many (builder, path, size, NULL);
  words = g_strv_builder_end (builder);
  return dio_qemu_img_run (maker, (const char *const *) words, NULL, NULL, NULL, NULL, NULL, error);
}

/* It names no file below it: those are told to QEMU. */
static gboolean
make_overlay (const DioDisk *disk, const char *path, GBytes *key, GError **error)
{
  g_autoptr (DioConfine) looker = dio_qemu_img_new (TRUE, error);
  const char *const info[] = { "info", "--output=json", "-U", "-f", disk->format, disk->path, NULL };
  g_autofree char *text = NULL, *size = NULL;

  if (looker == NULL || !dio_confine_give (looker, disk->path, FALSE, error) ||
      !dio_qemu_img_run (looker, info, NULL, NULL, NULL, &text, NULL, error))
    return FALSE;
  size = g_strdup_printf ("%" G_GINT64_FORMAT, read_size (text));
  return create_overlay (path, size, key, error);
}

static gboolean
prepare_overlay (DioRunFiles *self, const DioDisk *disk, guint i, GError **error)
{
  g_autofree char *name = g_strdup_printf ("disk%u.qcow2", i);
  g_autoptr (GError) reason = NULL;
  GBytes *key = NULL;

  /* There are no SATA disks that cannot be written. */
  if (disk->cdrom || (disk->read_only && disk->bus != DIO_DISK_BUS_SATA))
    {
      self->overlays[i] = g_strdup ("");
      return TRUE;
    }
  self->overlays[i] = g_build_filename (self->overlay_dir, name, NULL);
  if (disk->encryption != NULL)
    g_ptr_array_index (self->keys, i) = key = make_key ();
  if (disk->encryption != NULL && key == NULL)
    reason = g_error_new_literal (G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  else if (make_overlay (disk, self->overlays[i], key, &reason))
    return TRUE;
  g_set_error (error, reason->domain, reason->code,
               _ ("The disk image “%s” cannot be used without writing to it (%s)."), disk->path, reason->message);
  return FALSE;
}

static void
key_free (gpointer data)
{
  if (data != NULL)
    g_bytes_unref (data);
}

static gboolean
prepare_overlays (DioRunFiles *self, DioMachineConfig *config, GError **error)
{
  guint n = dio_machine_config_get_n_disks (config);

  if (!dio_machine_config_get_disposable (config) || (self->overlay_dir = make_overlay_dir (error)) == NULL)
    return !dio_machine_config_get_disposable (config);
  self->overlays = g_new0 (char *, n + 1);
  self->keys = g_ptr_array_new_full (n, key_free);
  g_ptr_array_set_size (self->keys, (int) n);
  for (guint i = 0; i < n; i++)
    if (!prepare_overlay (self, dio_machine_config_get_disk (config, i), i, error))
      return FALSE;
  return TRUE;
}

DioRunFiles *
dio_run_files_new (DioMachineConfig *config, DioEngine *engine, const char *run_dir, GError **error)
{
  g_autoptr (DioRunFiles) self = g_new0 (DioRunFiles, 1);

  if (!check_disks (config, error) || !prepare_vars (self, config, engine, run_dir, error) ||
      !prepare_tpm (self, config, run_dir, error) || !prepare_overlays (self, config, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
dio_run_files_hide_overlays (DioRunFiles *self)
{
  for (guint i = 0; self->overlays != NULL && self->overlays[i] != NULL; i++)
    if (*self->overlays[i] != '\0')
      g_unlink (self->overlays[i]);
  if (self->overlay_dir != NULL)
    g_rmdir (self->overlay_dir);
}

void
dio_run_files_free (DioRunFiles *self)
{
  if (self == NULL)
    return;
  dio_run_files_hide_overlays (self);
  g_free (self->uefi_vars);
  g_free (self->tpm_state);
  g_strfreev (self->overlays);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  g_free (self->overlay_dir);
  g_free (self);
}
