/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/os-media.h"
#include "vm/machine-config.h"

G_BEGIN_DECLS

/* Installing a system without questions, by what libosinfo calls its install scripts. */

/* The folder in a machine's folder that has what the installation needs: the installer's kernel, its initial RAM disk
 * with the answers in it, or a disc with the answers. It holds a password, so it is for its owner alone, and is removed
 * when the installation is done. */
#define DIO_UNATTENDED_FOLDER "install"

typedef struct
{
  const char *user;        /* the login name */
  const char *password;    /* the user's and the administrator's */
  const char *product_key; /* (nullable) */
  const char *keyboard;    /* (nullable): the layout, as xkb names it: "de" */
  const char *host_name;   /* (nullable): any text; what a computer can be called is made of it */
  DioDiskBus disk_bus;     /* of the disk to install on, which is the machine's first */
} DioUnattended;

typedef enum
{
  DIO_UNATTENDED_NOT, /* not offered */
  DIO_UNATTENDED_READY,
  DIO_UNATTENDED_PRODUCT_KEY, /* with a product key only */
} DioUnattendedOffer;

/* Whether MEDIA's system can install itself, as far as is known. Fast. */
DioUnattendedOffer dio_unattended_offered (DioOsMedia *media);

/* Whether CHOICE, or one of it, can be put into any system's answers: not all characters are safe in all. Errors are
 * sentences. */
gboolean dio_unattended_check_user (const char *user, GError **error);
gboolean dio_unattended_check_password (const char *password, GError **error);
gboolean dio_unattended_check (const DioUnattended *choice, GError **error);

/* Writes what the installation from the disc at ISO needs into FOLDER/install, and sets kernel, initial RAM disk and
 * kernel arguments of CONFIG, or adds a disc to it, with "install-folder", which is how all of that goes again.
 * Language and time zone are this computer's. The password is in the files only. Blocks; when it fails, nothing is
 * left and CONFIG is as it was. Errors are sentences. */
gboolean dio_unattended_prepare (DioOsMedia *media, const char *iso, const DioUnattended *choice, const char *folder,
                                 DioMachineConfig *config, GCancellable *cancellable, GError **error);

G_END_DECLS
