/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What PROPERTIES (nullable) of a machine's configuration are called on the pages of its settings, each name once;
 * those that have no row there are left out. (transfer full) (nullable): NULL for none. */
GStrv dio_setting_names (const char *const *properties);

G_END_DECLS
