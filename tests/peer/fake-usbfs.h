/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* USB devices that are not there, as the kernel's usbfs shows them: the real libusb, its descriptor parser, its event
 * loop and all, works on the file descriptors that are had here. It is linked into a program that exports its symbols
 * (export_dynamic), or preloaded (fake-usb-preload.c): ioctl(), read(), lseek() and close() are replaced for these
 * descriptors and for no others. libusb_wrap_sys_device() takes them.
 *
 * What the kernel does is done as the kernel does it: an interface has a driver until usbfs unbinds it, and nobody
 * binds it again by itself; what was claimed through a descriptor is released with its last close; transfers wait while
 * the device has nothing to say; at most 16 MB are in flight; a device that went away ends all with ENODEV. Any thread;
 * the model is called with the device's lock held, by whoever submits, by wakers, or by the device's own thread, which
 * paces isochronous transfers. */

typedef struct _FakeUsb FakeUsb;

/* What a model answers beside a length or a negative errno (EPIPE: stall, EOVERFLOW: more than asked, EPROTO, …). */
#define FAKE_USB_NAK (-4096)       /* nothing yet: asked again after fake_usb_wake(), or an OUT of this device */
#define FAKE_USB_MEMORY (16 << 20) /* as usbfs_memory_mb */

/* bmRequestType and so on, in the computer's byte order */
typedef struct
{
  guint8 type, request;
  guint16 value, index, length;
} FakeUsbSetup;

typedef struct
{
  /* One transfer of ENDPOINT (0: SETUP is not NULL), LENGTH bytes at DATA to be read (OUT) or filled (IN). For
   * isochronous ones, one packet. */
  int (*transfer) (gpointer model, guint8 endpoint, const FakeUsbSetup *setup, guint8 *data, guint length);
  void (*reset) (gpointer model); /* (nullable) */
  void (*free) (gpointer model);
} FakeUsbModel;

/* DESCRIPTORS: the device's and those of all configurations, as they come from the device; may be nonsense. SPEED:
 * the kernel's numbers (1 low, 2 full, 3 high, 5 super). */
FakeUsb *fake_usb_new (GBytes *descriptors, guint speed, const FakeUsbModel *model, gpointer model_data);
void fake_usb_unref (FakeUsb *self);
gpointer fake_usb_get_model (FakeUsb *self);
/* A file descriptor of usbfs, the caller's to close; holds the device. Or puts it in place of FD, when that is not -1.
 */
int fake_usb_open (FakeUsb *self, int fd);
/* Pulls it out. */
void fake_usb_unplug (FakeUsb *self);
void fake_usb_wake (FakeUsb *self);
/* For a model, around what it shares with transfer(). */
void fake_usb_lock (FakeUsb *self);
void fake_usb_unlock (FakeUsb *self);

/* What the kernel knows. */
gboolean fake_usb_has_driver (FakeUsb *self, guint interface);
gboolean fake_usb_is_claimed (FakeUsb *self, guint interface);
guint fake_usb_count_pending (FakeUsb *self);
guint fake_usb_count_files (FakeUsb *self);
guint fake_usb_count_resets (FakeUsb *self);
int fake_usb_get_configuration (FakeUsb *self);
/* The most bytes that were in flight at once. */
guint64 fake_usb_get_peak (FakeUsb *self);

/* Faults; all 0 at first. */
typedef struct
{
  gboolean claims_busy;   /* another program has it */
  gboolean reset_leaves;  /* a reset makes it come back as another device */
  gboolean hangs;         /* no transfer but control ones ends */
  gboolean control_hangs; /* nor those */
  gboolean config_fails;  /* SETCONFIGURATION: EIO */
  gboolean unlimited;     /* usbfs_memory_mb is 0 */
  gboolean submit_fails;  /* isochronous submissions: ENOSPC, no bandwidth */
  guint discard_ms;       /* cancelling takes so long */
  guint reset_ms;         /* and a reset */
  guint64 unplug_after;   /* so many bytes of transfers; 0: never */
} FakeUsbFaults;
void fake_usb_set_faults (FakeUsb *self, const FakeUsbFaults *faults);
/* Also writes what usbfs was asked for into this file, a line each: "PID claim 0", "PID release 0", "PID unbind 0",
 * "PID bind 0", "PID reset", "PID configuration 1", "PID open", "PID close", "PID unplug"; so that one sees from
 * outside whether the kernel has its device back. */
void fake_usb_set_log (FakeUsb *self, const char *path);

G_END_DECLS
