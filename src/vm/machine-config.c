/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/machine-config.h"

#define VARS_SUFFIX ".qcow2"

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
  char *uefi_vars;
  gboolean tpm;
  char *tpm_state;
  char *install_folder;
  DioNetworkCard network_card;
  char *network_name;
  gboolean microphone;
  guint width, height;
  gboolean boot_menu;
  gboolean hyperv;
  gboolean disposable;
  GPtrArray *disks;    /* of DioDisk */
  GPtrArray *forwards; /* of DioForward */
  GPtrArray *shares;   /* of DioShare */
};

G_DEFINE_FINAL_TYPE (DioMachineConfig, dio_machine_config, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (DioFirmware, dio_firmware, G_DEFINE_ENUM_VALUE (DIO_FIRMWARE_BIOS, "bios"),
                    G_DEFINE_ENUM_VALUE (DIO_FIRMWARE_UEFI, "uefi"),
                    G_DEFINE_ENUM_VALUE (DIO_FIRMWARE_UEFI_SECURE, "uefi-secure"))
G_DEFINE_ENUM_TYPE (DioAccel, dio_accel, G_DEFINE_ENUM_VALUE (DIO_ACCEL_AUTO, "auto"),
                    G_DEFINE_ENUM_VALUE (DIO_ACCEL_KVM, "kvm"), G_DEFINE_ENUM_VALUE (DIO_ACCEL_TCG, "tcg"))
G_DEFINE_ENUM_TYPE (DioNetwork, dio_network, G_DEFINE_ENUM_VALUE (DIO_NETWORK_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (DIO_NETWORK_NAT, "nat"), G_DEFINE_ENUM_VALUE (DIO_NETWORK_PASST, "passt"),
                    G_DEFINE_ENUM_VALUE (DIO_NETWORK_ISOLATED, "isolated"))
G_DEFINE_ENUM_TYPE (DioNetworkCard, dio_network_card, G_DEFINE_ENUM_VALUE (DIO_NETWORK_CARD_VIRTIO, "virtio"),
                    G_DEFINE_ENUM_VALUE (DIO_NETWORK_CARD_E1000E, "e1000e"),
                    G_DEFINE_ENUM_VALUE (DIO_NETWORK_CARD_RTL8139, "rtl8139"))
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
  PROP_UEFI_VARS,
  PROP_TPM,
  PROP_TPM_STATE,
  PROP_INSTALL_FOLDER,
  PROP_NETWORK_CARD,
  PROP_NETWORK_NAME,
  PROP_MICROPHONE,
  PROP_WIDTH,
  PROP_HEIGHT,
  PROP_BOOT_MENU,
  PROP_HYPERV,
  PROP_DISPOSABLE,
  PROP_DISKS,
  PROP_FORWARDS,
  PROP_SHARES,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

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

const char *
dio_machine_config_get_uefi_vars (DioMachineConfig *self)
{
  return self->uefi_vars;
}

gboolean
dio_machine_config_get_tpm (DioMachineConfig *self)
{
  return self->tpm;
}

const char *
dio_machine_config_get_tpm_state (DioMachineConfig *self)
{
  return self->tpm_state;
}

const char *
dio_machine_config_get_install_folder (DioMachineConfig *self)
{
  return self->install_folder;
}

static gboolean
is_inside (const char *path, const char *folder)
{
  return path && g_str_has_prefix (path, folder) && path[strlen (folder)] == '/';
}

gboolean
dio_machine_config_end_install (DioMachineConfig *self)
{
  g_autofree char *folder = g_strdup (self->install_folder);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  g_return_val_if_fail (DIO_IS_MACHINE_CONFIG (self), FALSE);

  if (!folder)
    return FALSE;
  for (guint i = 0; i < self->disks->len; i++)
    {
      DioDisk *disk = g_ptr_array_index (self->disks, i);

      if (!is_inside (disk->path, folder))
        g_ptr_array_add (kept, disk);
    }
  dio_machine_config_set_disks (self, kept);
  if (is_inside (self->kernel, folder))
    g_object_set (self, "kernel", NULL, "initrd", NULL, "kernel-arguments", NULL, NULL);
  g_object_set (self, "install-folder", NULL, NULL);
  return TRUE;
}

DioNetworkCard
dio_machine_config_get_network_card (DioMachineConfig *self)
{
  return self->network_card;
}

const char *
dio_machine_config_get_network_name (DioMachineConfig *self)
{
  return self->network_name;
}

gboolean
dio_machine_config_get_microphone (DioMachineConfig *self)
{
  return self->microphone;
}

guint
dio_machine_config_get_width (DioMachineConfig *self)
{
  return self->width;
}

guint
dio_machine_config_get_height (DioMachineConfig *self)
{
  return self->height;
}

gboolean
dio_machine_config_get_boot_menu (DioMachineConfig *self)
{
  return self->boot_menu;
}

gboolean
dio_machine_config_get_hyperv (DioMachineConfig *self)
{
  return self->hyperv;
}

gboolean
dio_machine_config_get_disposable (DioMachineConfig *self)
{
  return self->disposable;
}

char *
dio_machine_config_dup_uefi_vars_path (DioMachineConfig *self)
{
  gsize stem;

  g_return_val_if_fail (DIO_IS_MACHINE_CONFIG (self), NULL);

  if (self->firmware == DIO_FIRMWARE_BIOS || self->uefi_vars == NULL)
    return NULL;
  if (self->firmware == DIO_FIRMWARE_UEFI)
    return g_strdup (self->uefi_vars);
  stem = strlen (self->uefi_vars) - (g_str_has_suffix (self->uefi_vars, VARS_SUFFIX) ? strlen (VARS_SUFFIX) : 0);
  return g_strdup_printf ("%.*s-secure" VARS_SUFFIX, (int) stem, self->uefi_vars);
}

char *
dio_machine_config_dup_mac (DioMachineConfig *self)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;

  g_return_val_if_fail (DIO_IS_MACHINE_CONFIG (self), NULL);

  g_checksum_update (checksum, (const guchar *) self->uuid, -1);
  g_checksum_get_digest (checksum, digest, &length);
  /* The range that QEMU's own cards have. */
  return g_strdup_printf ("52:54:00:%02x:%02x:%02x", digest[0], digest[1], digest[2]);
}

DioMachineConfig *
dio_machine_config_copy (DioMachineConfig *self)
{
  g_autoptr (DioMachineConfig) copy = dio_machine_config_new (self->name);

  for (guint i = PROP_NAME; i < N_PROPS; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_value_init (&value, props[i]->value_type);
      g_object_get_property (G_OBJECT (self), props[i]->name, &value);
      g_object_set_property (G_OBJECT (copy), props[i]->name, &value);
    }
  return g_steal_pointer (&copy);
}

/* --- what there are several of --- */

static GPtrArray *
copy_parts (GPtrArray *parts, GCopyFunc copy, GDestroyNotify free_part)
{
  GPtrArray *copies = g_ptr_array_new_with_free_func (free_part);

  for (guint i = 0; parts && i < parts->len; i++)
    g_ptr_array_add (copies, copy (parts->pdata[i], NULL));
  return copies;
}

static gboolean
parts_equal (GPtrArray *a, GPtrArray *b, GEqualFunc equal)
{
  if (a->len != (b ? b->len : 0))
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!equal (a->pdata[i], b->pdata[i]))
      return FALSE;
  return TRUE;
}

