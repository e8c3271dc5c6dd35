/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/rules.h"

G_BEGIN_DECLS

/* What one machine's user wants of USB devices. Kept in a small file of the user's state folder by the machine's UUID
 * (see session/clipboard-options.h for why). There is one object for each UUID at a time. Main thread only.
 *
 * Properties: "asks" (boolean, TRUE, notify, read-write, written by itself: ask when something is plugged in while the
 * machine's window is in front), "rules" (DioUsbRules, constant; changes to them are written, too). */
#define DIO_TYPE_USB_OPTIONS (dio_usb_options_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbOptions, dio_usb_options, DIO, USB_OPTIONS, GObject)

/* As dio_clipboard_options_new(). (transfer full) */
DioUsbOptions *dio_usb_options_new (const char *uuid);
gboolean dio_usb_options_get_asks (DioUsbOptions *self);
DioUsbRules *dio_usb_options_get_rules (DioUsbOptions *self);

G_END_DECLS
