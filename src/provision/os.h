/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _OsinfoOs OsinfoOs;

/* An operating system that libosinfo knows. Immutable. */
#define DIO_TYPE_OS (dio_os_get_type ())
G_DECLARE_FINAL_TYPE (DioOs, dio_os, DIO, OS, GObject)

/* Takes a reference. */
DioOs *dio_os_new (OsinfoOs *osinfo);

/* What a definition's "os" is: "http://debian.org/debian/13". */
const char *dio_os_get_id (DioOs *self);
/* "debian13"; "" when there is none. */
const char *dio_os_get_short_id (DioOs *self);
/* Property "name": "Debian 13". */
const char *dio_os_get_name (DioOs *self);
/* Property "vendor": "Debian Project"; "" when it is not known. */
const char *dio_os_get_vendor (DioOs *self);
/* "linux", "winnt", "freebsd", …; "" when it is not known. */
const char *dio_os_get_family (DioOs *self);
/* Whether its makers still mend it, as far as is known. */
gboolean dio_os_get_current (DioOs *self);
/* Whether it is one of WORDS's, as somebody writes who looks for it. */
gboolean dio_os_matches (DioOs *self, const char *words);
/* Current ones first; of one make the newer first. */
int dio_os_compare (DioOs *a, DioOs *b);

/* For this room. (transfer none) */
OsinfoOs *dio_os_get_osinfo (DioOs *self);

G_END_DECLS
