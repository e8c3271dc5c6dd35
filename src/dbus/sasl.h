/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The client's part of D-Bus' authentication (SASL, EXTERNAL only), as lines. */
typedef struct
{
  enum
  {
    DIO_SASL_WAITING_FOR_OK,
    DIO_SASL_WAITING_FOR_UNIX_FD,
    DIO_SASL_DONE,
  } state;
  guint n_lines;
} DioSasl;

/* Sends the byte that precedes the first line, and carries who we are. */
gboolean dio_sasl_send_credentials (int socket_fd, GError **error);
/* The first line to send, with its CR LF. (transfer full) */
char *dio_sasl_start (DioSasl *self, guint uid);
/* What to send after the server's LINE, or NULL with an error. When self->state is DIO_SASL_DONE afterwards, D-Bus
 * messages follow what is sent. (transfer full) */
char *dio_sasl_answer (DioSasl *self, const char *line, GError **error);

G_END_DECLS
