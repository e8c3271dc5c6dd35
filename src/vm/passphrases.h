/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/argv.h"

G_BEGIN_DECLS

/* The passphrases of a machine's encrypted disk images, on their way to QEMU: in memory, never in an argument list nor
 * on a drive. */
typedef struct _DioPassphrases DioPassphrases;

DioPassphrases *dio_passphrases_new (void);
void dio_passphrases_free (DioPassphrases *self);

/* PASSPHRASE: (nullable): forget it. */
void dio_passphrases_set (DioPassphrases *self, const char *path, GBytes *passphrase);
void dio_passphrases_forget_all (DioPassphrases *self);
/* The first encrypted image of CONFIG that has none. (nullable) */
const char *dio_passphrases_find_missing (DioPassphrases *self, DioMachineConfig *config);

/* Adds a file in memory to FDS (of int) for each encrypted image of CONFIG, which all have one, and for each of
 * OVERLAY_KEYS (nullable; of GBytes, or NULL, for each disk); they become numbers from FIRST_FD on in the child. The
 * pointers in PATHS are SELF's. */
gboolean dio_passphrases_hand_over (DioPassphrases *self, DioMachineConfig *config, GPtrArray *overlay_keys,
                                    DioRunPaths *paths, int first_fd, GArray *fds, GError **error);
/* QEMU has read them, or has ended: the files are emptied. */
void dio_passphrases_settle (DioPassphrases *self);

/* Which image's passphrase QEMU said in OUTPUT is wrong. (nullable) */
const char *dio_passphrases_find_wrong (DioMachineConfig *config, const char *output);

G_END_DECLS
