/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/insides.h"
#include "provision/os-database.h"
#include "provision/recommendation.h"

G_BEGIN_DECLS

/* What an image seems to be, and what a machine for it should have, from all that was found out so far. */
typedef struct
{
  DioOs *os;               /* (nullable) */
  char *os_name;           /* (nullable): "Debian GNU/Linux 13 (trixie)": its own word, else libosinfo's */
  const char *foreign;     /* (nullable): the processors that it is for, when those are not a PC's: "aarch64" */
  gboolean windows;        /* or suspected */
  gboolean bootable;       /* FALSE: looked for, and nothing was found that a computer starts from */
  gboolean firmware_known; /* else it is what most have */
  DioRecommendation recommendation;
} DioImageGuess;

/* Pure. INSIDES: of the disk; MEDIA: what the disc is; DATABASE: each is NULL until it is known. */
void dio_image_guess (const DioImageReport *report, const DioImageInsides *insides, DioOsMedia *media,
                      DioOsDatabase *database, const DioHost *host, DioImageGuess *guess);
void dio_image_guess_clear (DioImageGuess *guess);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DioImageGuess, dio_image_guess_clear)

G_END_DECLS
