/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/channel.h"

G_BEGIN_DECLS

/* One direction of a machine's clipboard. */
typedef enum
{
  DIO_SHARING_OFF,
  DIO_SHARING_ASK, /* each time that something is pasted */
  DIO_SHARING_ON,
} DioSharing;

#define DIO_TYPE_SHARING (dio_sharing_get_type ())
GType dio_sharing_get_type (void);

/* Decides what of the host's clipboard one guest may see, and what of the guest's comes to the host. Main thread only.
 *
 * Properties (read-write, notify): "to-guest", "to-host" (DioSharing, ON), "primary" (boolean, FALSE: what is marked,
 * too). Read only: "connected" (boolean), "channel" (DioClipboardChannel or NULL: none yet), "waiting" (boolean: a
 * program of the host's has been waiting for some seconds for what the guest has copied).
 *
 * Signals:
 * "guest-offer" (uint: DioSelection, DioOffer or NULL): what the host may paste. With ASK reading it asks first.
 * "guest-read" (uint: DioSelection, string: MIME type): the guest reads what the host has copied: to be shown.
 * "question" (DioClipboardQuestion): to be answered, once; not answered (nobody is connected) is a “no”.
 *
 * What the host's offer and the guest's are of each other is told apart by identity: an offer of this guest's is never
 * offered to it, and a guest (its clipboard manager) that copies within a second what it has just read from the host
 * keeps that to itself: two such guests would hand it to each other for ever. A text is compared for that, and a
 * picture's size; something else of the same kind is taken for the same. */
#define DIO_TYPE_CLIPBOARD_SHARE (dio_clipboard_share_get_type ())
G_DECLARE_FINAL_TYPE (DioClipboardShare, dio_clipboard_share, DIO, CLIPBOARD_SHARE, GObject)

typedef enum
{
  DIO_QUESTION_GUEST_READS, /* the guest wants to paste what the host has copied */
  DIO_QUESTION_HOST_READS,  /* a program of the host wants to paste what the guest has copied */
  DIO_QUESTION_LARGE,       /* what is pasted has SIZE bytes or more */
} DioQuestionKind;

typedef struct _DioClipboardQuestion DioClipboardQuestion;
#define DIO_TYPE_CLIPBOARD_QUESTION (dio_clipboard_question_get_type ())
GType dio_clipboard_question_get_type (void);
DioClipboardQuestion *dio_clipboard_question_ref (DioClipboardQuestion *self);
void dio_clipboard_question_unref (DioClipboardQuestion *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioClipboardQuestion, dio_clipboard_question_unref)
DioQuestionKind dio_clipboard_question_get_kind (DioClipboardQuestion *self);
const char *dio_clipboard_question_get_mime_type (DioClipboardQuestion *self);
guint64 dio_clipboard_question_get_size (DioClipboardQuestion *self); /* bytes; 0: not known */
/* The first answer counts; the last reference's end is a “no”. */
void dio_clipboard_question_answer (DioClipboardQuestion *self, gboolean yes);

DioClipboardShare *dio_clipboard_share_new (void);
/* The way to the guest, as it comes and goes; (nullable). */
void dio_clipboard_share_set_channel (DioClipboardShare *self, DioClipboardChannel *channel);
/* What the host has copied now; NULL: nothing. Not to be called while the host's windows may not see the clipboard
 * (without focus on Wayland): what was told last stays. */
void dio_clipboard_share_set_host_offer (DioClipboardShare *self, DioSelection selection, DioOffer *offer);
/* FALSE: the guest has copied something since, which the host may know of or not. */
gboolean dio_clipboard_share_has_host_offer (DioClipboardShare *self, DioSelection selection);

/* Programs of the host's that wait for what the guest has copied do not get it. */
void dio_clipboard_share_stop_waiting (DioClipboardShare *self);

G_END_DECLS
