/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* One disk or CD drive of a machine: what it is, and what can be done with it. Signal: "remove" (): the user wants it
 * gone. */
#define DIO_TYPE_DISK_ROW (dio_disk_row_get_type ())
G_DECLARE_FINAL_TYPE (DioDiskRow, dio_disk_row, DIO, DISK_ROW, AdwExpanderRow)

DioDiskRow *dio_disk_row_new (DioMachineSettings *settings);
/* Shows the disk at INDEX of the configuration, as it is now. */
void dio_disk_row_set_index (DioDiskRow *self, guint index);
guint dio_disk_row_get_index (DioDiskRow *self);

G_END_DECLS
