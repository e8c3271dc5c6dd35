/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-usb-models.h"

#include <errno.h>
#include <string.h>

#define MAX_STRING 126

/* What all devices have. */
typedef struct
{
  GBytes *descriptors;
  char *strings[3];
} Common;

/* Bulk-only transport: a command of 31 bytes, data, a status of 13. */
typedef struct
{
  Common common;
  guint8 *disk;
  gsize size;
  enum
  {
    STORAGE_COMMAND,
    STORAGE_DATA_OUT,
    STORAGE_DATA_IN,
    STORAGE_STATUS,
  } phase;
  guint8 tag[4];
  guint32 wanted; /* by the host, of the data that is still to be moved */
  guint8 *at;     /* in the disk, or in ANSWER */
  guint32 left;
  guint8 answer[64];
  guint8 status;
  guint8 sense, sense_code;
} Storage;

typedef struct
{
  Common common;
  GQueue reports; /* of 8 bytes each */
  guint8 leds;
} Keyboard;

typedef struct
{
  Common common;
  guint32 counter;
  guint64 played;
} Microphone;

typedef struct
{
  GBytes *descriptors, *script;
  gsize at;
} Odd;

/* clang-format off */
static const guint8 storage_descriptors[] = {
  18, 1, 0x00, 0x02, 0, 0, 0, 64, 0x27, 0x06, 0x01, 0x0d, 0x00, 0x01, 1, 2, 3, 1, /* device */
  9, 2, 32, 0, 1, 1, 0, 0x80, 100,                                                  /* configuration */
  9, 4, 0, 0, 2, 8, 6, 0x50, 0,                                                     /* mass storage, SCSI, bulk-only */
  7, 5, FAKE_STORAGE_IN, 2, 0x00, 0x02, 0, 7, 5, FAKE_STORAGE_OUT, 2, 0x00, 0x02, 0,
};
static const guint8 keyboard_report[] = {
  0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01,
  0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x05, 0x75, 0x01,
  0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, 0x95, 0x01, 0x75, 0x03, 0x91, 0x01, 0x95, 0x06,
  0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xc0,
};
static const guint8 keyboard_descriptors[] = {
  18, 1, 0x00, 0x02, 0, 0, 0, 64, 0x27, 0x06, 0x02, 0x0d, 0x00, 0x01, 1, 2, 3, 1,
  9, 2, 50, 0, 2, 1, 0, 0xa0, 50,
  9, 4, 0, 0, 1, 3, 1, 1, 0,                                        /* HID, boot, keyboard */
  9, 0x21, 0x11, 0x01, 0, 1, 0x22, sizeof keyboard_report, 0,
  7, 5, FAKE_KEYBOARD_IN, 3, 8, 0, 10,
  9, 4, 1, 0, 1, 0xff, 0, 0, 0,
  7, 5, 0x83, 3, 8, 0, 10,
};
static const guint8 microphone_descriptors[] = {
  18, 1, 0x10, 0x01, 0xff, 0, 0, 64, 0x27, 0x06, 0x03, 0x0d, 0x00, 0x01, 1, 2, 3, 1,
  9, 2, 41, 0, 1, 1, 0, 0x80, 50,
  9, 4, 0, 0, 0, 0xff, 0, 0, 0,
  9, 4, 0, 1, 2, 0xff, 0, 0, 0,
  7, 5, FAKE_MICROPHONE_IN, 1, FAKE_MICROPHONE_PACKET, 0, 1,
  7, 5, FAKE_MICROPHONE_OUT, 1, FAKE_MICROPHONE_PACKET, 0, 1,
};

/* clang-format on */

/* --- what all devices are asked --- */

static void
common_init (Common *common, const guint8 *descriptors, gsize size, const FakeUsbIdentity *identity, const char *name)
{
  guint8 *own = g_memdup2 (descriptors, size);
  static const FakeUsbIdentity nobody = { 0 };

  if (!identity)
    identity = &nobody;
  if (identity->vendor)
    {
      own[8] = identity->vendor & 0xff;
      own[9] = identity->vendor >> 8;
    }
  if (identity->product)
    {
      own[10] = identity->product & 0xff;
      own[11] = identity->product >> 8;
    }
  common->descriptors = g_bytes_new_take (own, size);
  common->strings[0] = g_strdup (identity->manufacturer ? identity->manufacturer : "Diorama");
  common->strings[1] = g_strdup (identity->name ? identity->name : name);
  common->strings[2] = g_strdup (identity->serial ? identity->serial : "0123456789AB");
}

static void
common_clear (Common *common)
{
  g_bytes_unref (common->descriptors);
  for (guint i = 0; i < G_N_ELEMENTS (common->strings); i++)
    g_free (common->strings[i]);
}

static int
give (guint8 *data, guint length, const void *answer, gsize size)
{
  memcpy (data, answer, MIN (length, size));
  return (int) MIN (length, size);
}

