/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/boot-watch.h"
#include "ui/console-window.h"

G_BEGIN_DECLS

/* What may keep the machine of a window from starting, and what is done about it. */
typedef struct
{
  DioBootWatch *boot_watch; /* (nullable) (owned) */
  GHashTable *to_remember;  /* (owned): passphrases, by the image's path, once they turn out to fit */
  const char *told;         /* (unowned): what the banner shows; only to be compared */
  gboolean asking;          /* for a passphrase, or the keyring for it */
  gboolean firmware_tried;  /* the other one */
} DioConsoleStart;

/* console-window-boot.c: nothing on its disks starts. */
void dio_console_window_setup_boot (DioConsoleWindow *self);
/* What the banner says of it, or NULL; RET_BUTTON: (out): the label of what could help, or NULL: nothing is known that
 * would. */
const char *dio_console_window_get_boot_notice (DioConsoleWindow *self, const char **ret_button);
void dio_console_window_try_other_firmware (DioConsoleWindow *self);

/* console-window-passphrase.c: its disks are encrypted. */
void dio_console_window_setup_passphrases (DioConsoleWindow *self);

G_END_DECLS
