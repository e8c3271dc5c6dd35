/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/insides.h"
#include "library/library-image.h"
#include "provision/image-inquiry.h"
#include "provision/os-media.h"
#include "ui/image-sheet.h"

G_BEGIN_DECLS

/* One of the files, and what is known of it so far. */
typedef struct
{
  DioImageSheet *sheet; /* (unowned) */
  char *path;           /* absolute */
  GPtrArray *granted;   /* of char *; ends with NULL: where missing parents may be */
  GCancellable *cancellable;
  DioImageInquiry *inquiry; /* NULL until it is there */
  guint holder_id;          /* while somebody has it: to see whether that is still so */
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

/* image-sheet.c */
/* (transfer none) (nullable): NULL until it is there. */
const DioImageReport *dio_sheet_file_get_report (const DioSheetFile *file);

/* image-sheet-look.c */
DioSheetFile *dio_sheet_file_new (DioImageSheet *sheet, const char *path);
void dio_sheet_file_free (DioSheetFile *file);
/* Finds out (again) what FILE is. */
void dio_sheet_file_look (DioSheetFile *file);
/* The same once more of whose disk it is, which others may have changed meanwhile. */
void dio_sheet_file_look_for_use (DioSheetFile *file);
/* The same once more of its inside, with the passphrase that is known by now. */
void dio_sheet_file_look_inside (DioSheetFile *file);

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

G_END_DECLS
