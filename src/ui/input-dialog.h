/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/touch.h"
#include "session/input-options.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* How a machine wants its input: a page for each kind of device. What is changed holds at once. */
#define DIO_TYPE_INPUT_DIALOG (dio_input_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioInputDialog, dio_input_dialog, DIO, INPUT_DIALOG, AdwPreferencesDialog)

/* TOUCH: (nullable): the touch screen of the machine, to tell what its guest can. */
DioInputDialog *dio_input_dialog_new (DioInputOptions *options, DioTouch *touch);

G_END_DECLS
