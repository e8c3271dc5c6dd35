/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/header.h"

G_BEGIN_DECLS

DioImageFile *dio_image_file_new (const char *path, DioReader *reader, const DioHeader *header);
void dio_image_file_free (DioImageFile *self);

/* What the image of HEADER is written over, down to the last: looked for beside it, below the folder that it is in, and
 * in what the user has GRANTED (nullable); nothing else is opened. FILES has the image already; each that is found is
 * added. What is wrong is put into HEADER. */
void dio_chain_follow (DioHeader *header, const char *const *granted, GPtrArray *files);

G_END_DECLS
