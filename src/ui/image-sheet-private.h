/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-image.h"
#include "provision/image-guess.h"
#include "provision/image-inquiry.h"
#include "ui/image-options.h"
#include "ui/image-sheet.h"
#include "ui/job-row.h"

G_BEGIN_DECLS

/* One of the files, and what is known of it so far. */
typedef struct
{
  DioImageSheet *sheet; /* (unowned) */
  char *path;           /* absolute */
  GPtrArray *granted;   /* of char *; ends with NULL: where missing parents may be */
  GCancellable *cancellable;
  DioImageInquiry *inquiry; /* NULL until it is there */
  gboolean use_known;
  DioImageUse use;
  DioLibraryMachine *user;  /* (nullable): whose disk or layer it is */
  DioImageInsides *insides; /* (nullable) */
  char *insides_problem;    /* (nullable): a sentence: why nothing is known of its inside */
  gboolean locked;          /* the passphrase was not the right one */
  DioOsMedia *media;        /* (nullable): of a disc */
  guint looking;            /* how many things are still being found out of its inside */
  char *check;              /* (nullable): a sentence: what is wrong with its tables */
  gboolean damaged;
  GBytes *passphrase; /* (nullable) */
  gboolean remember;  /* the passphrase, when it has turned out to fit */
} DioSheetFile;

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
  guint spinner_id;
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
/* (transfer none) (nullable): NULL until it is there. */
const DioImageReport *dio_sheet_file_get_report (const DioSheetFile *file);
/* Whether each can be used as it is: GOOD, or it only needs a passphrase. */
gboolean dio_image_sheet_is_usable (DioImageSheet *self);
/* What keeps them from being written, or NULL. (transfer full) */
char *dio_image_sheet_dup_hindrance (DioImageSheet *self);
gboolean dio_image_sheet_is_looking (DioImageSheet *self);
/* Tells below the contents what did not work; NULL: nothing. */
void dio_image_sheet_tell (DioImageSheet *self, const char *message);

/* image-sheet-look.c */
DioSheetFile *dio_sheet_file_new (DioImageSheet *sheet, const char *path);
void dio_sheet_file_free (DioSheetFile *file);
/* Finds out (again) what FILE is. */
void dio_sheet_file_look (DioSheetFile *file);
/* The same once more of its inside, with the passphrase that is known by now. */
void dio_sheet_file_look_inside (DioSheetFile *file);

/* image-sheet-facts.c */
void dio_image_sheet_show_facts (DioImageSheet *self);
void dio_image_sheet_show_details (DioImageSheet *self);
void dio_image_sheet_show_files (DioImageSheet *self);
/* "QCOW2 (QEMU)". */
const char *dio_image_sheet_name_format (const DioImageReport *report);

/* image-sheet-notes.c */
void dio_image_sheet_show_notes (DioImageSheet *self);

/* image-sheet-remedies.c */
typedef void (*DioSheetRemedy) (DioSheetFile *file);
void dio_sheet_file_unpack (DioSheetFile *file);
void dio_sheet_file_repair (DioSheetFile *file);
void dio_sheet_file_start_from (DioSheetFile *file, const char *snapshot);
void dio_sheet_file_locate (DioSheetFile *file);
void dio_sheet_file_locate_folder (DioSheetFile *file);
void dio_sheet_file_unlock (DioSheetFile *file);
void dio_sheet_file_use_less_memory (DioSheetFile *file);
void dio_sheet_file_link (DioSheetFile *file);

/* image-sheet-start.c */
void dio_image_sheet_run (DioImageSheet *self, DioSheetWay way);
/* What was waited for is there. */
void dio_image_sheet_go_on (DioImageSheet *self);
/* Nobody waits for the start any more. */
void dio_image_sheet_give_up (DioImageSheet *self);
void dio_image_sheet_show_adding (DioImageSheet *self);
void dio_image_sheet_add (DioImageSheet *self);

G_END_DECLS
