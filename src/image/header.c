/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_SHOWN 256
#define MAX_PARENT_NAME 1023 /* bytes; QEMU takes no more */

/* What an image may need besides twice its disk: tables, snapshots, memory saved along. */
#define MOST_OVERHEAD (G_GUINT64_CONSTANT (64) * 1024 * 1024)

typedef gboolean (*Parser) (DioReader *reader, DioHeader *header);

/* In the order of marks: those at the start of a file, then those that are anywhere else. */
static const struct
{
  const char *format;
  Parser parse;
} parsers[] = {
  { "qcow2", dio_header_parse_qcow2 }, { "qcow", dio_header_parse_qcow },     { "qed", dio_header_parse_qed },
  { "vmdk", dio_header_parse_vmdk },   { "vdi", dio_header_parse_vdi },       { "vhdx", dio_header_parse_vhdx },
  { "luks", dio_header_parse_luks },   { "vpc", dio_header_parse_vhd },       { NULL, dio_header_parse_optical },
  { NULL, dio_header_parse_other },    { "vpc", dio_header_parse_vhd_fixed }, { NULL, dio_header_parse_disk },
};

void
dio_header_clear (DioHeader *self)
{
  g_free (self->detail);
  g_free (self->parent);
  g_free (self->parent_format);
  g_free (self->reference);
  g_clear_pointer (&self->snapshots, g_array_unref);
  memset (self, 0, sizeof *self);
}

void
dio_header_parse (DioReader *reader, DioHeader *header)
{
  if (dio_reader_get_size (reader) == 0)
    {
      dio_header_set_problem (header, DIO_IMAGE_EMPTY, NULL);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (parsers); i++)
    if (parsers[i].parse (reader, header))
      return;
  dio_header_set_problem (header, DIO_IMAGE_UNKNOWN, NULL);
}

gboolean
dio_header_parse_as (DioReader *reader, const char *format, DioHeader *header)
{
  if (g_str_equal (format, "raw"))
    {
      if (!dio_header_parse_optical (reader, header) && !dio_header_parse_disk (reader, header))
        dio_header_set_problem (header, DIO_IMAGE_UNKNOWN, NULL);
      header->format = "raw";
      header->virtual_size = dio_reader_get_size (reader);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (parsers); i++)
    if (g_strcmp0 (parsers[i].format, format) == 0 && parsers[i].parse (reader, header))
      return TRUE;
  return FALSE;
}

void
dio_header_set_problem (DioHeader *self, DioImageProblem problem, const char *detail)
{
  if (self->problem != DIO_IMAGE_GOOD && self->problem <= problem)
    return;
  self->problem = problem;
  g_set_str (&self->detail, detail);
}

gboolean
dio_header_need (DioHeader *self, DioReader *reader, guint64 offset, guint64 length, const char *what)
{
  guint64 size = dio_reader_get_size (reader), end, most;

  if (!g_uint64_checked_add (&end, offset, length) || !g_uint64_checked_mul (&most, self->virtual_size, 2) ||
      !g_uint64_checked_add (&most, most, MOST_OVERHEAD) || (end > most && end > size))
    dio_header_set_problem (self, DIO_IMAGE_BROKEN, what);
  else if (end > size)
    dio_header_set_problem (self, DIO_IMAGE_TRUNCATED, NULL);
  else
    return TRUE;
  return FALSE;
}

void
dio_header_refer (DioHeader *self, DioImageReferenceKind kind, const char *name)
{
  if (self->reference_kind == DIO_IMAGE_REFERENCE_NONE)
    {
      self->reference_kind = kind;
      self->reference = *name != '\0' ? dio_header_clean (name) : NULL;
    }
  dio_header_set_problem (self, DIO_IMAGE_REFERS, NULL);
}

void
dio_header_take_parent (DioHeader *self, DioReader *reader, guint64 offset, guint64 length)
{
  g_autofree char *name = NULL;

  if (length == 0 || length > MAX_PARENT_NAME)
    dio_header_set_problem (self, DIO_IMAGE_BROKEN, _ ("the file that it is written over has no possible name"));
  else if (dio_header_need (self, reader, offset, length, _ ("a part of its header is outside of the file")) &&
           (name = dio_reader_dup (reader, offset, length)) != NULL)
    {
      if (strlen (name) == length)
        self->parent = g_steal_pointer (&name);
      else
        dio_header_set_problem (self, DIO_IMAGE_BROKEN, _ ("the file that it is written over has no possible name"));
    }
}

char *
dio_header_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) strnlen (text, 4 * MAX_SHOWN));
  GString *clean = g_string_new (NULL);
  guint n = 0;

  for (const char *p = valid; *p != '\0' && n < MAX_SHOWN; p = g_utf8_next_char (p), n++)
    {
      gunichar c = g_utf8_get_char (p);

      /* Neither lines nor marks of direction: it stands within a sentence of ours. */
      g_string_append_unichar (clean, g_unichar_isprint (c) ? c : 0xfffd);
    }
  return g_string_free_and_steal (clean);
}