static int
give_string (Common *common, guint index, guint8 *data, guint length)
{
  guint8 answer[2 + 2 * MAX_STRING] = { 4, 3, 0x09, 0x04 };

  if (index > G_N_ELEMENTS (common->strings))
    return -EPIPE;
  if (index > 0)
    {
      const char *string = common->strings[index - 1];
      gsize n = MIN (strlen (string), MAX_STRING);

      answer[0] = (guint8) (2 + 2 * n);
      for (gsize i = 0; i < n; i++)
        {
          answer[2 + 2 * i] = (guint8) string[i];
          answer[3 + 2 * i] = 0;
        }
    }
  return give (data, length, answer, answer[0]);
}

static int
common_control (Common *common, const FakeUsbSetup *setup, guint8 *data, guint length)
{
  gsize size;
  const guint8 *descriptors = g_bytes_get_data (common->descriptors, &size);
  static const guint8 zeros[2];

  if (!(setup->type & 0x60) && setup->request == 0) /* GET_STATUS */
    return give (data, length, zeros, 2);
  if (setup->type == 0x80 && setup->request == 6) /* GET_DESCRIPTOR */
    switch (setup->value >> 8)
      {
      case 1:
        return give (data, length, descriptors, 18);
      case 2:
        return (setup->value & 0xff) == 0 ? give (data, length, descriptors + 18, size - 18) : -EPIPE;
      case 3:
        return give_string (common, setup->value & 0xff, data, length);
      default:
        return -EPIPE;
      }
  /* CLEAR_FEATURE, SET_FEATURE, SET_INTERFACE, SET_IDLE, … are all right. */
  return setup->type & 0x80 ? -EPIPE : (int) length;
}

/* --- a disk --- */

static guint32
big (const guint8 *bytes, guint n)
{
  guint32 value = 0;

  for (guint i = 0; i < n; i++)
    value = value << 8 | bytes[i];
  return value;
}

static void
put_big (guint8 *bytes, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    bytes[i] = (guint8) (value >> (24 - 8 * i));
}

static void
fail (Storage *self, guint8 sense, guint8 code)
{
  self->status = 1;
  self->sense = sense;
  self->sense_code = code;
}

static void
transfer_blocks (Storage *self, gboolean in, guint32 first, guint32 n)
{
  if ((guint64) first + n > self->size / 512)
    {
      fail (self, 5, 0x21); /* illegal request, out of range */
      return;
    }
  self->at = self->disk + (gsize) first * 512;
  self->left = MIN (self->wanted, n * 512);
  if (self->left > 0)
    self->phase = in ? STORAGE_DATA_IN : STORAGE_DATA_OUT;
}

static void
answer_with (Storage *self, guint size)
{
  self->at = self->answer;
  self->left = MIN (size, self->wanted);
  self->phase = self->left > 0 ? STORAGE_DATA_IN : STORAGE_STATUS;
}

static void
inquire (Storage *self)
{
  static const char text[] = "Diorama Fake disk       1.00";

  memcpy (self->answer, ((const guint8[]) { 0, 0x80, 2, 2, 31, 0, 0, 0 }), 8);
  memcpy (self->answer + 8, text, 28);
  answer_with (self, 36);
}

static void
obey (Storage *self, const guint8 *command)
{
  memset (self->answer, 0, sizeof self->answer);
  switch (command[0])
    {
    case 0x00: /* TEST UNIT READY */
    case 0x1b: /* START STOP UNIT */
    case 0x1e: /* PREVENT ALLOW MEDIUM REMOVAL */
    case 0x2f: /* VERIFY */
    case 0x35: /* SYNCHRONIZE CACHE */
      break;
    case 0x03: /* REQUEST SENSE */
      self->answer[0] = 0x70;
      self->answer[2] = self->sense;
      self->answer[7] = 10;
      self->answer[12] = self->sense_code;
      self->sense = self->sense_code = 0;
      answer_with (self, 18);
      break;
    case 0x12: /* INQUIRY, without vital product data */
      if (command[1] & 1)
        fail (self, 5, 0x24);
      else
        inquire (self);
      break;
    case 0x1a: /* MODE SENSE (6) */
      self->answer[0] = 3;
      answer_with (self, 4);
      break;
    case 0x5a: /* MODE SENSE (10) */
      self->answer[1] = 6;
      answer_with (self, 8);
      break;
    case 0x23: /* READ FORMAT CAPACITIES */
      self->answer[3] = 8;
      put_big (self->answer + 4, (guint32) (self->size / 512));
      put_big (self->answer + 8, 512 | 2u << 24);
      answer_with (self, 12);
      break;
    case 0x25: /* READ CAPACITY (10) */
      put_big (self->answer, (guint32) (self->size / 512 - 1));
      put_big (self->answer + 4, 512);
      answer_with (self, 8);
      break;
    case 0x08: /* READ (6), WRITE (6) */
    case 0x0a:
      transfer_blocks (self, command[0] == 0x08, big (command + 1, 3) & 0x1fffff, command[4] ? command[4] : 256);
      break;
    case 0x28: /* READ (10), WRITE (10) */
    case 0x2a:
      transfer_blocks (self, command[0] == 0x28, big (command + 2, 4), big (command + 7, 2));
      break;
    default:
      fail (self, 5, 0x20); /* no such command */
      break;
    }
}

