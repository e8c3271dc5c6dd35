/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* The machines that run now, each a tile with its live picture that brings its window to the front. While nobody can
 * see the section the pictures rest.
 *
 * Property: "empty" (boolean, read-only). */
#define DIO_TYPE_RUNNING_SECTION (dio_running_section_get_type ())
G_DECLARE_FINAL_TYPE (DioRunningSection, dio_running_section, DIO, RUNNING_SECTION, AdwBin)

/* Follows the windows of APPLICATION. Once. */
void dio_running_section_set_application (DioRunningSection *self, DioApplication *application);
gboolean dio_running_section_get_empty (DioRunningSection *self);

G_END_DECLS
