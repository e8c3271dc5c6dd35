/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/offer.h"

G_BEGIN_DECLS

/* An offer as the other side sees it: before it is read, whoever made the gate has its say.
 * Property (notify): "reading" (boolean): somebody waits for what is behind it. Signal: "read" (string: type, GBytes):
 * that was read. */
#define DIO_TYPE_GATE (dio_gate_get_type ())
G_DECLARE_FINAL_TYPE (DioGate, dio_gate, DIO, GATE, DioOffer)

/* Ends in dio_gate_answer (TASK, …), at once or later. */
typedef void (*DioGateAsk) (DioGate *gate, const char *type, GTask *task, gpointer user_data);

/* ASK: called until dio_gate_close(). */
DioOffer *dio_gate_new (DioOffer *offer, DioGateAsk ask, gpointer user_data);
/* TASK: (transfer full). */
void dio_gate_answer (GTask *task, gboolean yes);
DioOffer *dio_gate_get_offer (DioGate *self);
gboolean dio_gate_get_reading (DioGate *self);
/* Those who wait get G_IO_ERROR_CANCELLED. */
void dio_gate_stop_reading (DioGate *self);
/* What is read from now on fails as withdrawn. */
void dio_gate_close (DioGate *self);

G_END_DECLS
