/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether FD is of a memory file (memfd_create()) of ordinary pages that cannot become shorter, so that it can be
 * mapped without fear of SIGBUS; where nobody has seen to that yet and whoever made the file allows it, it is done
 * here. Its size is to be asked for after this. */
gboolean dio_memory_file_seal (int fd);

G_END_DECLS
