/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/image-guess.h"
#include "ui/image-options.h"
#include "ui/image-sheet-file.h"
#include "ui/job-row.h"

G_BEGIN_DECLS

typedef enum
{
  DIO_SHEET_START,
  DIO_SHEET_TRY
} DioSheetWay;

struct _DioImageSheet
{
  AdwDialog parent_instance;

  DioApplication *application;
  DioGraphics graphics;
  GPtrArray *files; /* DioSheetFile */
  DioOsDatabase *database;
  DioHost host;
  DioImageGuess guess;
  DioImageOptions *options_page;
  DioJob *job;
  DioSheetFile *worked_on; /* (unowned) (nullable): whose job that is */
  gboolean settled;
  gboolean closed;
  guint spinner_id, room_id;
  GTask *starting; /* (nullable): waits for what is inside, or for the overlay */
  DioSheetWay way;
  char *notes_shown; /* what the notes say, to see whether that is still it */
  GPtrArray *detail_rows;
  GPtrArray *file_rows;
  char *files_shown; /* what they say */

  /* template */
  AdwNavigationView *navigation;
  GtkPicture *picture;
  GtkLabel *name;
  GtkLabel *system;
  GtkLabel *facts;
  GtkLabel *location;
  GtkWidget *spinner;
  GtkBox *notes;
  GtkWidget *work_group;
  DioJobRow *work;
  AdwPreferencesGroup *group;
  GtkWidget *choices;
  GtkWidget *more;
  AdwActionRow *options;
  AdwExpanderRow *details;
  GtkWidget *bottom;
  GtkLabel *outcome;
  GtkLabel *problem;
  GtkWidget *start;
  GtkWidget *others;
  GtkWidget *try;
  GtkWidget *add;
  GtkWidget *apart;
};

/* image-sheet.c */
/* Shows all of it anew. */
void dio_image_sheet_update (DioImageSheet *self);
/* Whether each can be used as it is: GOOD, or it only needs a passphrase. */
gboolean dio_image_sheet_is_usable (DioImageSheet *self);
/* What keeps them from being written, or NULL. (transfer full) */
char *dio_image_sheet_dup_hindrance (DioImageSheet *self);
gboolean dio_image_sheet_is_looking (DioImageSheet *self);
/* Tells below the contents what did not work; NULL: nothing. */
void dio_image_sheet_tell (DioImageSheet *self, const char *message);

/* image-sheet-facts.c */
void dio_image_sheet_show_facts (DioImageSheet *self);
void dio_image_sheet_show_details (DioImageSheet *self);
void dio_image_sheet_show_files (DioImageSheet *self);
/* "QCOW2 (QEMU)". */
const char *dio_image_sheet_name_format (const DioImageReport *report);

/* image-sheet-notes.c */
void dio_image_sheet_show_notes (DioImageSheet *self);

/* image-sheet-start.c */
void dio_image_sheet_run (DioImageSheet *self, DioSheetWay way);
/* What was waited for is there. */
void dio_image_sheet_go_on (DioImageSheet *self);
/* Nobody waits for the start any more. */
void dio_image_sheet_give_up (DioImageSheet *self);
void dio_image_sheet_show_adding (DioImageSheet *self);
void dio_image_sheet_add (DioImageSheet *self);

G_END_DECLS
