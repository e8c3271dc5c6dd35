/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Which of X11's and Wayland's selections; the values are those of QEMU's D-Bus display and of SPICE's agent. */
typedef enum
{
  DIO_SELECTION_CLIPBOARD = 0,
  DIO_SELECTION_PRIMARY = 1, /* what is marked, for the middle button */
} DioSelection;
#define DIO_N_SELECTIONS 2

/* Something copied, the host's or a guest's: its kinds are known, its content is read when somebody pastes. Abstract:
 * subclasses are made where the content comes from. Main thread only. */
#define DIO_TYPE_OFFER (dio_offer_get_type ())
G_DECLARE_DERIVABLE_TYPE (DioOffer, dio_offer, DIO, OFFER, GObject)

struct _DioOfferClass
{
  GObjectClass parent_class;

  /* As dio_offer_read_async(); TYPE is one of the offer's. */
  void (*read_async) (DioOffer *self, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data);
  GBytes *(*read_finish) (DioOffer *self, GAsyncResult *result, GError **error);
};

/* MIME types, best first, each once; "text/plain;charset=utf-8" for text, "text/uri-list" for files. Property "types",
 * set when it is made. (transfer none) */
const char *const *dio_offer_get_types (DioOffer *self);
gboolean dio_offer_has_type (DioOffer *self, const char *type);

/* Property "limit" (uint64, bytes, 64 MiB): what is larger is not read before somebody agrees. With nobody to ask, or
 * a "no", reading fails with G_IO_ERROR_MESSAGE_TOO_LARGE; nothing is ever cut short.
 * Signal "large" (uint64: bytes, at least that many; GTask of the reading is held meanwhile) → gboolean handled:
 * answered by dio_offer_agree(). */
guint64 dio_offer_get_limit (DioOffer *self);
void dio_offer_set_limit (DioOffer *self, guint64 limit);

/* Reads all of it as TYPE. Fails with G_IO_ERROR_NOT_FOUND when it has been withdrawn (something else was copied),
 * G_IO_ERROR_NOT_SUPPORTED for a type that it has not, G_IO_ERROR_TIMED_OUT when whoever has it says nothing for 10 s
 * (each piece that arrives starts that anew; a guest's agent has 60 s for the first), G_IO_ERROR_MESSAGE_TOO_LARGE as
 * above. */
void dio_offer_read_async (DioOffer *self, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
GBytes *dio_offer_read_finish (DioOffer *self, GAsyncResult *result, GError **error);

/* Answers "large": whether it is read all the same. */
void dio_offer_agree (DioOffer *self, gboolean agreed);

/* For subclasses, while they read: SIZE bytes, more than the limit, are to come, or that many have. Emits "large" and
 * ends when it has been answered. FALSE with an error, for dio_offer_read_finish(): nobody agreed
 * (G_IO_ERROR_MESSAGE_TOO_LARGE), or cancelled. Whoever has let one reading in has let in all of them. */
void dio_offer_ask_async (DioOffer *self, guint64 size, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean dio_offer_ask_finish (DioOffer *self, GAsyncResult *result, GError **error);

G_END_DECLS
