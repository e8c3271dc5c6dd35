/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* Tells over PARENT which changes wait for the next start, and asks whether to restart the machine now: it is asked to
 * shut down, and started anew when it has. */
void dio_settings_restart_ask (GtkWidget *parent, DioMachineSettings *settings);

G_END_DECLS
