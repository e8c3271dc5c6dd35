/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/engine-ask.h"

G_BEGIN_DECLS

/* What the embedded QEMU answered, kept in the user's cache: to ask costs more than all else of the first start of a
 * machine. Of one whose modules are packages of their own nothing is kept: they come and go without a trace at the
 * binary. KEY: which binary that was, and in which state. Main thread. */

/* Returns: (transfer full) (nullable): NULL if it has to be asked. */
DioEngineAnswers *dio_engine_cache_read (const char *key);
/* In the background; failures are only noted. */
void dio_engine_cache_write (const char *key, const DioEngineAnswers *answers);

G_END_DECLS
