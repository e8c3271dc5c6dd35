/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/definition.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Bounds of what is read; each is far beyond what a machine has. */
#define DIO_MAX_NAME 255  /* characters */
#define DIO_MAX_TEXT 4096 /* bytes */
#define DIO_MAX_NOTES (256 * 1024)
#define DIO_MAX_PARTS 256 /* disks, layers of one, forwards, shares, arguments */

/* Texts of a definition may have lines. */
typedef enum
{
  DIO_TEXT_LINE,
  DIO_TEXT_LINES
} DioTextKind;

struct _DioDefinition
{
  GObject parent_instance;

  char *folder; /* canonical */
  DioMachineConfig *config;
  JsonObject *read; /* (nullable): what was read, brought up to date; has the members that we do not know */
  gboolean writable;

  char *os;
  char *os_name;
  char *icon;
  char *group;
  char *notes;
  gboolean autostart;
  gint64 created;
};

/* Whether PSPEC of a DioMachineConfig is a member of the definition's "machine" as its value stands. */
gboolean dio_definition_has_property (GParamSpec *pspec);
/* Whether PSPEC's text is the path of a file of the machine's. */
gboolean dio_definition_is_path (GParamSpec *pspec);

/* What SELF->read says, into SELF. Errors name the member. NEWER: what is not known of the values of enumerations is
 * left as it was. */
gboolean dio_definition_read (DioDefinition *self, gboolean newer, GError **error);
/* (transfer full) */
JsonObject *dio_definition_write (DioDefinition *self);

/* What is shown in a line, or becomes part of a command, has no control characters. */
gboolean dio_definition_is_plain (const char *text, DioTextKind kind);
/* TEXT as it stands in a definition, as an absolute path; NULL when it is none, or leads out of the folder without
 * being absolute; and the other way. (transfer full) */
char *dio_definition_resolve (const char *folder, const char *text);
char *dio_definition_shorten (const char *folder, const char *path);

G_END_DECLS
