/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-private.h"
#include "library/new-folder.h"

/* What tests of the library do again and again. Each fails the test when it cannot. */

#define TIMEOUT_S 240

/* Waits until CONDITION holds; that may come without the main loop being woken. */
#define WAIT_UNTIL(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint timeout_id = g_timeout_add_seconds_once (TIMEOUT_S, dio_test_on_timeout, (gpointer) #condition);             \
    guint tick_id = g_timeout_add (10, dio_test_on_tick, NULL);                                                        \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (tick_id);                                                                                         \
    g_source_remove (timeout_id);                                                                                      \
  }                                                                                                                    \
  G_STMT_END

void dio_test_on_timeout (gpointer condition);
gboolean dio_test_on_tick (gpointer user_data);

char *make_place (const char *name);
/* Returns: its folder. */
char *make_machine (const char *place, const char *name);
DioLibrary *open_library (const char *place);
guint count (DioLibrary *library);
/* USER_DATA: where the result goes: a GAsyncResult *, which is NULL until then. */
void on_result (GObject *source, GAsyncResult *result, gpointer user_data);
DioDefinition *load (DioLibraryMachine *machine, GError **error);
gboolean save (DioLibraryMachine *machine, GError **error);
/* The one machine of LIBRARY. (transfer none) */
DioLibraryMachine *get_only (DioLibrary *library);
void write_file (const char *folder, const char *name, const char *text);
void copy_file (const char *from, const char *to, const char *name);
void remove_folder (const char *folder);
void rename_folder (const char *from, const char *place, const char *name);
DioMachine *prepare (DioLibraryMachine *machine, gboolean disposable, GError **error);
char *read_lock (DioLibraryMachine *machine);
