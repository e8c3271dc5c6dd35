/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-parts.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether a port of this computer could be forwarded now. Fails with a sentence that names the port:
 * G_IO_ERROR_ADDRESS_IN_USE when another program has it, G_IO_ERROR_PERMISSION_DENIED when it is the system's,
 * G_IO_ERROR_INVALID_ARGUMENT when it is none. Does not block. */
gboolean dio_port_check (const DioForward *forward, GError **error);
/* The error of a port that is in use. */
GError *dio_port_new_busy_error (const char *port);

G_END_DECLS
