/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-config.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Disks, forwarded ports and shared folders on the command line: the part of properties.h about what a machine has
 * several of. They are changed in the definition's JSON, whose rules are checked behind. Errors are INVALID_ARGUMENT.
 */

/* "forwards=2222:22,udp:5353:53", or JSON as in a definition for any of the three. */
JsonNode *dio_parts_parse (const char *name, const char *value, GError **error);
/* Whether NAME is "cdrom", "disk.2.cache", "share.music", … */
gboolean dio_parts_knows (const char *name);
/* Changes MACHINE, the definition's object. */
gboolean dio_parts_assign (JsonObject *machine, const char *name, const char *value, GError **error);
void dio_parts_to_json (DioMachineConfig *config, JsonObject *object);
const char *dio_parts_get_help (void);

G_END_DECLS
