/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One QEMU binary and what it can do, asked of the binary itself by QMP. Immutable once made.
 *
 * Which one: the embedded build (compiled-in directory DIO_EMBEDDED_QEMU/bin/qemu-system-ARCH; $DIORAMA_EMBEDDED_QEMU
 * names another directory, or none when empty), else $DIORAMA_QEMU (path of a qemu-system-ARCH), else qemu-system-ARCH
 * from PATH if it is 10.0 or newer. */
#define DIO_TYPE_ENGINE (dio_engine_get_type ())
G_DECLARE_FINAL_TYPE (DioEngine, dio_engine, DIO, ENGINE, GObject)

/* ARCH: "x86_64". Fails with G_IO_ERROR_NOT_FOUND and a message for the user that names the package to install, when
 * there is no usable QEMU. What a binary answered is remembered until it changes. */
void dio_engine_probe_async (const char *arch, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
DioEngine *dio_engine_probe_finish (GAsyncResult *result, GError **error);

const char *dio_engine_get_binary (DioEngine *self);                  /* absolute path */
const char *dio_engine_get_version (DioEngine *self);                 /* "10.0.13" */
const char *dio_engine_get_origin (DioEngine *self);                  /* "embedded", "environment" or "system" */
gboolean dio_engine_has_device (DioEngine *self, const char *device); /* as -device names it */
/* A feature: "dbus-display", "dbus-chardev", "kvm", "tcg", "sandbox", "slirp", "exit-with-parent", "audio-pipewire",
 * "audio-pa", …, and any user-creatable object ("memory-backend-memfd"). */
gboolean dio_engine_has_option (DioEngine *self, const char *option);
/* Path of a firmware file, or NULL: "bios", "uefi-code", "uefi-vars", "uefi-secure-code", "uefi-secure-vars". */
const char *dio_engine_get_firmware (DioEngine *self, const char *which);
/* Where QEMU finds its firmware and option ROMs (-L); NULL: it knows by itself. */
const char *dio_engine_get_data_dir (DioEngine *self);
/* What the build manifest says (version, patches, licences) as text to show; NULL when there is none. */
const char *dio_engine_get_manifest (DioEngine *self);

/* Fails with G_IO_ERROR_NOT_SUPPORTED, naming the package to install, when DEVICE is missing. */
gboolean dio_engine_require_device (DioEngine *self, const char *device, GError **error);
/* The same for a feature. */
gboolean dio_engine_require_option (DioEngine *self, const char *option, GError **error);

/* An engine of which all is known already, as tests and the prober have it. Everything is copied. FIRMWARE: name, path,
 * name, path, …, NULL. */
typedef struct
{
  const char *binary;
  const char *version;
  const char *origin;
  const char *data_dir;
  const char *manifest;
  const char *const *devices;
  const char *const *options;
  const char *const *firmware;
} DioEngineFacts;

DioEngine *dio_engine_new (const DioEngineFacts *facts);

G_END_DECLS
