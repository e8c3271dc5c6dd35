/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Discs and initial RAM disks, by libarchive. Everything blocks; errors are sentences for the user. Files that are made
 * are for their owner alone, must not exist, and are removed again when making them fails. */

/* Copies the file INNER ("install.amd/vmlinuz") of the ISO image at ISO to PATH. What is on the disc is taken as
 * hostile: at most 1 GiB of it is copied. */
gboolean dio_iso_extract (const char *iso, const char *inner, const char *path, GCancellable *cancellable,
                          GError **error);
/* Puts the file NAME with CONTENT into the root of the initial RAM disk at PATH: a further archive behind those that it
 * consists of, which Linux unpacks one over the other (its Documentation/driver-api/early-userspace/buffer-format.rst).
 */
gboolean dio_initrd_append (const char *path, const char *name, GBytes *content, GError **error);
/* An ISO image at PATH with the files NAMES (NULL-terminated) that have CONTENTS (GBytes, as many). */
gboolean dio_iso_write (const char *path, const char *label, const char *const *names, GPtrArray *contents,
                        GError **error);

G_END_DECLS