static void
set_parts (DioMachineConfig *self, GPtrArray **field, GPtrArray *parts, int property_id, gpointer copy,
           gpointer free_part, gpointer equal)
{
  GPtrArray *old = *field;

  if (parts_equal (old, parts, (GEqualFunc) equal))
    return;
  *field = copy_parts (parts, (GCopyFunc) copy, (GDestroyNotify) free_part);
  g_ptr_array_unref (old);
  g_object_notify_by_pspec (G_OBJECT (self), props[property_id]);
}

GPtrArray *
dio_machine_config_get_disks (DioMachineConfig *self)
{
  return self->disks;
}

GPtrArray *
dio_machine_config_get_forwards (DioMachineConfig *self)
{
  return self->forwards;
}

GPtrArray *
dio_machine_config_get_shares (DioMachineConfig *self)
{
  return self->shares;
}

void
dio_machine_config_set_disks (DioMachineConfig *self, GPtrArray *disks)
{
  g_return_if_fail (DIO_IS_MACHINE_CONFIG (self));

  set_parts (self, &self->disks, disks, PROP_DISKS, dio_disk_copy, dio_disk_free, dio_disk_equal);
}

void
dio_machine_config_set_forwards (DioMachineConfig *self, GPtrArray *forwards)
{
  g_return_if_fail (DIO_IS_MACHINE_CONFIG (self));

  set_parts (self, &self->forwards, forwards, PROP_FORWARDS, dio_forward_copy, dio_forward_free, dio_forward_equal);
}

