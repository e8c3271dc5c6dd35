/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Asks for the passphrase of one encrypted disk image, and whether it is to be remembered. Console windows do so by
 * themselves for machines that start without, or with a wrong one (DIO_PASSPHRASE_ERROR in vm/machine.h); who looks
 * into an image before uses it, too. */
#define DIO_TYPE_PASSPHRASE_DIALOG (dio_passphrase_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioPassphraseDialog, dio_passphrase_dialog, DIO, PASSPHRASE_DIALOG, AdwDialog)

/* PATH: the image's. WRONG: the one before did not fit, which is told. */
void dio_passphrase_dialog_ask_async (GtkWidget *parent, const char *path, gboolean wrong, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* RET_REMEMBER: (out): store it (dio_passphrase_store_async()) once it has turned out to fit. Fails with
 * G_IO_ERROR_CANCELLED when the user leaves. (transfer full) */
GBytes *dio_passphrase_dialog_ask_finish (GAsyncResult *result, gboolean *ret_remember, GError **error);

G_END_DECLS
