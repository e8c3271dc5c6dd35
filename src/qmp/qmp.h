/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A QMP connection: one JSON object a line each way. Main thread only. Everything that arrives is bounded: a line of
 * more than 4 MiB, nesting beyond 64, an answer to nothing, a flood of events end the connection with an error.
 *
 * Signals: "event" (const char *name, JsonObject *data (may be NULL)), "closed" (const GError *error) when the peer or
 * a fault ended it, not after dio_qmp_close(). Commands that wait when it closes fail with G_IO_ERROR_CLOSED. */
#define DIO_TYPE_QMP (dio_qmp_get_type ())
G_DECLARE_FINAL_TYPE (DioQmp, dio_qmp, DIO, QMP, GObject)

#define DIO_QMP_ERROR (dio_qmp_error_quark ())
GQuark dio_qmp_error_quark (void);
typedef enum
{
  DIO_QMP_ERROR_COMMAND,  /* QEMU answered with an error; its text is the message */
  DIO_QMP_ERROR_PROTOCOL, /* what arrived is not QMP */
} DioQmpError;

/* QEMU's error class ("GenericError", "CommandNotFound", "DeviceNotFound", …); NULL when ERROR is not one of
 * DIO_QMP_ERROR_COMMAND. (transfer none) */
const char *dio_qmp_error_get_class (const GError *error);

/* Takes over FD, reads the greeting and negotiates capabilities. A silent peer is waited for: use CANCELLABLE. */
void dio_qmp_new_async (int fd, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
DioQmp *dio_qmp_new_finish (GAsyncResult *result, GError **error);

/* ARGUMENTS: (transfer full) (nullable). FD: passed along by SCM_RIGHTS when ≥ 0, not taken over. At most 256 commands
 * and 1 MiB may wait; a cancelled one is forgotten here but QEMU may still do it. */
void dio_qmp_execute_async (DioQmp *self, const char *command, JsonObject *arguments, int fd, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
/* The "return" value; (transfer full). */
JsonNode *dio_qmp_execute_finish (DioQmp *self, GAsyncResult *result, GError **error);

/* {major, minor, micro} from the greeting. */
void dio_qmp_get_version (DioQmp *self, int version[3]);
gboolean dio_qmp_is_open (DioQmp *self);
void dio_qmp_close (DioQmp *self);

G_END_DECLS
