/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-usbfs.h"

G_BEGIN_DECLS

/* Devices for fake-usbfs.h that a guest's real drivers work with. */

/* What a device says of itself; 0 and NULL: something that fits. */
typedef struct
{
  guint16 vendor, product;
  const char *manufacturer, *name, *serial;
  guint speed; /* the kernel's number: 1 low, 2 full, 3 high, 5 super */
} FakeUsbIdentity;

#define FAKE_STORAGE_IN 0x81
#define FAKE_STORAGE_OUT 0x02
#define FAKE_KEYBOARD_IN 0x81
#define FAKE_MICROPHONE_IN 0x81
#define FAKE_MICROPHONE_OUT 0x02
#define FAKE_MICROPHONE_PACKET 192

/* A disk (bulk-only transport, SCSI), one interface. DATA: its SIZE bytes, a multiple of 512, the caller's for as long
 * as it lives, which may be memory or a mapped file. */
FakeUsb *fake_usb_storage_new (const FakeUsbIdentity *identity, guint8 *data, gsize size);
/* A boot keyboard, two interfaces, the second of which is the vendor's and does nothing. */
FakeUsb *fake_usb_keyboard_new (const FakeUsbIdentity *identity);
/* Makes a report to be had: MODIFIERS, and one key (HID's usage), 0: none. */
void fake_usb_keyboard_press (FakeUsb *self, guint8 modifiers, guint8 key);
guint8 fake_usb_keyboard_get_leds (FakeUsb *self);
/* A source and a sink of isochronous data (vendor class): interface 0, whose alternate setting 1 has the endpoints.
 * Each packet in begins with a counter of four bytes. */
FakeUsb *fake_usb_microphone_new (const FakeUsbIdentity *identity);
guint64 fake_usb_microphone_count_out (FakeUsb *self); /* bytes that were played */
/* Anything: DESCRIPTORS as they are; answers whatever it is asked for with bytes and errors that come from SCRIPT, over
 * and over (empty: with nothing but stalls). */
FakeUsb *fake_usb_odd_new (GBytes *descriptors, GBytes *script);
/* The descriptors of the models above, to be spoiled. KIND: "storage", "keyboard", "microphone". (transfer full) */
GByteArray *fake_usb_dup_descriptors (const char *kind);

G_END_DECLS
