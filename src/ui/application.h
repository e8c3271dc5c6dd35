/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"
#include "session/session.h"
#include "session/usb-manager.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The one running instance: opens windows for what the command line, the desktop and its own windows ask for. Actions:
 * app.library, app.open, app.demo, app.attach, app.about, app.shortcuts, app.quit. */
#define DIO_TYPE_APPLICATION (dio_application_get_type ())
G_DECLARE_FINAL_TYPE (DioApplication, dio_application, DIO, APPLICATION, AdwApplication)

DioApplication *dio_application_new (void);

/* Runs it. Returns: the exit status. */
int dio_application_run (DioApplication *self, int argc, char **argv);
/* Fails COMMAND_LINE with MESSAGE, a sentence, on its caller's standard error; for what was found out after it was
 * handled. */
void dio_application_fail_command_line (DioApplication *self, GApplicationCommandLine *command_line,
                                        const char *message);

void dio_application_show_library (DioApplication *self);
/* The machines in the user's places, made when it is first asked for. (transfer none) */
DioLibrary *dio_application_get_library (DioApplication *self);
/* Who has which USB device; it does nothing before a machine of ours takes part. (transfer none) */
DioUsbManager *dio_application_get_usb_manager (DioApplication *self);
/* Opens FILES, whatever they are: see ui/image-opener.h. Failures are shown in dialogs over PARENT (nullable: over the
 * library window). */
void dio_application_open_images (DioApplication *self, GtkWindow *parent, GFile **files, guint n_files);
/* Brings the window of the machine to the front that was made of the image at PATH, if there is one. */
gboolean dio_application_show_image (DioApplication *self, const char *path);
/* Starts MACHINE, which is not of the library, in a new window; or shows the one that it has already. DISPOSABLE:
 * closing the window does not ask. */
void dio_application_start_machine (DioApplication *self, DioMachine *machine, gboolean disposable);
gboolean dio_application_start_demo (DioApplication *self, DioGraphics graphics, GError **error);
void dio_application_show_session (DioApplication *self, DioSession *session);
/* Tells in a dialog over PARENT (nullable) what did not work. */
void dio_application_report (DioApplication *self, GtkWindow *parent, const char *heading, const char *message);
/* Gives WINDOW the keys of the .ui file NAME: those that do the same in each window are in "window-shortcuts". */
void dio_application_add_shortcuts (GtkWidget *window, const char *name);

G_END_DECLS
