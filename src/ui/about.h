/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The About dialog over PARENT (nullable), with what the embedded QEMU is made of and text for a bug report. */
void dio_about_present (GtkWindow *parent);

G_END_DECLS
