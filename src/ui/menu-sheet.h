/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A menu for narrow windows: a sheet from below with a row for each item of MENU that can be chosen at present.
 * ACTIONS: what the items name, whatever their prefix. (transfer floating) */
AdwDialog *dio_menu_sheet_new (const char *title, GMenuModel *menu, GActionGroup *actions);

G_END_DECLS
