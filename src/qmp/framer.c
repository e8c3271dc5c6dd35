/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "qmp/framer.h"

#include "qmp/qmp.h"

struct _DioFramer
{
  char *buffer;
  gsize allocated;
  gsize start; /* of the present line */
  gsize scan;  /* first byte that was not looked at */
  gsize end;   /* of what was pushed */

  guint depth;
  guint n_values;
  gboolean complete; /* its outermost object or array has ended */
  gboolean in_string;
  gboolean escaped;
  gboolean failed;
};

DioFramer *
dio_framer_new (void)
{
  return g_new0 (DioFramer, 1);
}

void
dio_framer_free (DioFramer *self)
{
  if (self == NULL)
    return;
  g_free (self->buffer);
  g_free (self);
}

void
dio_framer_push (DioFramer *self, const char *bytes, gsize length)
{
  g_return_if_fail (length <= DIO_FRAMER_MAX_CHUNK);
  g_return_if_fail (self->end - self->start <= DIO_FRAMER_MAX_LINE + 1);

  if (self->start > 0)
    {
      memmove (self->buffer, self->buffer + self->start, self->end - self->start);
      self->scan -= self->start;
      self->end -= self->start;
      self->start = 0;
    }
  /* A big answer once must not keep its memory for good. */
  if (self->end == 0 && self->allocated > 2 * DIO_FRAMER_MAX_CHUNK)
    {
      g_clear_pointer (&self->buffer, g_free);
      self->allocated = 0;
    }
  if (self->allocated - self->end < length)
    {
      self->allocated = MAX (self->allocated * 2, self->end + length);
      self->buffer = g_realloc (self->buffer, self->allocated);
    }
  memcpy (self->buffer + self->end, bytes, length);
  self->end += length;
}

static const char *
look_at_string (DioFramer *self, guchar c)
{
  if (c < 0x20)
    return "a control character in a string";
  if (self->escaped)
    self->escaped = FALSE;
  else if (c == '\\')
    self->escaped = TRUE;
  else if (c == '"')
    self->in_string = FALSE;
  return NULL;
}

/* Returns: what is wrong with C at this place, or NULL. */
static const char *
look_at (DioFramer *self, guchar c)
{
  if (self->in_string)
    return look_at_string (self, c);
  if (self->complete && c != ' ' && c != '\t' && c != '\r')
    return "two values in a line";

  switch (c)
    {
    case '"':
      self->in_string = TRUE;
      return NULL;
    case '{':
    case '[':
      self->n_values++;
      return ++self->depth > DIO_FRAMER_MAX_DEPTH ? "too deep a nesting" : NULL;
    case '}':
    case ']':
      if (self->depth == 0)
        return "an end without a beginning";
      self->complete = --self->depth == 0;
      return NULL;
    case ',':
      return ++self->n_values > DIO_FRAMER_MAX_VALUES ? "too many values" : NULL;
    case ' ':
    case '\t':
    case '\r':
    case ':':
    case '+':
    case '-':
    case '.':
      return NULL;
    default:
      return g_ascii_isalnum (c) ? NULL : "a character that is not JSON";
    }
}

static DioFramerResult
fail (DioFramer *self, GError **error, const char *what)
{
  self->failed = TRUE;
  g_set_error (error, DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL, "QEMU's control connection sent %s.", what);
  return DIO_FRAMER_ERROR;
}

/* Called with SCAN on a line's end. */
static DioFramerResult
end_line (DioFramer *self, const char **line, gsize *length, GError **error)
{
  char *bytes = self->buffer + self->start;
  gsize n = self->scan - self->start;

  if (self->in_string || self->depth > 0)
    return fail (self, error, "an incomplete line");
  if (!g_utf8_validate_len (bytes, n, NULL))
    return fail (self, error, "text that is not UTF-8");

  bytes[n] = '\0';
  self->start = ++self->scan;
  self->n_values = 0;
  self->complete = FALSE;
  *line = bytes;
  *length = n;
  return DIO_FRAMER_LINE;
}

/* An empty line, however it is ended. */
static gboolean
is_blank (DioFramer *self)
{
  gsize n = self->scan - self->start;

  return n == 0 || (n == 1 && self->buffer[self->start] == '\r');
}

DioFramerResult
dio_framer_next (DioFramer *self, const char **line, gsize *length, GError **error)
{
  if (self->failed)
    return fail (self, error, "nothing more to be used");

  for (; self->scan < self->end; self->scan++)
    {
      char c = self->buffer[self->scan];
      const char *wrong;

      if (c == '\n' && is_blank (self))
        self->start = self->scan + 1;
      else if (c == '\n')
        return end_line (self, line, length, error);
      else if (self->scan - self->start >= DIO_FRAMER_MAX_LINE)
        return fail (self, error, "a line of more than 4 MiB");
      else if ((wrong = look_at (self, c)) != NULL)
        return fail (self, error, wrong);
    }
  return DIO_FRAMER_MORE;
}
