/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"
#include "ui/application.h"
#include "ui/library-item.h"

G_BEGIN_DECLS

/* What the library window shows, unordered: a GListModel of DioLibraryItem, the machines of a library and those that
 * are only on show. An item that changed what it sorts by is told as replaced by itself. */
#define DIO_TYPE_LIBRARY_ITEMS (dio_library_items_get_type ())
G_DECLARE_FINAL_TYPE (DioLibraryItems, dio_library_items, DIO, LIBRARY_ITEMS, GObject)

DioLibraryItems *dio_library_items_new (DioLibrary *library, DioApplication *application);

G_END_DECLS
