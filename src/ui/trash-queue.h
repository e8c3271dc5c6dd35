/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/library-item.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Machines that the user has thrown away, for as long as "Undo" is offered: out of sight at once, in the Trash when the
 * offer has gone, or Diorama ends. So undoing needs nothing of the Trash. */
#define DIO_TYPE_TRASH_QUEUE (dio_trash_queue_get_type ())
G_DECLARE_FINAL_TYPE (DioTrashQueue, dio_trash_queue, DIO, TRASH_QUEUE, GObject)

/* TOASTS: where the offer appears. */
DioTrashQueue *dio_trash_queue_new (AdwToastOverlay *toasts);
/* Items of machines that do not run. */
void dio_trash_queue_add (DioTrashQueue *self, GPtrArray *items);
/* Moves all that waits to the Trash now. The application stays until that is done. */
void dio_trash_queue_flush (DioTrashQueue *self);

G_END_DECLS
