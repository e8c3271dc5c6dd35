/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

/* org.freedesktop.portal.Usb of a desktop that does what the test says. On a bus of the test's, a connection of its own
 * and the thread of the test. */
typedef struct
{
  GDBusConnection *connection;
  guint registration, filter;

  /* what it says */
  GVariant *listed;           /* a(sa{sv}): of EnumerateDevices */
  gboolean session_elsewhere; /* CreateSession returns another path than the one that was asked for */
  gboolean request_elsewhere; /* AcquireDevices does */
  const char *refusal;        /* the D-Bus error of AcquireDevices, or NULL */
  gboolean answers_otherwise; /* FinishAcquireDevices: by a value of another type */

  /* what it was asked */
  char *session, *request, *window, *acquired, *released, *client;
  gboolean writable;
  guint n_released, n_closed; /* ReleaseDevices; Close of a request */
  gint n_finishes; /* FinishAcquireDevices: counted down to the one that finishes; see fake_portal_hand_out() */
  char *handed_id;
  int fd, index;
} FakePortal;

FakePortal *fake_portal_new (const char *address);
void fake_portal_free (FakePortal *self);
/* A device as it tells of it. */
GVariant *fake_portal_make_device (const char *node, const char *vendor, const char *model, const char *name);
/* ACTION: "add", "remove", … TYPES of the whole signal are as they should be. INFO: (nullable), floating. */
void fake_portal_tell (FakePortal *self, const char *action, const char *id, GVariant *info);
void fake_portal_tell_raw (FakePortal *self, const char *path, const char *interface, const char *signal,
                           GVariant *arguments);
/* The user's answer: 0: yes; and what FinishAcquireDevices will give then: FD (or -1), which it takes, at INDEX, in the
 * last one of N answers. */
void fake_portal_answer (FakePortal *self, guint response);
void fake_portal_hand_out (FakePortal *self, const char *id, int fd, int index, gint n);
