/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The layout that the user's keyboard has at DISPLAY, as xkb names it; "us" where that cannot be told. LAYOUTS:
 * dio_layouts_load()'s. (transfer full) */
char *dio_host_layout_find (GdkDisplay *display, GListModel *layouts);

G_END_DECLS