static int
take_command (Storage *self, const guint8 *data, guint length)
{
  static const guint8 signature[4] = "USBC";

  if (length != 31 || memcmp (data, signature, 4) != 0)
    return -EPIPE;
  memcpy (self->tag, data + 4, 4);
  self->wanted = data[8] | data[9] << 8 | data[10] << 16 | (guint32) data[11] << 24;
  self->status = 0;
  self->left = 0;
  self->phase = STORAGE_STATUS;
  obey (self, data + 15);
  /* What was promised and is not there is a short packet in the direction in; zeros do, or are swallowed. */
  if (self->phase == STORAGE_STATUS && self->wanted > 0)
    self->phase = data[12] & 0x80 ? STORAGE_DATA_IN : STORAGE_DATA_OUT;
  return (int) length;
}

static int
give_status (Storage *self, guint8 *data, guint length)
{
  guint8 status[13] = "USBS";

  memcpy (status + 4, self->tag, 4);
  for (guint i = 0; i < 4; i++)
    status[8 + i] = (guint8) (self->wanted >> (8 * i));
  status[12] = self->status;
  self->phase = STORAGE_COMMAND;
  return give (data, length, status, sizeof status);
}

static int
storage_transfer (gpointer model, guint8 endpoint, const FakeUsbSetup *setup, guint8 *data, guint length)
{
  Storage *self = model;
  guint n = MIN (length, self->left);

  if (setup && setup->type == 0xa1 && setup->request == 0xfe) /* GET MAX LUN */
    return give (data, length, "", 1);
  if (setup && setup->type == 0x21 && setup->request == 0xff) /* reset */
    self->phase = STORAGE_COMMAND;
  if (setup)
    return common_control (&self->common, setup, data, length);
  if (endpoint == FAKE_STORAGE_OUT && self->phase == STORAGE_COMMAND)
    return take_command (self, data, length);
  if (endpoint == FAKE_STORAGE_IN && self->phase == STORAGE_STATUS)
    return give_status (self, data, length);
  if (endpoint == FAKE_STORAGE_OUT && self->phase == STORAGE_DATA_OUT)
    memcpy (self->at ? self->at : self->answer, data, n);
  else if (endpoint == FAKE_STORAGE_IN && self->phase == STORAGE_DATA_IN)
    memcpy (data, self->at ? self->at : self->answer, n);
  else
    return FAKE_USB_NAK;
  self->at = n > 0 ? self->at + n : self->at;
  self->left -= n;
  self->wanted -= MIN (self->wanted, n);
  if (self->left == 0)
    self->phase = STORAGE_STATUS;
  return endpoint & 0x80 ? (int) n : (int) length;
}

static void
storage_reset (gpointer model)
{
  ((Storage *) model)->phase = STORAGE_COMMAND;
}

static void
storage_free (gpointer model)
{
  common_clear (&((Storage *) model)->common);
  g_free (model);
}

FakeUsb *
fake_usb_storage_new (const FakeUsbIdentity *identity, guint8 *data, gsize size)
{
  static const FakeUsbModel model = { storage_transfer, storage_reset, storage_free };
  Storage *self = g_new0 (Storage, 1);

  g_assert (size >= 512 && size % 512 == 0);
  common_init (&self->common, storage_descriptors, sizeof storage_descriptors, identity, "Fake disk");
  self->disk = data;
  self->size = size;
  return fake_usb_new (self->common.descriptors, identity && identity->speed ? identity->speed : 3, &model, self);
}

/* --- a keyboard --- */

static int
keyboard_transfer (gpointer model, guint8 endpoint, const FakeUsbSetup *setup, guint8 *data, guint length)
{
  Keyboard *self = model;
  g_autofree guint8 *report = NULL;

  if (setup && setup->type == 0x81 && setup->request == 6 && setup->value >> 8 == 0x22)
    return give (data, length, keyboard_report, sizeof keyboard_report);
  if (setup && setup->type == 0x21 && setup->request == 9) /* SET_REPORT */
    self->leds = length > 0 ? data[0] : 0;
  if (setup)
    return common_control (&self->common, setup, data, length);
  if (endpoint != FAKE_KEYBOARD_IN || !(report = g_queue_pop_head (&self->reports)))
    return FAKE_USB_NAK;
  return give (data, length, report, 8);
}

