/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/engine.h"

#include <glib/gi18n-lib.h>

struct _DioEngine
{
  GObject parent_instance;

  char *binary;
  char *version;
  char *origin;
  char *data_dir;
  char *manifest;
  GHashTable *devices;  /* set of char * */
  GHashTable *options;  /* set of char * */
  GHashTable *firmware; /* name → path */
};

G_DEFINE_FINAL_TYPE (DioEngine, dio_engine, G_TYPE_OBJECT)

static GHashTable *
make_set (const char *const *names)
{
  GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    g_hash_table_add (set, g_strdup (names[i]));
  return set;
}

DioEngine *
dio_engine_new (const DioEngineFacts *facts)
{
  DioEngine *self = g_object_new (DIO_TYPE_ENGINE, NULL);

  self->binary = g_strdup (facts->binary);
  self->version = g_strdup (facts->version);
  self->origin = g_strdup (facts->origin);
  self->data_dir = g_strdup (facts->data_dir);
  self->manifest = g_strdup (facts->manifest);
  self->devices = make_set (facts->devices);
  self->options = make_set (facts->options);
  self->firmware = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; facts->firmware != NULL && facts->firmware[i] != NULL; i += 2)
    g_hash_table_insert (self->firmware, g_strdup (facts->firmware[i]), g_strdup (facts->firmware[i + 1]));
  return self;
}

const char *
dio_engine_get_binary (DioEngine *self)
{
  return self->binary;
}

const char *
dio_engine_get_version (DioEngine *self)
{
  return self->version;
}

const char *
dio_engine_get_origin (DioEngine *self)
{
  return self->origin;
}

const char *
dio_engine_get_data_dir (DioEngine *self)
{
  return self->data_dir;
}

const char *
dio_engine_get_manifest (DioEngine *self)
{
  return self->manifest;
}

gboolean
dio_engine_has_device (DioEngine *self, const char *device)
{
  return g_hash_table_contains (self->devices, device);
}

gboolean
dio_engine_has_option (DioEngine *self, const char *option)
{
  return g_hash_table_contains (self->options, option);
}

const char *
dio_engine_get_firmware (DioEngine *self, const char *which)
{
  return g_hash_table_lookup (self->firmware, which);
}

/* Debian's packages of what its QEMU has in modules; the rest is in qemu-system-x86. */
static const char *
package_of (const char *what)
{
  static const char *const packages[][2] = {
    { "dbus-display", "qemu-system-modules-opengl" },
    { "audio-pipewire", "qemu-system-gui" },
    { "virtio-vga", "qemu-system-common" },
    { "virtio-vga-gl", "qemu-system-modules-opengl" },
    { "usb-redir", "qemu-system-common" },
    { "usb-host", "qemu-system-common" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (packages); i++)
    if (g_str_equal (packages[i][0], what))
      return packages[i][1];
  return "qemu-system-x86";
}

static gboolean
require (DioEngine *self, gboolean has, const char *what, GError **error)
{
  if (has)
    return TRUE;
  if (g_str_equal (self->origin, "embedded"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 _ ("Diorama's own QEMU (%s) was built without “%s”. Build it again with embedded-qemu/build."),
                 self->binary, what);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 _ ("The QEMU of this computer (%s) lacks “%s”. Install the package %s."), self->binary, what,
                 package_of (what));
  return FALSE;
}

gboolean
dio_engine_require_device (DioEngine *self, const char *device, GError **error)
{
  return require (self, dio_engine_has_device (self, device), device, error);
}

gboolean
dio_engine_require_option (DioEngine *self, const char *option, GError **error)
{
  return require (self, dio_engine_has_option (self, option), option, error);
}

static void
dio_engine_finalize (GObject *object)
{
  DioEngine *self = DIO_ENGINE (object);

  g_clear_pointer (&self->binary, g_free);
  g_clear_pointer (&self->version, g_free);
  g_clear_pointer (&self->origin, g_free);
  g_clear_pointer (&self->data_dir, g_free);
  g_clear_pointer (&self->manifest, g_free);
  g_clear_pointer (&self->devices, g_hash_table_unref);
  g_clear_pointer (&self->options, g_hash_table_unref);
  g_clear_pointer (&self->firmware, g_hash_table_unref);
  G_OBJECT_CLASS (dio_engine_parent_class)->finalize (object);
}

static void
dio_engine_class_init (DioEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dio_engine_finalize;
}

static void
dio_engine_init (DioEngine *self)
{
}
