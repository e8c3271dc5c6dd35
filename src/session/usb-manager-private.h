/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/usb-link.h"
#include "session/usb-manager.h"

G_BEGIN_DECLS

/* usb-manager.c: the devices, who has them, and what users want; usb-manager-machines.c: what is done by itself, for
 * machines that start and devices that come. */

/* What stays the same when a device is plugged out and in. */
typedef struct
{
  guint16 vendor, product;
  char *serial, *port; /* each may be NULL */
} DioUsbKey;

/* Of a device that was connected a moment ago. */
typedef struct
{
  DioUsbKey key;
  DioSession *session; /* unowned, to be looked for among the members; NULL: it is left alone when it comes back */
  gint64 until;        /* µs, monotonic */
} DioUsbMemory;

/* A machine that takes part. */
typedef struct
{
  DioUsbManager *manager;
  DioSession *session; /* unowned; it is taken out when that goes */
  DioUsbOptions *options;
  DioMachine *machine;
  guint run;      /* of its QEMUs among all; 0: it has had none */
  gboolean begun; /* this QEMU has got what it is to have */
  GArray *had;    /* of DioUsbKey: what the QEMU before had, while another one is started */
} DioUsbMember;

struct _DioUsbManager
{
  GObject parent_instance;

  DioUsbSource *source; /* NULL until it is needed */
  GPtrArray *devices;   /* what is in the source */
  GPtrArray *members;   /* in the order that they came in */
  DioSession *active;   /* (nullable): one of them */
  GPtrArray *links;     /* of DioUsbLink, one for each device that somebody has */
  GArray *memories;     /* of DioUsbMemory, the oldest first */
  guint n_runs;
};

/* usb-manager.c */
DioUsbLink *dio_usb_manager_find_link (DioUsbManager *self, DioUsbDevice *device); /* (nullable) */
/* A link for MEMBER that nobody waits for, unless somebody has DEVICE. INSIST: although it is guarded. */
void dio_usb_manager_connect_by_itself (DioUsbManager *self, DioUsbMember *member, DioUsbDevice *device,
                                        gboolean insist);
/* The one that fits where we run, if there is none yet. */
void dio_usb_manager_need_source (DioUsbManager *self);
void dio_usb_manager_ask (DioUsbManager *self, DioSession *session, DioUsbDevice *device);

/* usb-manager-machines.c */
DioUsbMember *dio_usb_manager_find_member (DioUsbManager *self, DioSession *session); /* (nullable) */
/* Its QEMU and its display are there. */
gboolean dio_usb_member_is_up (DioUsbMember *self);
void dio_usb_member_free (DioUsbMember *self);
void dio_usb_memory_clear (DioUsbMemory *self);
void dio_usb_manager_plugged_in (DioUsbManager *self, DioUsbDevice *device);
/* LINK is not over yet: what is to be known when its device comes back. */
void dio_usb_manager_remember_unplugged (DioUsbManager *self, DioUsbLink *link);
/* It is: the same, and when its machine starts. */
void dio_usb_manager_remember_over (DioUsbManager *self, DioUsbLink *link, const GError *error);

G_END_DECLS
