/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

G_BEGIN_DECLS

/* What a person would take a device of these facts for. Any thread. */
DioUsbKind dio_usb_kind_guess (const DioUsbFacts *facts);
/* (transfer none): the name of a symbolic icon, of adwaita-icon-theme or our own. */
const char *dio_usb_kind_get_icon_name (DioUsbKind kind);
/* (transfer none): in a word, translated. */
const char *dio_usb_kind_get_name (DioUsbKind kind);

G_END_DECLS
