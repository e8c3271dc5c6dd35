/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-usbfs.h"

G_BEGIN_DECLS

/* Asked about a descriptor that usbfs is asked something of and that is none of ours yet: makes it one with
 * fake_usb_open() and returns TRUE, or leaves it. */
typedef gboolean (*FakeUsbOpener) (int fd);
extern FakeUsbOpener fake_usb_opener;

G_END_DECLS
