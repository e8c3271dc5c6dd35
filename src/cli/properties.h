/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/definition.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Changes DEFINITION as the words of ASSIGNMENTS, "property=value", say: all of them, or none if one is wrong. An empty
 * value is the default. Relative paths are those of the current folder. Errors (INVALID_ARGUMENT) are sentences that
 * name the property and what it takes. Blocks on the file system where a disk's format is looked at. */
gboolean dio_properties_set (DioDefinition *definition, const char *const *assignments, GError **error);

/* What there is to set and what each takes, for a help text: a line for each. (transfer full) */
char *dio_properties_dup_help (void);

/* All properties of CONFIG with their values, as in a definition, but with absolute paths and nothing left out.
 * (transfer full) */
JsonObject *dio_properties_to_json (DioMachineConfig *config);

G_END_DECLS
