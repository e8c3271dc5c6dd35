/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/definition.h"

G_BEGIN_DECLS

/* Takes out of DEFINITION what must not come from, or go to, another computer, as it refers to this one or does things
 * here that no window shows: discs and kernels outside of its folder, shared folders, extra arguments, the microphone,
 * ports open to other computers, the answers of an installation, starting with Diorama. Fails with a sentence when a
 * disk, or what it is written over, is not in its folder. */
gboolean dio_definition_tame (DioDefinition *definition, GError **error);
/* Whether DEFINITION is of a kind that only who wrote it oneself should start without being asked: it has arguments for
 * QEMU, shared folders, ports open to other computers, or files outside of its folder. */
gboolean dio_definition_reaches_out (DioDefinition *definition);

G_END_DECLS
