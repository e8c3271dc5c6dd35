/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/sasl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server needs two or three lines; one that goes on and on is not a D-Bus server. */
#define MAX_LINES 16

char *
dio_sasl_start (DioSasl *self, guint uid)
{
  g_autofree char *number = g_strdup_printf ("%u", uid);
  GString *line = g_string_new ("AUTH EXTERNAL ");

  self->state = DIO_SASL_WAITING_FOR_OK;
  self->n_lines = 0;
  for (const char *c = number; *c; c++)
    g_string_append_printf (line, "%02x", (guint) *c);
  g_string_append (line, "\r\n");
  return g_string_free (line, FALSE);
}

char *
dio_sasl_answer (DioSasl *self, const char *line, GError **error)
{
  g_autofree char *shown = NULL;

  if (++self->n_lines <= MAX_LINES)
    {
      if (self->state == DIO_SASL_WAITING_FOR_OK)
        {
          if (g_str_has_prefix (line, "OK ") || g_str_equal (line, "OK"))
            {
              self->state = DIO_SASL_WAITING_FOR_UNIX_FD;
              return g_strdup ("NEGOTIATE_UNIX_FD\r\n");
            }
          /* Some servers ask for the identity again, that is, for the one of the socket. */
          if (g_str_equal (line, "DATA") || g_str_equal (line, "DATA "))
            return g_strdup ("DATA\r\n");
        }
      else if (self->state == DIO_SASL_WAITING_FOR_UNIX_FD &&
               (g_str_has_prefix (line, "AGREE_UNIX_FD") || g_str_has_prefix (line, "ERROR")))
        {
          /* Without descriptors there are no shared pictures, but pictures. */
          self->state = DIO_SASL_DONE;
          return g_strdup ("BEGIN\r\n");
        }
    }
  shown = g_utf8_make_valid (line, (gssize) strnlen (line, 64));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "D-Bus authentication failed at “%s”", shown);
  return NULL;
}

gboolean
dio_sasl_send_credentials (int socket_fd, GError **error)
{
  struct ucred creds = { .pid = getpid (), .uid = getuid (), .gid = getgid () };
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (struct ucred))];
  } control = { 0 };
  struct iovec io = { .iov_base = (char[]) { '\0' }, .iov_len = 1 };
  struct msghdr message = {
    .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };

  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_CREDENTIALS;
  control.header.cmsg_len = CMSG_LEN (sizeof creds);
  memcpy (CMSG_DATA (&control.header), &creds, sizeof creds);
  if (sendmsg (socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1)
    return TRUE;
  g_set_error (error, G_IO_ERROR, errno == EPIPE ? G_IO_ERROR_CLOSED : G_IO_ERROR_FAILED, "Authenticating failed: %s",
               g_strerror (errno));
  return FALSE;
}
