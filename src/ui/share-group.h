/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* One folder of this computer that a machine sees: its name there, and how to get at it. */
#define DIO_TYPE_SHARE_GROUP (dio_share_group_get_type ())
G_DECLARE_FINAL_TYPE (DioShareGroup, dio_share_group, DIO, SHARE_GROUP, AdwPreferencesGroup)

DioShareGroup *dio_share_group_new (DioMachineSettings *settings);
/* Shows the folder at INDEX of the configuration, as it is now. */
void dio_share_group_set_index (DioShareGroup *self, guint index);

G_END_DECLS
