/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* How to install the guest tools: the command for each family of systems, to be copied, or typed into the machine by
 * the action "win.type-string". */
#define DIO_TYPE_GUEST_TOOLS_PAGE (dio_guest_tools_page_get_type ())
G_DECLARE_FINAL_TYPE (DioGuestToolsPage, dio_guest_tools_page, DIO, GUEST_TOOLS_PAGE, AdwNavigationPage)

/* (transfer floating) */
AdwNavigationPage *dio_guest_tools_page_new (void);

G_END_DECLS