void
dio_machine_config_set_shares (DioMachineConfig *self, GPtrArray *shares)
{
  g_return_if_fail (DIO_IS_MACHINE_CONFIG (self));

  set_parts (self, &self->shares, shares, PROP_SHARES, dio_share_copy, dio_share_free, dio_share_equal);
}

static void
add (DioMachineConfig *self, const DioDisk *disk)
{
  g_return_if_fail (disk->path != NULL ? g_path_is_absolute (disk->path) : disk->cdrom);

  g_ptr_array_add (self->disks, dio_disk_copy (disk));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DISKS]);
}

void
dio_machine_config_add_disk (DioMachineConfig *self, const char *path, const char *format, DioDiskBus bus,
                             gboolean read_only)
{
  g_return_if_fail (DIO_IS_MACHINE_CONFIG (self) && format != NULL);

  add (self, &(DioDisk) { (char *) path, (char *) format, bus, read_only });
}

void
dio_machine_config_add_cdrom (DioMachineConfig *self, const char *path)
{
  g_return_if_fail (DIO_IS_MACHINE_CONFIG (self));

  add (self, &(DioDisk) { (char *) path, (char *) "raw", DIO_DISK_BUS_SATA, .read_only = TRUE, .cdrom = TRUE });
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
    [PROP_UEFI_VARS] = &self->uefi_vars,
    [PROP_TPM] = &self->tpm,
    [PROP_TPM_STATE] = &self->tpm_state,
    [PROP_INSTALL_FOLDER] = &self->install_folder,
    [PROP_NETWORK_CARD] = &self->network_card,
    [PROP_NETWORK_NAME] = &self->network_name,
    [PROP_MICROPHONE] = &self->microphone,
    [PROP_WIDTH] = &self->width,
    [PROP_HEIGHT] = &self->height,
    [PROP_BOOT_MENU] = &self->boot_menu,
    [PROP_HYPERV] = &self->hyperv,
    [PROP_DISPOSABLE] = &self->disposable,
    [PROP_DISKS] = &self->disks,
    [PROP_FORWARDS] = &self->forwards,
    [PROP_SHARES] = &self->shares,
  };

  return fields[property_id];
}

static gboolean
strings_equal (GStrv a, GStrv b)
{
  static const char *const none[] = { NULL };

  return g_strv_equal (a != NULL ? (const char *const *) a : none, b != NULL ? (const char *const *) b : none);
}

static gboolean
values_equal (gconstpointer a, gconstpointer b, GParamSpec *pspec)
{
  if (G_IS_PARAM_SPEC_STRING (pspec))
    return g_strcmp0 (*(char *const *) a, *(char *const *) b) == 0;
  if (G_IS_PARAM_SPEC_BOXED (pspec))
    return strings_equal (*(const GStrv *) a, *(const GStrv *) b);
  return *(const int *) a == *(const int *) b;
}

GStrv
dio_machine_config_list_differences (DioMachineConfig *a, DioMachineConfig *b)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  g_return_val_if_fail (DIO_IS_MACHINE_CONFIG (a) && DIO_IS_MACHINE_CONFIG (b), NULL);

  for (guint i = PROP_NAME; i < N_PROPS; i++)
    {
      gboolean equal;

      if (i == PROP_DISKS)
        equal = parts_equal (a->disks, b->disks, (GEqualFunc) dio_disk_equal);
      else if (i == PROP_FORWARDS)
        equal = parts_equal (a->forwards, b->forwards, (GEqualFunc) dio_forward_equal);
      else if (i == PROP_SHARES)
        equal = parts_equal (a->shares, b->shares, (GEqualFunc) dio_share_equal);
      else
        equal = values_equal (get_field (a, i), get_field (b, i), props[i]);
      if (!equal)
        g_strv_builder_add (names, props[i]->name);
    }
  return g_strv_builder_end (names);
}

