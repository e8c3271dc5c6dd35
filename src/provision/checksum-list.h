/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What FILE should have in a list of checksums, as sha256sum and sha512sum write them, in GNU's or in BSD's style:
 * lower-case hexadecimal digits, 64 for SHA-256, 128 for SHA-512; NULL when it is not there. TEXT is taken as hostile.
 * (transfer full) (nullable) */
char *dio_checksum_list_find (const char *text, const char *file);
/* Whether DIGITS are a SHA-256 or SHA-512 sum; TYPE: (out): which. */
gboolean dio_checksum_parse (const char *digits, GChecksumType *type);

G_END_DECLS
