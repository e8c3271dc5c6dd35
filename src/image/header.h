/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/reader.h"
#include "image/report.h"

G_BEGIN_DECLS

/* What the header of one file says: where the parsers, one a format, put what they found. They do no I/O but through
 * the reader, and follow nothing. */
typedef struct
{
  const char *format; /* QEMU's name; NULL: of none that QEMU reads */
  guint version;
  guint64 virtual_size; /* bytes */
  DioImageProblem problem;
  char *detail;
  DioImageFlags flags;
  char *parent;        /* (nullable) the name of the file that it is written over, as it stands there */
  char *parent_format; /* (nullable) as QEMU names it */
  char *reference;
  DioImageReferenceKind reference_kind;
  const char *encryption;
  GArray *snapshots; /* (nullable) of DioImageSnapshot */
  const char *compression;
  guint64 unpacked_size;
} DioHeader;

void dio_header_clear (DioHeader *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DioHeader, dio_header_clear)

/* By its marks: a format's, another kind of file's, or DIO_IMAGE_UNKNOWN. HEADER is to be zero. */
void dio_header_parse (DioReader *reader, DioHeader *header);
/* As FORMAT and nothing else; FALSE when it has not that one's mark. Any file is "raw"; without what a disk begins with
 * it is DIO_IMAGE_UNKNOWN, too. */
gboolean dio_header_parse_as (DioReader *reader, const char *format, DioHeader *header);

/* The parsers. FALSE: it has not this one's mark, and HEADER is as it was. */
gboolean dio_header_parse_qcow2 (DioReader *reader, DioHeader *header);
gboolean dio_header_parse_qcow (DioReader *reader, DioHeader *header);
gboolean dio_header_parse_qed (DioReader *reader, DioHeader *header);
gboolean dio_header_parse_vmdk (DioReader *reader, DioHeader *header);
gboolean dio_header_parse_vdi (DioReader *reader, DioHeader *header);
/* FALSE also when its mark is only at the end: see dio_header_parse_vhd_fixed(). */
gboolean dio_header_parse_vhd (DioReader *reader, DioHeader *header);
gboolean dio_header_parse_vhd_fixed (DioReader *reader, DioHeader *header);
gboolean dio_header_parse_vhdx (DioReader *reader, DioHeader *header);
#define DIO_HEADER_LUKS_2 "LUKS 2" /* the detail of that, which has a sentence of its own */
gboolean dio_header_parse_luks (DioReader *reader, DioHeader *header);
gboolean dio_header_parse_optical (DioReader *reader, DioHeader *header);
gboolean dio_header_parse_disk (DioReader *reader, DioHeader *header);
/* Disks that the engine does not read, archives, and what people get instead of an image. */
gboolean dio_header_parse_other (DioReader *reader, DioHeader *header);

/* --- for the parsers --- */

/* Keeps PROBLEM and DETAIL (nullable) when it comes before what is known already in the order of DioImageProblem. */
void dio_header_set_problem (DioHeader *self, DioImageProblem problem, const char *detail);
/* LENGTH bytes at OFFSET have to be there: else it is TRUNCATED, or BROKEN with WHAT as the detail, when no such image
 * could be that big. To be called with the virtual size known. */
gboolean dio_header_need (DioHeader *self, DioReader *reader, guint64 offset, guint64 length, const char *what);
/* NAME (empty: it does not say) is something that is never opened. */
void dio_header_refer (DioHeader *self, DioImageReferenceKind kind, const char *name);
/* Takes the name of LENGTH bytes at OFFSET as the one of the parent; what cannot be one is BROKEN. */
void dio_header_take_parent (DioHeader *self, DioReader *reader, guint64 offset, guint64 length);
/* TEXT as it can be shown: UTF-8, without control characters, at most 256 characters. (transfer full) */
char *dio_header_clean (const char *text);

G_END_DECLS
