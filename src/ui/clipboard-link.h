/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/share.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Joins the clipboards of this computer to a machine's, through one of its windows: only while that is the active one
 * does the machine learn what was copied here, and does what was copied in it come here; when it is the active one
 * again, what was copied last. On Wayland the desktop tells then of what was copied here as if it were new: what the
 * guest has read of that before is read again, to know whether it is. Nothing else is read before somebody pastes. What
 * another machine has copied goes from one to the other, not through the desktop. */
#define DIO_TYPE_CLIPBOARD_LINK (dio_clipboard_link_get_type ())
G_DECLARE_FINAL_TYPE (DioClipboardLink, dio_clipboard_link, DIO, CLIPBOARD_LINK, GObject)

/* WINDOW is not kept alive. */
DioClipboardLink *dio_clipboard_link_new (GtkWindow *window, DioClipboardShare *share);
/* Takes what the machine has copied off this computer's clipboards: it is going. */
void dio_clipboard_link_withdraw (DioClipboardLink *self);

G_END_DECLS
