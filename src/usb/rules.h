/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What is remembered of devices for one machine: which are connected by themselves, which are never asked about. A
 * GListModel of DioUsbRule, the oldest first. Main thread only. Signal "changed" (): by somebody's wish, and not by
 * loading. */
#define DIO_TYPE_USB_RULES (dio_usb_rules_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbRules, dio_usb_rules, DIO, USB_RULES, GObject)

typedef enum
{
  DIO_USB_ACTION_ASK,     /* no rule */
  DIO_USB_ACTION_CONNECT, /* when it is plugged in, and when the machine starts */
  DIO_USB_ACTION_KEEP,    /* on this computer, without a question */
} DioUsbAction;

/* A device by its numbers and, where it has one, its serial number; without, at this port only if the user wanted that.
 * Properties (constant): "name" (string), "action" (uint: DioUsbAction), "port" (string or NULL). */
#define DIO_TYPE_USB_RULE (dio_usb_rule_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbRule, dio_usb_rule, DIO, USB_RULE, GObject)

/* At most this many; a new one takes the oldest one's place. */
#define DIO_USB_RULES_MAX 64

DioUsbRules *dio_usb_rules_new (void);
/* The rule that fits best: one with this serial number, then with this port, then for all of its kind. */
DioUsbAction dio_usb_rules_match (DioUsbRules *self, DioUsbDevice *device);
DioUsbRule *dio_usb_rules_find (DioUsbRules *self, DioUsbDevice *device); /* (transfer none) (nullable) */
/* From now on ACTION is what dio_usb_rules_match() has for DEVICE: a new rule, in place of all that fit it at least as
 * well; for ASK, none that fits it is left. AT_PORT: only where it is plugged in now. */
void dio_usb_rules_remember (DioUsbRules *self, DioUsbDevice *device, DioUsbAction action, gboolean at_port);
void dio_usb_rules_forget (DioUsbRules *self, DioUsbRule *rule);
/* One that was forgotten is remembered again, unless something else is now for the same devices. */
void dio_usb_rules_restore (DioUsbRules *self, DioUsbRule *rule);
/* To and from an array of JSON; what makes no sense in it is left out. */
void dio_usb_rules_load (DioUsbRules *self, JsonArray *array);
void dio_usb_rules_save (DioUsbRules *self, JsonBuilder *builder);

const char *dio_usb_rule_get_name (DioUsbRule *self);
DioUsbAction dio_usb_rule_get_action (DioUsbRule *self);
const char *dio_usb_rule_get_port (DioUsbRule *self); /* (nullable) */

G_END_DECLS