static void
keyboard_free (gpointer model)
{
  Keyboard *self = model;

  common_clear (&self->common);
  g_queue_clear_full (&self->reports, g_free);
  g_free (self);
}

FakeUsb *
fake_usb_keyboard_new (const FakeUsbIdentity *identity)
{
  static const FakeUsbModel model = { keyboard_transfer, NULL, keyboard_free };
  Keyboard *self = g_new0 (Keyboard, 1);

  common_init (&self->common, keyboard_descriptors, sizeof keyboard_descriptors, identity, "Fake keyboard");
  g_queue_init (&self->reports);
  return fake_usb_new (self->common.descriptors, identity && identity->speed ? identity->speed : 2, &model, self);
}

void
fake_usb_keyboard_press (FakeUsb *usb, guint8 modifiers, guint8 key)
{
  Keyboard *self = fake_usb_get_model (usb);
  guint8 report[8] = { modifiers, 0, key };

  fake_usb_lock (usb);
  g_queue_push_tail (&self->reports, g_memdup2 (report, sizeof report));
  fake_usb_unlock (usb);
  fake_usb_wake (usb);
}

guint8
fake_usb_keyboard_get_leds (FakeUsb *usb)
{
  guint8 leds;

  fake_usb_lock (usb);
  leds = ((Keyboard *) fake_usb_get_model (usb))->leds;
  fake_usb_unlock (usb);
  return leds;
}

/* --- isochronous data --- */

static int
microphone_transfer (gpointer model, guint8 endpoint, const FakeUsbSetup *setup, guint8 *data, guint length)
{
  Microphone *self = model;

  if (setup)
    return common_control (&self->common, setup, data, length);
  if (endpoint == FAKE_MICROPHONE_OUT)
    {
      self->played += length;
      return (int) length;
    }
  memset (data, 0x55, length);
  if (length >= 4)
    memcpy (data, &self->counter, 4);
  self->counter++;
  return (int) length;
}

static void
microphone_free (gpointer model)
{
  common_clear (&((Microphone *) model)->common);
  g_free (model);
}

FakeUsb *
fake_usb_microphone_new (const FakeUsbIdentity *identity)
{
  static const FakeUsbModel model = { microphone_transfer, NULL, microphone_free };
  Microphone *self = g_new0 (Microphone, 1);

  common_init (&self->common, microphone_descriptors, sizeof microphone_descriptors, identity, "Fake microphone");
  return fake_usb_new (self->common.descriptors, identity && identity->speed ? identity->speed : 2, &model, self);
}

guint64
fake_usb_microphone_count_out (FakeUsb *usb)
{
  guint64 played;

  fake_usb_lock (usb);
  played = ((Microphone *) fake_usb_get_model (usb))->played;
  fake_usb_unlock (usb);
  return played;
}

/* --- anything --- */

static int
odd_transfer (gpointer model, guint8 endpoint, const FakeUsbSetup *setup, guint8 *data, guint length)
{
  Odd *self = model;
  static const int errors[] = { -EPIPE, -EPROTO, -EOVERFLOW, FAKE_USB_NAK, -ETIME, -EXDEV, -EILSEQ, 0 };
  gsize size;
  const guint8 *script = g_bytes_get_data (self->script, &size);
  guint8 byte;

  if (size == 0)
    return -EPIPE;
  byte = script[self->at++ % size];
  if (byte >= 0xf8)
    return errors[byte - 0xf8];
  for (guint i = 0; i < length && ((setup ? setup->type : endpoint) & 0x80); i++)
    data[i] = script[(self->at + i) % size];
  return byte >= 0xf0 ? (int) (length / 2) : (int) length;
}

static void
odd_free (gpointer model)
{
  Odd *self = model;

  g_bytes_unref (self->descriptors);
  g_bytes_unref (self->script);
  g_free (self);
}

FakeUsb *
fake_usb_odd_new (GBytes *descriptors, GBytes *script)
{
  static const FakeUsbModel model = { odd_transfer, NULL, odd_free };
  Odd *self = g_new0 (Odd, 1);

  self->descriptors = g_bytes_ref (descriptors);
  self->script = g_bytes_ref (script);
  return fake_usb_new (descriptors, 3, &model, self);
}

GByteArray *
fake_usb_dup_descriptors (const char *kind)
{
  GByteArray *array = g_byte_array_new ();

  if (g_str_equal (kind, "storage"))
    g_byte_array_append (array, storage_descriptors, sizeof storage_descriptors);
  else if (g_str_equal (kind, "keyboard"))
    g_byte_array_append (array, keyboard_descriptors, sizeof keyboard_descriptors);
  else
    g_byte_array_append (array, microphone_descriptors, sizeof microphone_descriptors);
  return array;
}
