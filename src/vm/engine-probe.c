/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/engine-ask.h"
#include "vm/engine-cache.h"
#include "vm/engine.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#define OLDEST_MAJOR 10

typedef struct
{
  char *binary;
  const char *origin;
  char *key; /* of the cache */
} Probe;

static void
probe_free (Probe *probe)
{
  g_free (probe->binary);
  g_free (probe->key);
  g_free (probe);
}

/* --- which binary --- */

static gboolean
is_embedded (const Probe *probe)
{
  return g_str_equal (probe->origin, "embedded");
}

static char *
find_embedded (const char *name)
{
  const char *directory = g_getenv ("DIORAMA_EMBEDDED_QEMU");
  g_autofree char *path = NULL;

  if (directory == NULL)
    directory = DIO_EMBEDDED_QEMU;
  if (*directory == '\0')
    return NULL;
  path = g_build_filename (directory, "bin", name, NULL);
  return g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) ? g_canonicalize_filename (path, NULL) : NULL;
}

static Probe *
find (const char *arch, GError **error)
{
  g_autofree char *name = g_strdup_printf ("qemu-system-%s", arch);
  const char *environment = g_getenv ("DIORAMA_QEMU");
  Probe *probe = g_new0 (Probe, 1);

  probe->origin = "embedded";
  probe->binary = find_embedded (name);
  if (probe->binary == NULL && environment != NULL && *environment != '\0')
    {
      probe->origin = "environment";
      probe->binary = g_canonicalize_filename (environment, NULL);
    }
  else if (probe->binary == NULL)
    {
      probe->origin = "system";
      probe->binary = g_find_program_in_path (name);
    }
  if (probe->binary != NULL)
    return probe;

  probe_free (probe);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("There is no QEMU for %s machines. Install the packages %s and %s."), arch, "qemu-system-x86",
               "qemu-system-modules-opengl");
  return NULL;
}

static char *
make_key (const char *binary, GError **error)
{
  GStatBuf status;

  if (g_stat (binary, &status) < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The QEMU at %s cannot be used (%s). Correct $DIORAMA_QEMU."), binary, g_strerror (errno));
      return NULL;
    }
  /* Where all files are of one time, as in a Flatpak, another file still has another number and another change. */
  return g_strdup_printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT
                          ".%09ld",
                          binary, (gint64) status.st_mtime, (gint64) status.st_size, (guint64) status.st_ino,
                          (gint64) status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

static GHashTable *
get_cache (void)
{
  static GHashTable *cache;

  if (cache == NULL)
    cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  return cache;
}

/* --- firmware and manifest --- */

static gboolean
add_if_there (GPtrArray *firmware, const char *which, const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  g_ptr_array_add (firmware, g_strdup (which));
  g_ptr_array_add (firmware, g_steal_pointer (&path));
  return TRUE;
}

/* Code and variables only fit together as pairs of one build. */
static void
add_pair (GPtrArray *firmware, const char *const places[][3], guint n, const char *code, const char *vars)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *vars_path = g_build_filename (places[i][0], places[i][2], NULL);

      if (g_file_test (vars_path, G_FILE_TEST_IS_REGULAR) &&
          add_if_there (firmware, code, places[i][0], places[i][1]) &&
          add_if_there (firmware, vars, places[i][0], places[i][2]))
        return;
    }
}

static GPtrArray *
find_firmware (const char *own)
{
  GPtrArray *firmware = g_ptr_array_new_null_terminated (12, g_free, TRUE);
  /* The build's own; Debian; Fedora; Arch; QEMU's. */
  const char *const plain[][3] = {
    { own, "OVMF_CODE.fd", "OVMF_VARS.fd" },
    { "/usr/share/OVMF", "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd" },
    { "/usr/share/edk2/ovmf", "OVMF_CODE.fd", "OVMF_VARS.fd" },
    { "/usr/share/edk2/x64", "OVMF_CODE.4m.fd", "OVMF_VARS.4m.fd" },
    { own, "edk2-x86_64-code.fd", "edk2-i386-vars.fd" },
  };
  /* Variables with Microsoft's keys enrolled. */
  const char *const secure[][3] = {
    { own, "OVMF_CODE_SECURE.fd", "OVMF_VARS_SECURE.fd" },
    { "/usr/share/OVMF", "OVMF_CODE_4M.secboot.fd", "OVMF_VARS_4M.ms.fd" },
    { "/usr/share/edk2/ovmf", "OVMF_CODE.secboot.fd", "OVMF_VARS.secboot.fd" },
  };

  if (!add_if_there (firmware, "bios", own, "bios-256k.bin") &&
      !add_if_there (firmware, "bios", "/usr/share/seabios", "bios-256k.bin"))
    add_if_there (firmware, "bios", "/usr/share/qemu", "bios-256k.bin");
  add_pair (firmware, plain, G_N_ELEMENTS (plain), "uefi-code", "uefi-vars");
  add_pair (firmware, secure, G_N_ELEMENTS (secure), "uefi-secure-code", "uefi-secure-vars");
  return firmware;
}

