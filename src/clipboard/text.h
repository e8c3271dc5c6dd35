/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DIO_TEXT_TYPE "text/plain;charset=utf-8"

typedef enum
{
  DIO_TEXT_KEEP, /* the ends of lines are as they should be */
  DIO_TEXT_TO_LF,
  DIO_TEXT_TO_CRLF,
} DioTextEnds;

/* Makes TEXT, which somebody else wrote, fit for the other side: it must be UTF-8 (G_IO_ERROR_INVALID_DATA); NULs at
 * its end, which some agents send, go. Without anything to change it is not copied. In a thread of its own. */
void dio_text_convert_async (GBytes *text, DioTextEnds ends, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
GBytes *dio_text_convert_finish (GAsyncResult *result, GError **error);
/* The same at once. */
GBytes *dio_text_convert (GBytes *text, DioTextEnds ends, GError **error);

G_END_DECLS
