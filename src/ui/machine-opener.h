/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* Shows MACHINE: its window if it has one, where it is started again if it is off; else it is started in a new window.
 * DISPOSABLE: nothing that it writes is kept. What does not work is told in a dialog over PARENT (nullable). The
 * application stays until that is done. */
void dio_machine_opener_open (DioApplication *application, GtkWindow *parent, DioLibraryMachine *machine,
                              gboolean disposable);
/* The same of one that is in use, if the user is certain that it is not. */
void dio_machine_opener_take (DioApplication *application, GtkWindow *parent, DioLibraryMachine *machine);

/* Diorama quits: what starts and has no window yet ends, and gets none. There is nothing in it to lose. */
void dio_machine_opener_give_up (void);

/* Whether FILE is, or looks like, a machine's folder or definition. */
gboolean dio_machine_opener_is_machine (GFile *file);
/* Opens the machine whose folder or definition FILE is, once the library has been looked through; one that is in none
 * of the places, too. Errors are sentences for the user. */
void dio_machine_opener_open_file_async (DioApplication *application, GFile *file, GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean dio_machine_opener_open_file_finish (GAsyncResult *result, GError **error);

G_END_DECLS
