/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a device says, or anybody says of it, as a line that can be shown: valid UTF-8 without control characters, and
 * without those that cannot be seen or turn the text around them; spaces only between words; at most LIMIT characters,
 * then an ellipsis. NULL for NULL, and when no letter or digit is left. Any thread. (transfer full) */
char *dio_usb_text_clean (const char *text, guint limit);
/* The vendor of a database or a descriptor as one would say it: without “, Inc.” and its like. (transfer full) */
char *dio_usb_text_shorten_vendor (const char *vendor);
/* What a device is called: PRODUCT with VENDOR before it, unless it is said there already. Both cleaned and short, and
 * one of them may be NULL; NULL when PRODUCT is. (transfer full) */
char *dio_usb_text_join (const char *vendor, const char *product);

G_END_DECLS
