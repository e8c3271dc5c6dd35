/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TRUE: what goes out into the world goes through a network interface of the USB device at PATH, itself or through a
 * bridge and the like that it is part of. See usb/blocks.h for ROOT. */
gboolean dio_usb_routes_lead_through (const char *root, const char *path);

G_END_DECLS
