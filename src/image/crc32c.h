/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* CRC-32C (Castagnoli; RFC 3720's appendix B.4) of SIZE bytes of DATA. */
guint32 dio_crc32c (const guint8 *data, gsize size);

G_END_DECLS
