/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

G_BEGIN_DECLS

/* Who may open USB devices. Linux gives them to root alone unless a udev rule says otherwise; ours
 * (data/70-diorama-usb.rules, TAG+="uaccess") gives them to whoever sits at the computer. */

/* TRUE: the rule is installed where udev reads it. FALSE in a sandbox, where it does not matter. */
gboolean dio_usb_access_has_rule (void);
/* What an administrator types into a terminal to install it and have it obeyed at once, from the copy of it that came
 * with us. (transfer full) */
char *dio_usb_access_dup_command (void);

G_END_DECLS
