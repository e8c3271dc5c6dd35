/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

/* Small good images, written byte by byte from the descriptions of their formats. (transfer full) */
GByteArray *image_files_qcow2 (void);
GByteArray *image_files_qcow (void);
GByteArray *image_files_qed (void);
GByteArray *image_files_vmdk (void);
GByteArray *image_files_vmdk_stream (void);
GByteArray *image_files_vdi (void);
GByteArray *image_files_vhd (void);
GByteArray *image_files_vhd_fixed (void);
GByteArray *image_files_vhdx (void);
GByteArray *image_files_luks (void);
GByteArray *image_files_disc (void);
GByteArray *image_files_gpt (void);

/* Of a VHD (both footers) and a VHDX, after a change: their checksums. */
void image_files_seal_vhd (GByteArray *image);
void image_files_seal_vhdx (GByteArray *image);

/* A qcow2 image over NAME, said to be of FORMAT (nullable). */
GByteArray *image_files_layer (const char *name, const char *format);

void image_files_put (GByteArray *image, gsize offset, const void *bytes, gsize n);
#define image_files_put_text(image, offset, text) image_files_put (image, offset, text, sizeof (text) - 1)
void image_files_put_be (GByteArray *image, gsize offset, guint n_bytes, guint64 value);
void image_files_put_le (GByteArray *image, gsize offset, guint n_bytes, guint64 value);
