/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/http.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

#define MAX_REDIRECTS 10
#define TOO_MANY_REQUESTS 429
/* Bytes of a validator that are worth keeping. */
#define MAX_VALIDATOR 1024

struct _DioHttp
{
  GMainContext *context;
  SoupSession *session;
  char *host; /* of the last question, for messages */
};

DioHttp *
dio_http_new (guint patience)
{
  DioHttp *self = g_new0 (DioHttp, 1);

  /* libsoup attaches its sources to the thread's context, which must not be the main thread's. */
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->session = soup_session_new_with_options ("timeout", patience, "user-agent", "Diorama/" DIO_VERSION, NULL);
  /* The file as it is, so that its size and its parts are what they are said to be. */
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
  return self;
}

void
dio_http_free (DioHttp *self)
{
  soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_main_context_pop_thread_default (self->context);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->host);
  g_free (self);
}

void
dio_http_answer_clear (DioHttpAnswer *answer)
{
  g_clear_object (&answer->body);
  g_clear_pointer (&answer->validator, g_free);
}

/* --- what went wrong --- */

gboolean
dio_http_is_passing (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

/* Why it cannot be trusted, in the order of what somebody can do about it. */
static void
explain_trust (DioHttp *self, GTlsCertificateFlags flags, const GError *problem, GError **error)
{
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    g_set_error (
        error, G_TLS_ERROR, problem->code,
        _ ("Another server answers in the place of “%s”, so nothing was downloaded. Some networks do that until "
           "you log in: open a page in a web browser, then try again."),
        self->host);
  else if (flags & (G_TLS_CERTIFICATE_EXPIRED | G_TLS_CERTIFICATE_NOT_ACTIVATED))
    g_set_error (error, G_TLS_ERROR, problem->code,
                 _ ("The certificate of “%s” is not valid today, so nothing was downloaded. Look whether this "
                    "computer's date is right. If it is, try again when its owners have a new one."),
                 self->host);
  else if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    g_set_error (error, G_TLS_ERROR, problem->code,
                 _ ("Nobody whom this computer trusts vouches for “%s”, so nothing was downloaded. Some networks read "
                    "what passes through them, which looks like this: try again in another one."),
                 self->host);
  else
    g_set_error (error, G_TLS_ERROR, problem->code,
                 _ ("“%s” could not prove that it is the right server (%s), so nothing was downloaded. Look whether "
                    "your network lets you through, then try again."),
                 self->host, problem->message);
}

/* Turns what libsoup and GLib say into a sentence. FLAGS: what is wrong with the server's certificate. */
static void
explain (DioHttp *self, GTlsCertificateFlags flags, GError *problem, GError **error)
{
  g_autoptr (GError) owned = problem;

  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&owned));
  else if (problem->domain == G_TLS_ERROR)
    explain_trust (self, flags, problem, error);
  else if (problem->domain == G_RESOLVER_ERROR)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                 _ ("“%s” was not found. Look whether this computer is connected to the network, then try again."),
                 self->host);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                 _ ("The connection to “%s” was lost (%s). What has come is kept: try again to go on from there."),
                 self->host, problem->message);
}

static gboolean
refuse_status (DioHttp *self, SoupMessage *message, GError **error)
{
  guint status = soup_message_get_status (message);

  if (status == SOUP_STATUS_NOT_FOUND || status == SOUP_STATUS_GONE)
    {
      g_autofree char *uri = g_uri_to_string_partial (soup_message_get_uri (message), G_URI_HIDE_PASSWORD);

      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
          _ ("There is nothing at “%s” any more. Its makers may have a newer version: download that with a web "
             "browser, then choose the file here."),
          uri);
    }
  else
    g_set_error (error, G_IO_ERROR,
                 status >= 500 || status == TOO_MANY_REQUESTS ? G_IO_ERROR_CONNECTION_CLOSED : G_IO_ERROR_FAILED,
                 _ ("“%s” does not give the file away (%u %s). Try again later."), self->host, status,
                 soup_status_get_phrase (status));
  return FALSE;
}

/* --- asking --- */

