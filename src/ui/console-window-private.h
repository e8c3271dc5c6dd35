/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"
#include "ui/console-view.h"
#include "ui/console-window-clipboard.h"
#include "ui/console-window-close.h"
#include "ui/console-window-start.h"
#include "ui/console-window.h"
#include "ui/key-bar.h"
#include "ui/screen-keyboard.h"
#include "ui/screens.h"
#include "ui/usb-card.h"

G_BEGIN_DECLS

struct _DioConsoleWindow
{
  AdwApplicationWindow parent_instance;

  /* template */
  AdwToastOverlay *toasts;
  AdwToolbarView *toolbar_view;
  AdwHeaderBar *header;
  AdwWindowTitle *title;
  AdwBanner *banner;
  GtkMenuButton *power_button;
  GtkMenuButton *keys_button;
  GtkMenuButton *menu_button;
  DioConsoleView *view;
  GtkWidget *spinner;
  GtkLabel *idle_text;
  GtkWidget *resume_button;
  GtkWidget *card;
  GtkImage *card_icon;
  GtkLabel *card_title;
  GtkLabel *card_text;
  GtkWidget *card_again, *card_log;
  GtkWidget *handle;
  GtkWidget *diagnostics;
  GtkWidget *zoom_row, *zoom_value;
  GtkRevealer *badge;
  GtkLabel *badge_text, *usb_count;
  DioKeyBar *key_bar;
  GtkWidget *clipboard_button;
  GtkMenuButton *usb_button;
  DioQuestionCard *question_card;
  DioUsbCard *usb_card;
  DioTransferCard *transfer_card;

  /* owned */
  DioSession *session;
  DioMachine *machine;                /* NULL when attached */
  DioLibraryMachine *library_machine; /* NULL: it is not of the library */
  DioLibrary *outside;                /* that it is of, if that is not the user's */
  GSettings *settings;
  DioScreens *screens; /* the machine's, which all its windows share */
  char *screen_error;  /* why its screen cannot be opened, or NULL */
  DioScreenKeyboard *screen_keyboard;
  DioConsoleStart start;
  DioConsoleClipboard clipboard;
  char *dismissed_notice; /* what the banner said when the user sent it away */

  /* state */
  guint number; /* of its screen */
  gboolean disposable;
  gboolean add_outside;       /* to the user's places, when it is off */
  gboolean picture_kept;      /* the last one, for the library */
  gboolean closing;           /* the window is closed once the machine is off */
  gboolean ended;             /* the card is shown */
  const char *send_shortcuts; /* the last value of "grab-shortcuts" but "never"; interned */
  guint spinner_id;
  guint idle_id;      /* a further screen's guest has until then to use it */
  guint shut_down_id; /* the guest has until then to react to Shut Down */
  guint hover_id, handle_id, badge_id;
  guint badge_ms; /* how long it is seen yet */
};

/* console-window-actions.c */
void dio_console_window_add_actions (DioConsoleWindow *self);
void dio_console_window_update_actions (DioConsoleWindow *self);
/* For the end: GTK leaves a window's actions on the session bus for good, and whoever called one would hit a window
 * that is no more. */
void dio_console_window_remove_actions (DioConsoleWindow *self);
/* Tells ERROR of a command that was refused, but for a window that goes away. */
void dio_console_window_report (DioConsoleWindow *self, const GError *error);
/* Presents DIALOG, after which the picture has the keyboard again. Takes the floating reference of DIALOG. */
void dio_console_window_present_dialog (DioConsoleWindow *self, AdwDialog *dialog);
void dio_console_window_shut_down (DioConsoleWindow *self);

/* console-window-fullscreen.c */
void dio_console_window_setup_fullscreen (DioConsoleWindow *self);
void dio_console_window_toggle_fullscreen (DioConsoleWindow *self);
/* Shows the header bar and hands it the keyboard. */
void dio_console_window_leave_picture (DioConsoleWindow *self);

/* console-window-keys.c */
void dio_console_window_setup_keys (DioConsoleWindow *self);

/* console-window-zoom.c */
/* Says TEXT over the picture for about MILLISECONDS. */
void dio_console_window_show_badge (DioConsoleWindow *self, const char *text, guint milliseconds);
void dio_console_window_setup_zoom (DioConsoleWindow *self);

/* console-window-shortcuts.c */
void dio_console_window_setup_shortcuts (DioConsoleWindow *self);

/* console-window-state.c */
/* The machine's name, for sentences. */
const char *dio_console_window_get_name (DioConsoleWindow *self);
/* The machine's state; RUNNING or CRASHED for one that is attached. */
DioMachineState dio_console_window_get_state (DioConsoleWindow *self);
gboolean dio_console_window_is_alive (DioConsoleWindow *self);
/* The state in words; empty while it simply runs. */
const char *dio_console_window_get_state_text (DioConsoleWindow *self);
void dio_console_window_setup_state (DioConsoleWindow *self);
void dio_console_window_update_state (DioConsoleWindow *self);

G_END_DECLS
