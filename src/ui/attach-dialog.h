/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* Asks where a machine that another program runs can be found, and opens a window for it. */
#define DIO_TYPE_ATTACH_DIALOG (dio_attach_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioAttachDialog, dio_attach_dialog, DIO, ATTACH_DIALOG, AdwDialog)

DioAttachDialog *dio_attach_dialog_new (DioApplication *application);

G_END_DECLS
