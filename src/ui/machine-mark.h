/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Stands for the picture of a machine that has none yet: its initial on one of a few colours, always the same for the
 * same system. 16:10. */
#define DIO_TYPE_MACHINE_MARK (dio_machine_mark_get_type ())
G_DECLARE_FINAL_TYPE (DioMachineMark, dio_machine_mark, DIO, MACHINE_MARK, GObject)

/* NAME: the system's, or the machine's. WIDGET: whose font is used. */
DioMachineMark *dio_machine_mark_new (GtkWidget *widget, const char *name);

G_END_DECLS
