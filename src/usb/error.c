/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/error.h"

G_DEFINE_QUARK (dio - usb - error - quark, dio_usb_error)
