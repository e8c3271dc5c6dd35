/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-usb-models.h"
#include "usb/error.h"
#include "usb/redirector.h"

#include <usbredirparser.h>

G_BEGIN_DECLS

/* The guest's end of a redirected device, as QEMU's usb-redir has it, in the test's main context. */
typedef struct
{
  guint8 type; /* usb_redir_…_packet */
  guint8 status;
  GBytes *data; /* (nullable) */
} UsbAnswer;

typedef struct
{
  struct usbredirparser *parser;
  int fd;
  guint source;
  gboolean connected, disconnected, closed; /* the device's; CLOSED: the stream's */
  struct usb_redir_device_connect_header device;
  struct usb_redir_interface_info_header interfaces;
  struct usb_redir_ep_info_header endpoints;
  GHashTable *answers; /* by identifier */
  int configuration;   /* of the last status; -1 - status when it failed, G_MAXINT before */
  int alternate;       /* likewise */
  int stream_status;   /* of the last one, G_MAXINT before */
  guint n_stream_packets;
  guint64 stream_bytes;
  GBytes *last_packet; /* of a stream */
  guint64 next_id;
} UsbGuest;

/* What a test has: the device, the guest, and what is between them, when it was opened. */
typedef struct
{
  FakeUsb *usb;
  guint8 *disk;
  UsbGuest *guest;
  DioUsbRedirector *redirector;
  GError *error;
  gboolean done; /* opening, or closing */
  guint n_ended;
  DioUsbEnd end;
  char *details;
} UsbFixture;

#define USB_DISK_SIZE (4 << 20)
#define USB_CAPS_ALL G_MAXUINT32

/* Runs the main loop until CONDITION, which other threads may make true. */
#define usb_wait_until(condition)                                                                                      \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    gint64 usb_deadline_ = g_get_monotonic_time () + 60 * G_TIME_SPAN_SECOND;                                          \
    while (!(condition))                                                                                               \
      {                                                                                                                \
        if (g_get_monotonic_time () > usb_deadline_)                                                                   \
          g_error ("%s:%d: not within 60 seconds: %s", __FILE__, __LINE__, #condition);                                \
        usb_iterate ();                                                                                                \
      }                                                                                                                \
  }                                                                                                                    \
  G_STMT_END
void usb_iterate (void);

/* CAPS: usbredir's capabilities that it has of those that usbredirparser knows. Takes FD. */
UsbGuest *usb_guest_new (int fd, guint32 caps);
void usb_guest_free (UsbGuest *self);
/* Does not read any more until it is told to. */
void usb_guest_set_reading (UsbGuest *self, gboolean reading);
/* Requests; they return the identifier. DATA: for OUT. */
guint64 usb_guest_control (UsbGuest *self, guint8 type, guint8 request, guint16 value, guint16 index, guint16 length,
                           const void *data);
guint64 usb_guest_bulk (UsbGuest *self, guint8 endpoint, guint length, const void *data);
/* Waits for it. (transfer none) */
const UsbAnswer *usb_guest_wait (UsbGuest *self, guint64 id);
void usb_guest_flush (UsbGuest *self);
/* One SCSI command of a disk, its data in or out; its status, or -1 when the transport failed. */
int usb_guest_scsi (UsbGuest *self, const guint8 *command, gsize command_size, guint8 *in, const guint8 *out,
                    gsize size);
int usb_guest_blocks (UsbGuest *self, gboolean write, guint first, guint n, guint8 *data);

/* With USB, which is taken. Opens the redirector and, when there is no error, waits until the guest has the device. */
void usb_fixture_open (UsbFixture *self, FakeUsb *usb, guint32 caps);
/* Begins to. */
void usb_fixture_start (UsbFixture *self, FakeUsb *usb, guint32 caps, GCancellable *cancellable);
FakeUsb *usb_fixture_new_disk (UsbFixture *self);
void usb_fixture_close (UsbFixture *self);
/* Checks that the kernel has the device back and nothing is left. */
void usb_fixture_clear (UsbFixture *self);
guint usb_count_threads (void); /* of this process */

G_END_DECLS
