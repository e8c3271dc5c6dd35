/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/session.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What a machine's clipboard does and may do, whether its guest tools run, and how to get text and files into it:
 * by the window's actions "win.type-copied", "win.send-files" and "win.send-copied-files". */
#define DIO_TYPE_CLIPBOARD_DIALOG (dio_clipboard_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioClipboardDialog, dio_clipboard_dialog, DIO, CLIPBOARD_DIALOG, AdwPreferencesDialog)

/* CLIPBOARD: this computer's. */
DioClipboardDialog *dio_clipboard_dialog_new (DioSession *session, GdkClipboard *clipboard);
/* How to install the guest tools comes first. */
void dio_clipboard_dialog_show_guest_tools (DioClipboardDialog *self);

G_END_DECLS
