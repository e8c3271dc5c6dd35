/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/os.h"

G_BEGIN_DECLS

typedef struct _OsinfoMedia OsinfoMedia;

/* A disc to start from: one that libosinfo knows, to be downloaded, or one that somebody has. Immutable. */
#define DIO_TYPE_OS_MEDIA (dio_os_media_get_type ())
G_DECLARE_FINAL_TYPE (DioOsMedia, dio_os_media, DIO, OS_MEDIA, GObject)

/* Take references. OS: NULL: nobody knows what is on it. */
DioOsMedia *dio_os_media_new (OsinfoMedia *osinfo, DioOs *os);

/* (transfer none) (nullable) */
DioOs *dio_os_media_get_os (DioOsMedia *self);
/* Property "name": "Fedora Workstation 42". Of a disc that nobody knows: its label, which may be "". */
const char *dio_os_media_get_name (DioOsMedia *self);
/* Property "details": what tells it from others of its name; the file's name at its makers', for one. (nullable) */
const char *dio_os_media_get_details (DioOsMedia *self);
/* "x86_64", "aarch64", "all", …; NULL: not known. */
const char *dio_os_media_get_arch (DioOsMedia *self);
/* Whether a computer of ARCH may start from it, as far as is known. */
gboolean dio_os_media_suits (DioOsMedia *self, const char *arch);
/* Where it can be had; NULL: nowhere known. */
const char *dio_os_media_get_url (DioOsMedia *self);
/* Runs from the disc. */
gboolean dio_os_media_get_live (DioOsMedia *self);
/* Installs. */
gboolean dio_os_media_get_installer (DioOsMedia *self);
/* Bytes; 0: not known. */
guint64 dio_os_media_get_size (DioOsMedia *self);

/* For this room. (transfer none) */
OsinfoMedia *dio_os_media_get_osinfo (DioOsMedia *self);

G_END_DECLS
