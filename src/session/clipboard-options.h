/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/share.h"

G_BEGIN_DECLS

/* What one machine's user allows its clipboard. Kept in a small file of the user's state folder by the machine's UUID,
 * not with the machine: whoever made that has no say in what it may read here. A file that cannot be read, or is not
 * what we wrote, is as none; a direction in it that makes no sense is to be asked about. All objects of one UUID are
 * the same to their last property. Main thread only.
 *
 * Properties (all read-write, notify, written to the file by themselves): "to-guest", "to-host" (DioSharing, ON),
 * "primary" (boolean, FALSE: what is marked, too), named as those of DioClipboardShare, to which they are bound. */
#define DIO_TYPE_CLIPBOARD_OPTIONS (dio_clipboard_options_get_type ())
G_DECLARE_FINAL_TYPE (DioClipboardOptions, dio_clipboard_options, DIO, CLIPBOARD_OPTIONS, GObject)

/* UUID: (nullable): the machine's; without one nothing is read nor written, nor with the one that is all zeros, which
 * QEMU tells when it was given none. Reads the file, at most 64 KiB. */
DioClipboardOptions *dio_clipboard_options_new (const char *uuid);
/* They become those of the machine that has this UUID, if that is another one. */
void dio_clipboard_options_set_uuid (DioClipboardOptions *self, const char *uuid);
/* From now on SHARE does what they say. */
void dio_clipboard_options_bind (DioClipboardOptions *self, DioClipboardShare *share);

G_END_DECLS