/* Returns: (transfer full): where the answer in MESSAGE leads to; NULL with an error when that cannot be followed. */
static GUri *
follow (DioHttp *self, SoupMessage *message, GError **error)
{
  GUri *from = soup_message_get_uri (message);
  const char *location = soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  g_autoptr (GUri) to = location ? g_uri_parse_relative (from, location, SOUP_HTTP_URI_FLAGS, NULL) : NULL;

  if (!to || !g_uri_get_host (to) ||
      !(g_str_equal (g_uri_get_scheme (to), "http") || g_str_equal (g_uri_get_scheme (to), "https")))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("“%s” sends us to somewhere that does not exist. Try again later."), self->host);
  else if (g_str_equal (g_uri_get_scheme (from), "https") && g_str_equal (g_uri_get_scheme (to), "http"))
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_FAILED,
        _ ("“%s” sends us to a server (“%s”) that anybody on the way could pose as, so nothing was downloaded. "
           "Download the file with a web browser, then choose it here."),
        self->host, g_uri_get_host (to));
  else
    return g_steal_pointer (&to);
  return NULL;
}

static void
read_headers (SoupMessage *message, DioHttpAnswer *answer)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *tag = soup_message_headers_get_one (headers, "ETag");
  const char *changed = soup_message_headers_get_one (headers, "Last-Modified");
  goffset start, end, total;

  answer->status = soup_message_get_status (message);
  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH)
    answer->size = MAX (soup_message_headers_get_content_length (headers), 0);
  if (answer->status == SOUP_STATUS_PARTIAL_CONTENT &&
      soup_message_headers_get_content_range (headers, &start, &end, &total) && start >= 0)
    {
      answer->first = start;
      answer->size = MAX (total, 0);
    }
  /* A weak tag stands for content that is only alike (RFC 9110, 8.8.1). */
  if (!tag || g_str_has_prefix (tag, "W/"))
    tag = changed;
  if (tag && strlen (tag) <= MAX_VALIDATOR)
    answer->validator = g_strdup (tag);
}

static SoupMessage *
new_message (const char *method, GUri *uri, guint64 first, const char *validator)
{
  SoupMessage *message = soup_message_new_from_uri (method, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_headers_replace (headers, "Accept-Encoding", "identity");
  if (first > 0)
    {
      g_autofree char *range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-", first);

      soup_message_headers_replace (headers, "Range", range);
      soup_message_headers_replace (headers, "If-Range", validator);
    }
  return message;
}

gboolean
dio_http_ask (DioHttp *self, const char *method, const char *uri, guint64 first, const char *validator,
              DioHttpAnswer *ret_answer, GCancellable *cancellable, GError **error)
{
  g_autoptr (GUri) at = g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL);

  if (!at || !g_uri_get_host (at))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _ ("“%s” is not the address of a file on the web."),
                   uri);
      return FALSE;
    }
  for (guint i = 0; i <= MAX_REDIRECTS; i++)
    {
      g_autoptr (SoupMessage) message = new_message (method, at, first, validator);
      g_autoptr (GInputStream) body = NULL;
      g_autoptr (GError) problem = NULL;
      GUri *next;

      g_set_str (&self->host, g_uri_get_host (at));
      body = soup_session_send (self->session, message, cancellable, &problem);
      if (!body)
        {
          explain (self, soup_message_get_tls_peer_certificate_errors (message), g_steal_pointer (&problem), error);
          return FALSE;
        }
      if (SOUP_STATUS_IS_REDIRECTION (soup_message_get_status (message)))
        {
          next = follow (self, message, error);
          if (!next)
            return FALSE;
          g_uri_unref (at);
          at = next;
          continue;
        }
      if (!SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (message)) &&
          soup_message_get_status (message) != SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE)
        return refuse_status (self, message, error);
      *ret_answer = (DioHttpAnswer) { .body = g_steal_pointer (&body) };
      read_headers (message, ret_answer);
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("“%s” sends us from one place to the next without an end. Try again later."), self->host);
  return FALSE;
}

gssize
dio_http_read (DioHttp *self, DioHttpAnswer *answer, void *buffer, gsize size, GCancellable *cancellable,
               GError **error)
{
  GError *problem = NULL;
  gssize n = g_input_stream_read (answer->body, buffer, size, cancellable, &problem);

  if (n < 0)
    explain (self, 0, problem, error);
  return n;
}
