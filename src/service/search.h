/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"

G_BEGIN_DECLS

/* The machines that TERMS find: each term must begin a word of the name or of the operating system's; case and accents
 * do not matter. Those found by their name come first, then those used last. Machines without a UUID (damaged ones) are
 * left out. (transfer full): DioLibraryMachine */
GPtrArray *dio_search (DioLibrary *library, const char *const *terms);

G_END_DECLS
