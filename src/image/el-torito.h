/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/source.h"

G_BEGIN_DECLS

typedef struct
{
  guint8 platform; /* 0: BIOS, 0xef: EFI */
  guint64 start;   /* bytes, of what is booted */
} DioElToritoEntry;

#define DIO_EL_TORITO_MAX 32

/* What a computer could boot from a disc: the catalogue of the "El Torito" Bootable CD-ROM Format Specification 1.0.
 * ENTRIES: (out): DIO_EL_TORITO_MAX of them. Returns: how many there are. */
guint dio_el_torito_read (const DioSource *disc, DioElToritoEntry *entries);

G_END_DECLS
