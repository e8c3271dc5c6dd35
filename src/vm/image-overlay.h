/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/report.h"
#include "vm/machine-config.h"

G_BEGIN_DECLS

/* An image that may not be written is started over a file of ours that takes what is written: kept below
 * $XDG_DATA_HOME/diorama/overlays/, named for the image's host path, with a note of what the image was like and what it
 * is written over (inode, size, time of the last change of each file): over what has changed since, the overlay would
 * be nonsense. An image that is encrypted gets none: what is written would lie there for all to read. */
typedef enum
{
  DIO_IMAGE_OVERLAY_UNNEEDED, /* it can be written, or is a disc */
  DIO_IMAGE_OVERLAY_NONE,     /* nothing was kept: starts as the image is */
  DIO_IMAGE_OVERLAY_KEPT,     /* what was written the last time is there */
  DIO_IMAGE_OVERLAY_STALE     /* it is, but the image has changed since: only to be discarded */
} DioImageOverlay;

/* Blocks on the file system. */
DioImageOverlay dio_image_overlay_look (const DioImageReport *report);

/* Gives each disk of CONFIG whose report (in the order of dio_image_config_new()) needs one its overlay:
 * the kept one, or a new one. CONFIG is changed when it is done, in the main thread. DISCARD: what was kept is thrown
 * away. Fails with G_IO_ERROR_WRONG_ETAG when one is STALE and DISCARD is FALSE: then the user is to choose. Not for
 * disposable machines, which need none. REPORTS are not needed after the call. */
void dio_image_overlay_use_async (DioMachineConfig *config, DioImageReport *const *reports, guint n, gboolean discard,
                                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_image_overlay_use_finish (GAsyncResult *result, GError **error);

G_END_DECLS
