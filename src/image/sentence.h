/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/header.h"

G_BEGIN_DECLS

/* What is the matter with the image of HEADER, and what to do, for the user; NULL when it is good. ERROR_NUMBER: of
 * DIO_IMAGE_UNREADABLE. (transfer full) (nullable) */
char *dio_sentence_of_header (const DioHeader *header, int error_number);

G_END_DECLS