static char *
read_manifest (const char *prefix)
{
  g_autofree char *path = g_build_filename (prefix, "manifest.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!json_parser_load_from_file (parser, path, NULL) || (root = json_parser_get_root (parser)) == NULL ||
      !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  return g_strdup (json_object_get_string_member_with_default (json_node_get_object (root), "text", NULL));
}

/* --- asking --- */

static DioEngine *
make_engine (Probe *probe, DioEngineAnswers *answers)
{
  g_autofree char *bin = g_path_get_dirname (probe->binary);
  g_autofree char *prefix = g_path_get_dirname (bin);
  g_autofree char *data_dir = g_build_filename (prefix, "share", "qemu", NULL);
  g_autofree char *version =
      g_strdup_printf ("%d.%d.%d", answers->version[0], answers->version[1], answers->version[2]);
  g_autoptr (GPtrArray) firmware = find_firmware (data_dir);
  g_autofree char *manifest = read_manifest (prefix);

  return dio_engine_new (&(DioEngineFacts) {
      .binary = probe->binary,
      .version = version,
      .origin = probe->origin,
      .data_dir = is_embedded (probe) || manifest != NULL ? data_dir : NULL,
      .manifest = manifest,
      .devices = (const char *const *) answers->devices->pdata,
      .options = (const char *const *) answers->options->pdata,
      .firmware = (const char *const *) firmware->pdata,
  });
}

static gboolean
is_recent (const DioEngineAnswers *answers, const char *binary, GError **error)
{
  if (answers->version[0] >= OLDEST_MAJOR)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("The QEMU at %s is version %d.%d; Diorama needs 10.0 or newer. Install a newer qemu-system-x86."),
               binary, answers->version[0], answers->version[1]);
  return FALSE;
}

static void
take_answers (GTask *task, DioEngineAnswers *answers)
{
  Probe *probe = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioEngine) engine = NULL;

  if (!is_recent (answers, probe->binary, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  engine = make_engine (probe, answers);
  if (!dio_engine_require_option (engine, "dbus-display", &error))
    {
      /* Not remembered: installing a module does not change the binary. */
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s", error->message);
      return;
    }
  g_hash_table_insert (get_cache (), g_strdup (probe->key), g_object_ref (engine));
  g_task_return_pointer (task, g_steal_pointer (&engine), g_object_unref);
}

static void
on_answers (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Probe *probe = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioEngineAnswers) answers = dio_engine_ask_finish (result, &error);

  if (answers == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          g_autofree char *reason = g_strdup (error->message);

          g_clear_error (&error);
          error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                               _ ("The QEMU at %s cannot be used. Install the package %s again. %s"), probe->binary,
                               "qemu-system-x86", reason);
        }
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (is_embedded (probe))
    dio_engine_cache_write (probe->key, answers);
  take_answers (task, answers);
}

void
dio_engine_probe_async (const char *arch, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (DioEngineAnswers) kept = NULL;
  g_autoptr (GError) error = NULL;
  DioEngine *known;
  Probe *probe;

  g_task_set_source_tag (task, dio_engine_probe_async);
  g_task_set_static_name (task, "Probe QEMU");
  probe = find (arch, &error);
  if (probe != NULL)
    {
      g_task_set_task_data (task, probe, (GDestroyNotify) probe_free);
      probe->key = make_key (probe->binary, &error);
    }
  if (error != NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  known = g_hash_table_lookup (get_cache (), probe->key);
  if (known == NULL && is_embedded (probe))
    kept = dio_engine_cache_read (probe->key);
  if (known != NULL)
    g_task_return_pointer (task, g_object_ref (known), g_object_unref);
  else if (kept != NULL)
    take_answers (task, kept);
  else
    dio_engine_ask_async (probe->binary, cancellable, on_answers, g_object_ref (task));
}

DioEngine *
dio_engine_probe_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
