/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* QEMU's key number ("qnum", an AT set 1 scan code, 0x80 set for those with an E0 prefix) for a Linux KEY_* code, or 0
 * where there is none. */
guint dio_keymap_evdev_to_qnum (guint evdev_code);

G_END_DECLS
