/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "dbus/endpoint.h"
#include "display/display-stats.h"

G_BEGIN_DECLS

/* The calls of QEMU's that wait until what they told of was shown: each until every reader on screen consumed a frame
 * that was taken after it, and never longer than DIO_PACER_DEADLINE_MS. QEMU stops the guest's drawing meanwhile. Few
 * wait at a time: beyond that the oldest is answered. Outlives its framebuffer where frames do. Any thread. */
typedef struct _DioPacer DioPacer;

#define DIO_PACER_DEADLINE_MS 250

DioPacer *dio_pacer_new (void);
DioPacer *dio_pacer_ref (DioPacer *self);
void dio_pacer_unref (DioPacer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioPacer, dio_pacer_unref)

/* A reader that calls wait for from now on. Its number is never 0. */
guint dio_pacer_add_reader (DioPacer *self);
/* 0 is nobody. */
void dio_pacer_remove_reader (DioPacer *self, guint reader);

/* Takes a reference to CALL and answers it when its time has come: at once where nobody is waited for. */
void dio_pacer_hold (DioPacer *self, DioEndpointCall *call);
/* Answers it at once, for the account: it told of nothing. */
void dio_pacer_pass (DioPacer *self, DioEndpointCall *call);
/* Answers all that wait. */
void dio_pacer_release (DioPacer *self);

/* The newest call, for a frame that is taken now … */
guint64 dio_pacer_get_serial (DioPacer *self);
/* … and that READER has now consumed: it waits no more for calls up to SERIAL. */
void dio_pacer_consume (DioPacer *self, guint reader, guint64 serial);

/* Answers those that have waited too long. Returns when to call again (monotonic time), or -1: nothing waits. */
gint64 dio_pacer_expire (DioPacer *self);

/* Sets the fields that are about answers. */
void dio_pacer_get_stats (DioPacer *self, DioDisplayStats *stats);

G_END_DECLS
