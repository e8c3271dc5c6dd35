/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/key-layout.h"
#include "input/keyboard.h"

G_BEGIN_DECLS

/* Types text into a guest, key by key, as a person would whose keyboard has the guest's layout. Ends of lines (LF, CR,
 * CRLF) are Enter; other control characters are never typed, since who reads them may take them for commands. */

typedef enum
{
  DIO_TYPIST_LEAVE_OUT = 0,
  /* Characters that the layout has not: by Ctrl+Shift+U and their number, which Linux guests take. */
  DIO_TYPIST_BY_NUMBER = 1 << 0,
} DioTypistFlags;

/* Keys struck in a second, by default and with patience. QEMU's keyboards drop what a guest does not fetch in time, and
 * tell nobody: a virtio one holds 16 shifted letters, a PS/2 one three. */
#define DIO_TYPIST_PACE 50
#define DIO_TYPIST_SLOW_PACE 10

/* What a text will take. Characters are counted as a reader does: CRLF is one. */
typedef struct
{
  gsize n_characters;
  gsize n_strokes;  /* to do; divided by the pace: seconds */
  gsize n_missing;  /* the layout has no keys for them, or they are control characters: will be left out */
  gsize n_numbered; /* by their number */
  char *missing;    /* both of the kinds above, but no control characters; each once, 40 at most */
  gboolean numbers; /* the layout can type numbers */
} DioTypistSurvey;

/* Reads TEXT; 1 MiB takes about 50 ms. Fails when it is not UTF-8, leaving RET_SURVEY alone. */
gboolean dio_typist_survey (DioKeyLayout *layout, const char *text, DioTypistFlags flags, DioTypistSurvey *ret_survey,
                            GError **error);
void dio_typist_survey_clear (DioTypistSurvey *survey);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DioTypistSurvey, dio_typist_survey_clear)

/* After each character, typed or left out: how many are done. May cancel. */
typedef void (*DioTypistProgress) (gsize n_done, gpointer user_data);

/* Lifts all keys, then strikes PACE keys a second (0: DIO_TYPIST_PACE; 1000 and more: as fast as QEMU takes them), each
 * when QEMU has answered what was sent before, so that one that stalls is waited for. Caps Lock is off meanwhile, if
 * the guest shows it. Who cancels finds no key down.
 * Fails when TEXT is not UTF-8 or the machine goes away. One text at a time for a keyboard: a second one fails with
 * G_IO_ERROR_PENDING. Main thread only. */
void dio_typist_type_async (DioKeyboard *keyboard, DioKeyLayout *layout, const char *text, DioTypistFlags flags,
                            guint pace, GCancellable *cancellable, DioTypistProgress progress, gpointer progress_data,
                            GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_typist_type_finish (GAsyncResult *result, GError **error);

G_END_DECLS
