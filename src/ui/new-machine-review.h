/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"
#include "provision/os-media.h"
#include "vm/disk-image.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What a new machine is made from. Everything but KIND may be absent. */
typedef struct
{
  DioOs *os;
  DioOsMedia *media;  /* what is on the disc at PATH, or what is to be downloaded */
  const char *path;   /* an ISO image, or a disk image; absolute */
  DioDiskImage image; /* what PATH is */
  gboolean firmware_known;
  DioFirmware firmware; /* that what is on PATH starts with, if that is known */
} DioNewMachineSource;

/* The page of the new machine's dialog on which one looks over what the machine will have, and has it made. Signals:
 * "started" () when the work is under way: the dialog may go; then "created" (char *folder, boolean start), or "failed"
 * (boolean cancelled), when it has to come back unless it was cancelled: all that was written is still there, with a
 * sentence that tells why. */
#define DIO_TYPE_NEW_MACHINE_REVIEW (dio_new_machine_review_get_type ())
G_DECLARE_FINAL_TYPE (DioNewMachineReview, dio_new_machine_review, DIO, NEW_MACHINE_REVIEW, AdwNavigationPage)

/* SOURCE: copied. */
DioNewMachineReview *dio_new_machine_review_new (DioLibrary *library, const DioNewMachineSource *source);
/* What Enter does. */
GtkWidget *dio_new_machine_review_get_default_widget (DioNewMachineReview *self);

G_END_DECLS
