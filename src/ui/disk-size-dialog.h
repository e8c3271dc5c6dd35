/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Called with bytes when a size was chosen. */
typedef void (*DioDiskSizeFunc) (guint64 size, gpointer user_data);

/* Asks over PARENT for the size of a disk in whole GB (of 10⁹ bytes, as sizes are shown everywhere), from LEAST bytes
 * on. ACTION: the button that says what happens, with a mnemonic. FUNC is not called once OWNER has gone. */
void dio_disk_size_dialog_present (GtkWidget *parent, const char *heading, const char *body, const char *action,
                                   guint64 least, guint64 suggested, DioDiskSizeFunc func, GObject *owner);

G_END_DECLS
