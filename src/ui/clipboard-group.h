/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/clipboard-options.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What a machine's clipboard may do, to be chosen. */
#define DIO_TYPE_CLIPBOARD_GROUP (dio_clipboard_group_get_type ())
G_DECLARE_FINAL_TYPE (DioClipboardGroup, dio_clipboard_group, DIO, CLIPBOARD_GROUP, AdwPreferencesGroup)

/* Whose; once. */
void dio_clipboard_group_set_options (DioClipboardGroup *self, DioClipboardOptions *options);

G_END_DECLS
