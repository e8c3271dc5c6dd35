/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-config.h"

G_BEGIN_DECLS

/* The file in a machine's folder that says what the machine is: JSON, by data/machine.schema.json. Members that this
 * Diorama does not know survive; paths inside the folder are written relative to it, so that it can be moved. No I/O:
 * text in, text out; the text is taken as hostile. */
#define DIO_DEFINITION_FILE "machine.diorama.json"
/* A copy of what was written last, should somebody or something damage the first. */
#define DIO_DEFINITION_LAST_GOOD DIO_DEFINITION_FILE ".last-good"
/* A damaged one in whose place that copy was put. */
#define DIO_DEFINITION_DAMAGED DIO_DEFINITION_FILE ".damaged"
#define DIO_DEFINITION_VERSION 1
/* Bytes that a definition may have. */
#define DIO_DEFINITION_MAX (1024 * 1024)

#define DIO_TYPE_DEFINITION (dio_definition_get_type ())
G_DECLARE_FINAL_TYPE (DioDefinition, dio_definition, DIO, DEFINITION, GObject)

/* Of a new machine. FOLDER: absolute; where paths are relative to. */
DioDefinition *dio_definition_new (const char *name, const char *folder);
/* Errors are sentences for the user that name the member. A definition of a newer version is read as far as it is
 * understood, and may not be written ("writable" is FALSE); one of an older version is brought up to date. */
DioDefinition *dio_definition_parse (GBytes *text, const char *folder, GError **error);
/* The same text for the same content: indented, members in a fixed order, unknown ones behind. (transfer full) */
GBytes *dio_definition_to_bytes (DioDefinition *self);

/* The machine itself, with absolute paths; changes of its properties are changes of the definition. (transfer none) */
DioMachineConfig *dio_definition_get_config (DioDefinition *self);
const char *dio_definition_get_folder (DioDefinition *self);
/* The folder was moved or renamed: paths inside follow. */
void dio_definition_set_folder (DioDefinition *self, const char *folder);
gboolean dio_definition_get_writable (DioDefinition *self);

/* Properties, read and write: "os" (string or NULL: as libosinfo names it, "http://debian.org/debian/13"), "os-name"
 * (string or NULL: "Debian 13", so that a list needs no libosinfo), "icon" (string or NULL: the name of one of ours, or
 * of a picture in the folder), "group" (string or NULL), "notes" (string or NULL), "autostart" (boolean: with Diorama).
 * "created" (gint64, seconds since 1970) is set once. */
const char *dio_definition_get_os (DioDefinition *self);
const char *dio_definition_get_os_name (DioDefinition *self);
const char *dio_definition_get_icon (DioDefinition *self);
const char *dio_definition_get_group (DioDefinition *self);
const char *dio_definition_get_notes (DioDefinition *self);
gboolean dio_definition_get_autostart (DioDefinition *self);
gint64 dio_definition_get_created (DioDefinition *self);

G_END_DECLS
