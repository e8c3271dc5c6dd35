/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/machine-config.h"

struct _DioMachineConfig
{
  GObject parent_instance;

  char *name;
  char *uuid;
  char *arch;
  DioFirmware firmware;
  DioAccel accel;
  DioNetwork network;
  DioGraphics graphics;
  guint cpus;
  guint memory;
  guint screens;
  gboolean audio;
  gboolean touch;
  gboolean usb_tablet;
  gboolean clock_local;
  char *kernel;
  char *initrd;
  char *kernel_arguments;
  GStrv extra_arguments;
  char *control_port;
  GPtrArray *disks; /* of DioDisk */
};

G_DEFINE_FINAL_TYPE (DioMachineConfig, dio_machine_config, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (DioFirmware, dio_firmware, G_DEFINE_ENUM_VALUE (DIO_FIRMWARE_BIOS, "bios"),
                    G_DEFINE_ENUM_VALUE (DIO_FIRMWARE_UEFI, "uefi"),
                    G_DEFINE_ENUM_VALUE (DIO_FIRMWARE_UEFI_SECURE, "uefi-secure"))
G_DEFINE_ENUM_TYPE (DioAccel, dio_accel, G_DEFINE_ENUM_VALUE (DIO_ACCEL_AUTO, "auto"),
                    G_DEFINE_ENUM_VALUE (DIO_ACCEL_KVM, "kvm"), G_DEFINE_ENUM_VALUE (DIO_ACCEL_TCG, "tcg"))
G_DEFINE_ENUM_TYPE (DioNetwork, dio_network, G_DEFINE_ENUM_VALUE (DIO_NETWORK_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (DIO_NETWORK_NAT, "nat"))
G_DEFINE_ENUM_TYPE (DioGraphics, dio_graphics, G_DEFINE_ENUM_VALUE (DIO_GRAPHICS_2D, "2d"),
                    G_DEFINE_ENUM_VALUE (DIO_GRAPHICS_BLOB, "blob"), G_DEFINE_ENUM_VALUE (DIO_GRAPHICS_3D, "3d"))

enum
{
  PROP_NAME = 1,
  PROP_UUID,
  PROP_ARCH,
  PROP_FIRMWARE,
  PROP_ACCEL,
  PROP_NETWORK,
  PROP_GRAPHICS,
  PROP_CPUS,
  PROP_MEMORY,
  PROP_SCREENS,
  PROP_AUDIO,
  PROP_TOUCH,
  PROP_USB_TABLET,
  PROP_CLOCK_LOCAL,
  PROP_KERNEL,
  PROP_INITRD,
  PROP_KERNEL_ARGUMENTS,
  PROP_EXTRA_ARGUMENTS,
  PROP_CONTROL_PORT,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

static void
disk_free (DioDisk *disk)
{
  g_free (disk->path);
  g_free (disk->format);
  g_free (disk);
}

DioMachineConfig *
dio_machine_config_new (const char *name)
{
  return g_object_new (DIO_TYPE_MACHINE_CONFIG, "name", name, NULL);
}

const char *
dio_machine_config_get_name (DioMachineConfig *self)
{
  return self->name;
}

const char *
dio_machine_config_get_uuid (DioMachineConfig *self)
{
  return self->uuid;
}

const char *
dio_machine_config_get_arch (DioMachineConfig *self)
{
  return self->arch;
}

DioFirmware
dio_machine_config_get_firmware (DioMachineConfig *self)
{
  return self->firmware;
}

DioAccel
dio_machine_config_get_accel (DioMachineConfig *self)
{
  return self->accel;
}

DioNetwork
dio_machine_config_get_network (DioMachineConfig *self)
{
  return self->network;
}

DioGraphics
dio_machine_config_get_graphics (DioMachineConfig *self)
{
  return self->graphics;
}

guint
dio_machine_config_get_cpus (DioMachineConfig *self)
{
  return self->cpus;
}

guint
dio_machine_config_get_memory (DioMachineConfig *self)
{
  return self->memory;
}

guint
dio_machine_config_get_screens (DioMachineConfig *self)
{
  return self->screens;
}

gboolean
dio_machine_config_get_audio (DioMachineConfig *self)
{
  return self->audio;
}

gboolean
dio_machine_config_get_touch (DioMachineConfig *self)
{
  return self->touch;
}

gboolean
dio_machine_config_get_usb_tablet (DioMachineConfig *self)
{
  return self->usb_tablet;
}

gboolean
dio_machine_config_get_clock_local (DioMachineConfig *self)
{
  return self->clock_local;
}

const char *
dio_machine_config_get_kernel (DioMachineConfig *self)
{
  return self->kernel;
}

const char *
dio_machine_config_get_initrd (DioMachineConfig *self)
{
  return self->initrd;
}

const char *
dio_machine_config_get_kernel_arguments (DioMachineConfig *self)
{
  return self->kernel_arguments;
}

const char *const *
dio_machine_config_get_extra_arguments (DioMachineConfig *self)
{
  return (const char *const *) self->extra_arguments;
}

const char *
dio_machine_config_get_control_port (DioMachineConfig *self)
{
  return self->control_port;
}

static void
add (DioMachineConfig *self, const DioDisk *template)
{
  DioDisk *disk = g_memdup2 (template, sizeof *template);

  g_return_if_fail (template->path != NULL && g_path_is_absolute (template->path));

  disk->path = g_strdup (template->path);
  disk->format = g_strdup (template->format);
  g_ptr_array_add (self->disks, disk);
}

void
dio_machine_config_add_disk (DioMachineConfig *self, const char *path, const char *format, DioDiskBus bus,
                             gboolean read_only)
{
  g_return_if_fail (DIO_IS_MACHINE_CONFIG (self) && format != NULL);

  add (self, &(DioDisk) { (char *) path, (char *) format, bus, read_only, FALSE });
}

void
dio_machine_config_add_cdrom (DioMachineConfig *self, const char *path)
{
  g_return_if_fail (DIO_IS_MACHINE_CONFIG (self));

  add (self, &(DioDisk) { (char *) path, (char *) "raw", DIO_DISK_BUS_SATA, TRUE, TRUE });
}

guint
dio_machine_config_get_n_disks (DioMachineConfig *self)
{
  return self->disks->len;
}

const DioDisk *
dio_machine_config_get_disk (DioMachineConfig *self, guint i)
{
  g_return_val_if_fail (i < self->disks->len, NULL);

  return g_ptr_array_index (self->disks, i);
}

/* Where the value of a property lies; the types are those of the property's specification. */
static gpointer
get_field (DioMachineConfig *self, guint property_id)
{
  gpointer fields[N_PROPS] = {
    [PROP_NAME] = &self->name,
    [PROP_UUID] = &self->uuid,
    [PROP_ARCH] = &self->arch,
    [PROP_FIRMWARE] = &self->firmware,
    [PROP_ACCEL] = &self->accel,
    [PROP_NETWORK] = &self->network,
    [PROP_GRAPHICS] = &self->graphics,
    [PROP_CPUS] = &self->cpus,
    [PROP_MEMORY] = &self->memory,
    [PROP_SCREENS] = &self->screens,
    [PROP_AUDIO] = &self->audio,
    [PROP_TOUCH] = &self->touch,
    [PROP_USB_TABLET] = &self->usb_tablet,
    [PROP_CLOCK_LOCAL] = &self->clock_local,
    [PROP_KERNEL] = &self->kernel,
    [PROP_INITRD] = &self->initrd,
    [PROP_KERNEL_ARGUMENTS] = &self->kernel_arguments,
    [PROP_EXTRA_ARGUMENTS] = &self->extra_arguments,
    [PROP_CONTROL_PORT] = &self->control_port,
  };

  return fields[property_id];
}

static void
dio_machine_config_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  gpointer field = get_field (DIO_MACHINE_CONFIG (object), property_id);

  if (G_IS_PARAM_SPEC_STRING (pspec))
    g_value_set_string (value, *(char **) field);
  else if (G_IS_PARAM_SPEC_BOXED (pspec))
    g_value_set_boxed (value, *(GStrv *) field);
  else if (G_IS_PARAM_SPEC_ENUM (pspec))
    g_value_set_enum (value, *(int *) field);
  else if (G_IS_PARAM_SPEC_UINT (pspec))
    g_value_set_uint (value, *(guint *) field);
  else
    g_value_set_boolean (value, *(gboolean *) field);
}

static gboolean
set_int (int *field, int value)
{
  if (*field == value)
    return FALSE;
  *field = value;
  return TRUE;
}

static gboolean
set_strv (GStrv *field, const char *const *value)
{
  if (*field == (GStrv) value ||
      (*field != NULL && value != NULL && g_strv_equal ((const char *const *) *field, value)))
    return FALSE;
  g_strfreev (*field);
  *field = g_strdupv ((GStrv) value);
  return TRUE;
}

static void
dio_machine_config_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  gpointer field = get_field (DIO_MACHINE_CONFIG (object), property_id);
  gboolean changed;

  if (property_id == PROP_NAME || property_id == PROP_UUID || property_id == PROP_ARCH)
    g_return_if_fail (g_value_get_string (value) != NULL);
  if (property_id == PROP_UUID)
    g_return_if_fail (g_uuid_string_is_valid (g_value_get_string (value)));

  if (G_IS_PARAM_SPEC_STRING (pspec))
    changed = g_set_str (field, g_value_get_string (value));
  else if (G_IS_PARAM_SPEC_BOXED (pspec))
    changed = set_strv (field, g_value_get_boxed (value));
  else if (G_IS_PARAM_SPEC_ENUM (pspec))
    changed = set_int (field, g_value_get_enum (value));
  else if (G_IS_PARAM_SPEC_UINT (pspec))
    changed = set_int (field, g_value_get_uint (value));
  else
    changed = set_int (field, g_value_get_boolean (value));

  if (changed)
    g_object_notify_by_pspec (object, pspec);
}

static void
dio_machine_config_finalize (GObject *object)
{
  DioMachineConfig *self = DIO_MACHINE_CONFIG (object);

  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->uuid, g_free);
  g_clear_pointer (&self->arch, g_free);
  g_clear_pointer (&self->kernel, g_free);
  g_clear_pointer (&self->initrd, g_free);
  g_clear_pointer (&self->kernel_arguments, g_free);
  g_clear_pointer (&self->extra_arguments, g_strfreev);
  g_clear_pointer (&self->control_port, g_free);
  g_clear_pointer (&self->disks, g_ptr_array_unref);
  G_OBJECT_CLASS (dio_machine_config_parent_class)->finalize (object);
}

