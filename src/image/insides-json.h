/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/insides.h"

G_BEGIN_DECLS

#define DIO_INSIDES_MAX_PARTITIONS 128
#define DIO_INSIDES_MAX_TEXT 256 /* characters of each of its words */

/* How diorama-inspect tells what it found. (transfer full) */
char *dio_image_insides_to_json (const DioImageInsides *self);
/* What it told, which whoever made the image may have made it say: NULL, with a sentence, unless all of it can be.
 * (transfer full) */
DioImageInsides *dio_image_insides_from_json (const char *text, gssize length, GError **error);

G_END_DECLS