static void
dio_machine_config_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  gpointer field = get_field (DIO_MACHINE_CONFIG (object), property_id);

  if (G_IS_PARAM_SPEC_STRING (pspec))
    g_value_set_string (value, *(char **) field);
  else if (G_IS_PARAM_SPEC_BOXED (pspec))
    g_value_set_boxed (value, *(gpointer *) field);
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
  if (strings_equal (*field, (GStrv) value))
    return FALSE;
  g_strfreev (*field);
  *field = g_strdupv ((GStrv) value);
  return TRUE;
}

static void
dio_machine_config_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DioMachineConfig *self = DIO_MACHINE_CONFIG (object);
  gpointer field = get_field (self, property_id);
  gboolean changed;

  if (property_id == PROP_DISKS)
    dio_machine_config_set_disks (self, g_value_get_boxed (value));
  else if (property_id == PROP_FORWARDS)
    dio_machine_config_set_forwards (self, g_value_get_boxed (value));
  else if (property_id == PROP_SHARES)
    dio_machine_config_set_shares (self, g_value_get_boxed (value));
  if (property_id >= PROP_DISKS)
    return;
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
  g_clear_pointer (&self->uefi_vars, g_free);
  g_clear_pointer (&self->tpm_state, g_free);
  g_clear_pointer (&self->install_folder, g_free);
  g_clear_pointer (&self->network_name, g_free);
  g_clear_pointer (&self->disks, g_ptr_array_unref);
  g_clear_pointer (&self->forwards, g_ptr_array_unref);
  g_clear_pointer (&self->shares, g_ptr_array_unref);
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
  props[PROP_UEFI_VARS] = g_param_spec_string ("uefi-vars", NULL, NULL, NULL, flags);
  props[PROP_TPM] = g_param_spec_boolean ("tpm", NULL, NULL, FALSE, flags);
  props[PROP_TPM_STATE] = g_param_spec_string ("tpm-state", NULL, NULL, NULL, flags);
  props[PROP_INSTALL_FOLDER] = g_param_spec_string ("install-folder", NULL, NULL, NULL, flags);
  props[PROP_NETWORK_CARD] =
      g_param_spec_enum ("network-card", NULL, NULL, DIO_TYPE_NETWORK_CARD, DIO_NETWORK_CARD_VIRTIO, flags);
  props[PROP_NETWORK_NAME] = g_param_spec_string ("network-name", NULL, NULL, NULL, flags);
  props[PROP_MICROPHONE] = g_param_spec_boolean ("microphone", NULL, NULL, FALSE, flags);
  props[PROP_WIDTH] = g_param_spec_uint ("width", NULL, NULL, 0, DIO_MAX_SIZE, 0, flags);
  props[PROP_HEIGHT] = g_param_spec_uint ("height", NULL, NULL, 0, DIO_MAX_SIZE, 0, flags);
  props[PROP_BOOT_MENU] = g_param_spec_boolean ("boot-menu", NULL, NULL, FALSE, flags);
  props[PROP_HYPERV] = g_param_spec_boolean ("hyperv", NULL, NULL, FALSE, flags);
  props[PROP_DISPOSABLE] = g_param_spec_boolean ("disposable", NULL, NULL, FALSE, flags);
  props[PROP_DISKS] = g_param_spec_boxed ("disks", NULL, NULL, G_TYPE_PTR_ARRAY, flags);
  props[PROP_FORWARDS] = g_param_spec_boxed ("forwards", NULL, NULL, G_TYPE_PTR_ARRAY, flags);
  props[PROP_SHARES] = g_param_spec_boxed ("shares", NULL, NULL, G_TYPE_PTR_ARRAY, flags);
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
  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);
  self->forwards = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_forward_free);
  self->shares = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_share_free);
}
