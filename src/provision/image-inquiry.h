/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/image-overlay.h"

G_BEGIN_DECLS

/* What is found out at once of an image that somebody wants to open: what it is, who has it, what its drive is. */
typedef struct
{
  DioImageReport *report;
  char *holder; /* (nullable): a sentence: who has it so that it cannot be written now */
  DioImageOverlay overlay;
  guint64 free;   /* bytes on its drive; G_MAXUINT64: not known */
  gboolean fat;   /* files on its drive end at 4 GiB */
  char *folder;   /* (nullable): that it is in, when copies can be made there */
  char *kvm;      /* (nullable): sentences: why this computer's processor cannot run machines, and what to do */
  guint64 memory; /* bytes that programs may still take of this computer's; G_MAXUINT64: not known */
} DioImageInquiry;

/* PATH, GRANTED: as of dio_image_report_new(). Never fails, but for being cancelled. Main thread. */
void dio_image_inquire_async (const char *path, const char *const *granted, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
DioImageInquiry *dio_image_inquire_finish (GAsyncResult *result, GError **error);
void dio_image_inquiry_free (DioImageInquiry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioImageInquiry, dio_image_inquiry_free)

G_END_DECLS
