/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Sends the events of one input device to QEMU, without waiting, in order, and without bloat: GDBus queues what QEMU
 * does not read. So one call at a time asks for an answer; until it comes, the others, which ask for none, are counted,
 * and beyond a limit those that can be spared are not sent. Main thread only. */
typedef struct _DioInputSender DioInputSender;

typedef enum
{
  /* May be left out when QEMU does not keep up: a click of the wheel, a new key. */
  DIO_INPUT_CAN_DROP,
  /* Ends something: always sent. */
  DIO_INPUT_MUST_ARRIVE,
} DioInputUrgency;

DioInputSender *dio_input_sender_new (GDBusConnection *connection, const char *bus_name, const char *object_path,
                                      const char *interface);
/* Calls that were sent are not taken back. */
void dio_input_sender_free (DioInputSender *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioInputSender, dio_input_sender_free)

/* ARGUMENTS is sunk. FALSE: not sent. */
gboolean dio_input_sender_send (DioInputSender *self, const char *method, GVariant *arguments, DioInputUrgency urgency);

/* No answer is awaited: the last call that asked for one has got it. What was sent after that call, without asking, may
 * still be on its way. */
gboolean dio_input_sender_is_idle (DioInputSender *self);
/* Called each time that it becomes so; CALLBACK may send. */
void dio_input_sender_set_idle_callback (DioInputSender *self, GFunc callback, gpointer user_data);

G_END_DECLS
