/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Asks which group machines are to be in: one that there is, a new one, or none.
 *
 * Signal: "chosen" (string: the group, "": none). */
#define DIO_TYPE_GROUP_DIALOG (dio_group_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioGroupDialog, dio_group_dialog, DIO, GROUP_DIALOG, AdwDialog)

/* GROUPS: names. CURRENT: the one that they are in, or "". (transfer floating) */
DioGroupDialog *dio_group_dialog_new (GPtrArray *groups, const char *current);

G_END_DECLS
