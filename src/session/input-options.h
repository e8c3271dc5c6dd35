/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What fingers are to the guest. */
typedef enum
{
  DIO_TOUCH_MODE_AUTOMATIC, /* fingers where the guest has a touch screen, else its pointer */
  DIO_TOUCH_MODE_FINGERS,
  DIO_TOUCH_MODE_POINTER,
} DioTouchMode;

#define DIO_TYPE_TOUCH_MODE (dio_touch_mode_get_type ())
GType dio_touch_mode_get_type (void);

/* How one machine wants its input, as its user chose. Kept in a small file of the user's state folder, by the machine's
 * UUID; one that cannot be read, or is not what we wrote, is as none. Main thread only.
 *
 * Properties (all read-write, notify, written to the file by themselves soon after a change):
 * "touch-mode" (DioTouchMode, automatic); "long-press" (boolean, on: a long press of a finger that points is the right
 * button); "two-finger-scroll" (boolean, on: two fingers scroll where fingers point; else they zoom); "guest-gestures"
 * (boolean, off: three fingers and swipes from the edge are the guest's and not Diorama's); "every-point" (boolean,
 * off: motion of fingers and pens is not thinned out to one a frame); "key-bar" (boolean, off: the bar of keys is
 * shown); "layout" (string, "": the keyboard layout that text is typed for, as xkb names it, "de" or "us+intl"; empty:
 * the host's). */
#define DIO_TYPE_INPUT_OPTIONS (dio_input_options_get_type ())
G_DECLARE_FINAL_TYPE (DioInputOptions, dio_input_options, DIO, INPUT_OPTIONS, GObject)

/* UUID: (nullable): the machine's; without one nothing is read nor written, nor with the one that is all zeros, which
 * QEMU tells when it was given none. Reads the file, at most 64 KiB. */
DioInputOptions *dio_input_options_new (const char *uuid);
/* They become those of the machine that has this UUID, if that is another one. */
void dio_input_options_set_uuid (DioInputOptions *self, const char *uuid);

DioTouchMode dio_input_options_get_touch_mode (DioInputOptions *self);
gboolean dio_input_options_get_long_press (DioInputOptions *self);
gboolean dio_input_options_get_two_finger_scroll (DioInputOptions *self);
gboolean dio_input_options_get_guest_gestures (DioInputOptions *self);
gboolean dio_input_options_get_every_point (DioInputOptions *self);
gboolean dio_input_options_get_key_bar (DioInputOptions *self);
const char *dio_input_options_get_layout (DioInputOptions *self); /* (transfer none) */

G_END_DECLS
