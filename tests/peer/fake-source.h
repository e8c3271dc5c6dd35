/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/source.h"

G_BEGIN_DECLS

/* USB devices that a test plugs in and out. */
#define FAKE_TYPE_SOURCE (fake_source_get_type ())
G_DECLARE_FINAL_TYPE (FakeSource, fake_source, FAKE, SOURCE, GObject)

typedef struct
{
  void (*open) (GTask *task); /* (transfer full): to be returned a file descriptor, or an error */
  void (*release) (void);
  DioUsbGuard (*get_guard) (void);
} FakeSourceFuncs;

/* FUNCS: static. */
FakeSource *fake_source_new (const FakeSourceFuncs *funcs);
/* SERIAL: (nullable). (transfer none) */
DioUsbDevice *fake_source_plug_in (FakeSource *self, guint product, const char *serial, const char *port);
void fake_source_pull_out (FakeSource *self, DioUsbDevice *device);

G_END_DECLS
