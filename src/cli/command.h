/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Exit statuses; scripts rely on them (diorama.1). */
typedef enum
{
  DIO_EXIT_OK,
  DIO_EXIT_FAILED,
  DIO_EXIT_NOT_UNDERSTOOD, /* the command line */
  DIO_EXIT_NO_MACHINE,     /* none of that name or UUID, or several of that name */
  DIO_EXIT_STATE,          /* the machine's state does not let it be done: it runs, does not run, is in use, … */
  DIO_EXIT_CANCELLED,      /* by Ctrl+C */
  DIO_EXIT_TIMEOUT,        /* what was waited for did not come in time */
  DIO_EXIT_NO_DEVICE,      /* no USB device is what was said, or several are */
  DIO_EXIT_WANTED,         /* the USB device is wanted elsewhere, which an option would override */
} DioExit;

/* One command: ARGV begins with its name and ends with NULL. It may change that and return -1: the application goes on
 * with it. */
int dio_command_delete (int argc, char **argv);
int dio_command_duplicate (int argc, char **argv);
int dio_command_export (int argc, char **argv);
int dio_command_import (int argc, char **argv);
int dio_command_info (int argc, char **argv);
int dio_command_inspect (int argc, char **argv);
int dio_command_list (int argc, char **argv);
int dio_command_new (int argc, char **argv);
int dio_command_set (int argc, char **argv);
int dio_command_start (int argc, char **argv);
int dio_command_stop (int argc, char **argv);
int dio_command_usb (int argc, char **argv);

/* How a command is called. Texts are marked for translation, and translated here. */
typedef struct
{
  const char *name;
  const char *operands;    /* "NAME PROPERTY=VALUE…" */
  const char *summary;     /* a sentence */
  const char *description; /* (nullable): behind the options */
  guint min_operands, max_operands;
} DioUsage;

/* Reads the options into ENTRIES' variables; “--help” ends the process. Operands are UTF-8, except those that
 * FILENAMES says may be anything. Returns: (transfer full) (nullable): the operands, or NULL: was told what is wrong.
 */
GStrv dio_usage_parse (const DioUsage *usage, const GOptionEntry *entries, int argc, char **argv, gboolean filenames);

/* NAME: (nullable): an option's value. Says so if it cannot be a machine's name. */
gboolean dio_command_check_name (const char *name);

/* On standard error. */
void dio_command_warn (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* The same with an exit status made from the error's code. */
int dio_command_fail (const GError *error);

/* On standard output, in UTF-8 whatever the locale. TEXT of a file or a machine cannot control the terminal: what is
 * not printable is replaced. */
void dio_command_print (const char *format, ...) G_GNUC_PRINTF (1, 2);
char *dio_command_dup_printable (const char *text);
/* (transfer full): ROOT */
void dio_command_print_json (JsonNode *root);
/* A line for each member, in the words that “set” takes; parts are told as JSON, on a line each. */
void dio_command_print_object (JsonObject *object);
/* Whether all that was printed went out; says so if not. */
int dio_command_end (int status);

/* For a GAsyncReadyCallback: RESULT is a GAsyncResult *, NULL before. wait() runs the main loop until it has come. */
void dio_command_take_result (GObject *source, GAsyncResult *async_result, gpointer result);
GAsyncResult *dio_command_wait (GAsyncResult **result);

G_END_DECLS
