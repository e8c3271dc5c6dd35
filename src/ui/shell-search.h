/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "service/search-provider.h"
#include "ui/application.h"

G_BEGIN_DECLS

/* What GNOME Shell's search finds of the library opens in APPLICATION's windows. (transfer full) */
DioSearchProvider *dio_shell_search_new (DioApplication *application);

G_END_DECLS
