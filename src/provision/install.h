/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/definition.h"
#include "library/job.h"
#include "provision/unattended.h"

G_BEGIN_DECLS

/* What becomes of a disk image that somebody has, when a machine is made of it. */
typedef enum
{
  DIO_IMAGE_IN_PLACE, /* the machine writes into it, where it is */
  DIO_IMAGE_COPY,     /* the machine has a copy of its own */
  DIO_IMAGE_LINK,     /* the machine's disk has what it writes; the rest stays in the image */
} DioImageUse;

/* A machine to be made, from what somebody chose. Everything is copied. */
typedef struct
{
  DioDefinition *definition; /* all but its disks; what it is the definition of does not matter */
  const char *place;
  DioDiskBus bus;                  /* of its disk */
  guint64 disk_size;               /* bytes of an empty disk; 0: none */
  const char *image;               /* (nullable): a disk image, absolute, … */
  const char *image_format;        /* … of this format, … */
  DioImageUse image_use;           /* … and what is done with it */
  const char *iso;                 /* (nullable): a CD to start from, absolute */
  DioOsMedia *media;               /* (nullable): what is on it; without ISO it is downloaded first */
  const DioUnattended *unattended; /* (nullable): installs itself */
} DioInstall;

/* A job that makes it. Its result is the machine's folder. Not started. (transfer full) */
DioJob *dio_install_machine (const DioInstall *install);

G_END_DECLS
