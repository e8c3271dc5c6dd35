/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"
#include "provision/image-guess.h"
#include "provision/import.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The page of the sheet on which somebody says what the machine for an image is to be like; and, when it is to be added
 * to the library, where the image goes. What nobody has changed follows what is found out.
 *
 * Signals: "changed" (): what dio_image_options_dup_summary() says; "add" (): it is to be added, and can be. */
#define DIO_TYPE_IMAGE_OPTIONS (dio_image_options_get_type ())
G_DECLARE_FINAL_TYPE (DioImageOptions, dio_image_options, DIO, IMAGE_OPTIONS, AdwNavigationPage)

DioImageOptions *dio_image_options_new (DioLibrary *library, const DioHost *host);
/* NAME: of the machine. */
void dio_image_options_propose (DioImageOptions *self, const char *name, const DioImageGuess *guess);
/* Proposes another amount, MiB. */
void dio_image_options_propose_memory (DioImageOptions *self, guint memory);
/* Which ways of adding there are: a mask of 1 << DioImportMode; the first of them in the order of the page is chosen,
 * unless PREFERRED is among them. */
void dio_image_options_set_ways (DioImageOptions *self, guint ways, DioImportMode preferred);
/* Whether it is to be added. */
void dio_image_options_set_adding (DioImageOptions *self, gboolean adding);

/* "2.1 GB of memory, 2 processors, UEFI, SATA". (transfer full) */
char *dio_image_options_dup_summary (DioImageOptions *self);
const char *dio_image_options_get_name (DioImageOptions *self);
guint dio_image_options_get_memory (DioImageOptions *self); /* MiB */
DioDiskBus dio_image_options_get_bus (DioImageOptions *self);
DioImportMode dio_image_options_get_mode (DioImageOptions *self);
const char *dio_image_options_get_place (DioImageOptions *self);
/* Sets name, memory, processors and firmware of CONFIG. */
void dio_image_options_apply (DioImageOptions *self, DioMachineConfig *config);
/* Tells on the page why it was not added; NULL: nothing. */
void dio_image_options_tell (DioImageOptions *self, const char *message);

G_END_DECLS
