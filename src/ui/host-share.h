/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-machine.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What this computer has for machines, and what those that run take of it. */
typedef struct
{
  guint memory;       /* MiB */
  guint cpus;         /* that this process may run on */
  guint memory_taken; /* by machines of ours that run, but for one */
  guint cpus_taken;
  guint others; /* how many such machines there are */
} DioHostShare;

/* APPLICATION's windows tell which machines run; EXCEPT: (nullable): the machine that is not counted. Quick. */
void dio_host_share_find (DioHostShare *share, GtkApplication *application, DioMachine *except);

G_END_DECLS
