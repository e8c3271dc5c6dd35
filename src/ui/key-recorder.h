/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A toggle button of a dialog: while it is down, the dialog's keys are pressed to be recorded, with the desktop's
 * shortcuts among them if it gives those. It goes up when the focus goes somewhere else, or the dialog.
 *
 * Signals, of keys that come while it is down: "key-pressed" (uint keyval, uint keycode, GdkModifierType state,
 * pointer: the GdkEvent) returns whether that was the end of the key; "key-released" (uint keycode). */
#define DIO_TYPE_KEY_RECORDER (dio_key_recorder_get_type ())
G_DECLARE_FINAL_TYPE (DioKeyRecorder, dio_key_recorder, DIO, KEY_RECORDER, GtkToggleButton)

G_END_DECLS
