/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-source.h"

#include "usb/redirector.h"

G_BEGIN_DECLS

/* What is below a connection, played: devices that are plugged in and out, the keeper, what is mounted, and redirectors
 * (DioUsbRedirector, in place of the real one). A device is a socket, whose other end tells whether somebody has it. */

typedef enum
{
  FAKE_DOES,    /* at once, which is the next turn of the main loop */
  FAKE_REFUSES, /* the same, with an error */
  FAKE_WAITS,   /* when fake_host_go_on() says so, or it is cancelled */
} FakeHostMode;

/* Set by the test, and all set back by fake_host_reset(). */
typedef struct
{
  FakeHostMode open, redirect, unmount;
  gboolean redirects_although_cancelled; /* it was done already */
  gboolean keeper_refuses;
  gboolean close_waits; /* a redirector's, until fake_host_go_on() */
  DioUsbGuard guard;    /* of all devices */
  const char *mounted;  /* of all devices; NULL: nothing */
  guint n_opened, n_released, n_held, n_dropped, n_redirected, n_unmounted;
  DioUsbRedirector *redirector; /* the last one; not owned */
} FakeHost;
extern FakeHost fake_host;

void fake_host_reset (void);
/* All that waits is done. */
void fake_host_go_on (void);
guint fake_host_count_waiting (void);
/* TRUE: nobody has any device, nothing is held, everything was released. */
gboolean fake_host_is_quiet (void);
/* A redirector says that it has ended. */
void fake_host_end (DioUsbRedirector *redirector, DioUsbEnd how);

/* All of whose devices are as fake_host says. */
FakeSource *fake_host_new_source (void);

G_END_DECLS
