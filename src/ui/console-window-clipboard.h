/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/clipboard-link.h"
#include "ui/console-window.h"
#include "ui/question-card.h"
#include "ui/transfer-card.h"
#include "ui/type-text-dialog.h"

G_BEGIN_DECLS

/* What a window has of its machine's clipboard, and of files on their way into it; and the guest tools for both. */
typedef struct
{
  DioClipboardLink *link;
  guint mark_id;        /* the guest has just read */
  AdwToast *waiting;    /* that tells of a program that waits for what the guest has copied, or NULL */
  DioFileSend *send;    /* what is on its way, or NULL */
  GQueue *to_send;      /* GListModel of GFile: what comes after it */
  GtkWidget *drop_mark; /* (unowned) */
  GtkLabel *drop_text;  /* (unowned) */
} DioConsoleClipboard;

/* console-window-clipboard.c */
void dio_console_window_setup_clipboard (DioConsoleWindow *self);
/* The window goes; so does what it had of this. */
void dio_console_window_leave_clipboard (DioConsoleWindow *self);

/* Questions are asked, and news told, in one of the machine's windows: the one in use, or else the first. */
gboolean dio_console_window_is_the_one (DioConsoleWindow *self);

/* console-window-files.c */
void dio_console_window_setup_files (DioConsoleWindow *self);
void dio_console_window_stop_files (DioConsoleWindow *self);

/* console-window-tools.c */
void dio_console_window_add_tools_actions (DioConsoleWindow *self);
void dio_console_window_update_tools (DioConsoleWindow *self);

/* console-window-actions.c */
/* Says TEXT, which may carry names of others, in a toast. */
void dio_console_window_tell (DioConsoleWindow *self, const char *text);
/* Opens the dialog that types text. (transfer none) (nullable): the machine takes no keys now. */
DioTypeTextDialog *dio_console_window_present_type_text (DioConsoleWindow *self);

G_END_DECLS