static void
dio_machine_config_class_init (DioMachineConfigClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_machine_config_get_property;
  object_class->set_property = dio_machine_config_set_property;
  object_class->finalize = dio_machine_config_finalize;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_UUID] = g_param_spec_string ("uuid", NULL, NULL, NULL, flags);
  props[PROP_ARCH] = g_param_spec_string ("arch", NULL, NULL, "x86_64", flags);
  props[PROP_FIRMWARE] = g_param_spec_enum ("firmware", NULL, NULL, DIO_TYPE_FIRMWARE, DIO_FIRMWARE_BIOS, flags);
  props[PROP_ACCEL] = g_param_spec_enum ("accel", NULL, NULL, DIO_TYPE_ACCEL, DIO_ACCEL_AUTO, flags);
  props[PROP_NETWORK] = g_param_spec_enum ("network", NULL, NULL, DIO_TYPE_NETWORK, DIO_NETWORK_NAT, flags);
  props[PROP_GRAPHICS] = g_param_spec_enum ("graphics", NULL, NULL, DIO_TYPE_GRAPHICS, DIO_GRAPHICS_2D, flags);
  props[PROP_CPUS] = g_param_spec_uint ("cpus", NULL, NULL, 1, 255, 2, flags);
  props[PROP_MEMORY] = g_param_spec_uint ("memory", NULL, NULL, 64, 16 * 1024 * 1024, 2048, flags);
  props[PROP_SCREENS] = g_param_spec_uint ("screens", NULL, NULL, 1, DIO_MAX_SCREENS, 4, flags);
  props[PROP_AUDIO] = g_param_spec_boolean ("audio", NULL, NULL, TRUE, flags);
  props[PROP_TOUCH] = g_param_spec_boolean ("touch", NULL, NULL, FALSE, flags);
  props[PROP_USB_TABLET] = g_param_spec_boolean ("usb-tablet", NULL, NULL, TRUE, flags);
  props[PROP_CLOCK_LOCAL] = g_param_spec_boolean ("clock-local", NULL, NULL, FALSE, flags);
  props[PROP_KERNEL] = g_param_spec_string ("kernel", NULL, NULL, NULL, flags);
  props[PROP_INITRD] = g_param_spec_string ("initrd", NULL, NULL, NULL, flags);
  props[PROP_KERNEL_ARGUMENTS] = g_param_spec_string ("kernel-arguments", NULL, NULL, NULL, flags);
  props[PROP_EXTRA_ARGUMENTS] = g_param_spec_boxed ("extra-arguments", NULL, NULL, G_TYPE_STRV, flags);
  props[PROP_CONTROL_PORT] = g_param_spec_string ("control-port", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_machine_config_init (DioMachineConfig *self)
{
  self->name = g_strdup ("");
  self->uuid = g_uuid_string_random ();
  self->arch = g_strdup ("x86_64");
  self->network = DIO_NETWORK_NAT;
  self->cpus = 2;
  self->memory = 2048;
  self->screens = 4;
  self->audio = TRUE;
  self->usb_tablet = TRUE;
  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) disk_free);
}
