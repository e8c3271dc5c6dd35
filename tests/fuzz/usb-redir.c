/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A redirected USB device whose guest says what the input has: through the gate, usbredirhost and libusb, to a kernel
 * that is made up (fake-usbfs.h). Built with -DDEVICE, the device is of the input, too: what it says of itself, and
 * what it answers. It must end when the guest goes, with the device given back and nothing left.
 *
 * The input: a byte for the device's kind; with DEVICE two bytes for the length of its descriptors, those, a byte for
 * the length of what it answers with, that; what the guest says. */
#include "fake-usb-models.h"
#include "usb/redirector.h"
#include "usb/usb-thread.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What the device does when it is asked to let go, and so on; the first byte's upper bits. */
enum
{
  HANGS = 1 << 4,
  SUBMIT_FAILS = 1 << 5,
  RESET_LEAVES = 1 << 6,
  CONFIG_FAILS = 1 << 7,
};

typedef struct
{
  DioUsbRedirector *redirector;
  gboolean opened, ended;
} State;

static GBytes *
take (const guint8 **data, gsize *size, gsize length)
{
  GBytes *bytes = g_bytes_new (*data, MIN (*size, length));

  *data += g_bytes_get_size (bytes);
  *size -= g_bytes_get_size (bytes);
  return bytes;
}

static FakeUsb *
make_device (guint8 kind, const guint8 **data, gsize *size)
{
#ifdef DEVICE
  g_autoptr (GBytes) descriptors = NULL;
  g_autoptr (GBytes) script = NULL;
  gsize length;

  if (*size < 2)
    return NULL;
  length = (*data)[0] | (*data)[1] << 8;
  *data += 2;
  *size -= 2;
  descriptors = take (data, size, length);
  length = *size > 0 ? (*data)[0] : 0;
  *data += *size > 0;
  *size -= *size > 0;
  script = take (data, size, length);
  /* The kernel has no device that did not give it this much. */
  return g_bytes_get_size (descriptors) < 18 ? NULL : fake_usb_odd_new (descriptors, script);
#else
  static guint8 disk[1 << 16];

  switch (kind & 3)
    {
    case 0:
      return fake_usb_storage_new (NULL, disk, sizeof disk);
    case 1:
      return fake_usb_keyboard_new (NULL);
    case 2:
      return fake_usb_microphone_new (NULL);
    default:
      {
        g_autoptr (GByteArray) descriptors = fake_usb_dup_descriptors ("storage");
        g_autoptr (GBytes) bytes = g_bytes_new (descriptors->data, descriptors->len);
        g_autoptr (GBytes) script = take (data, size, 16);

        return fake_usb_odd_new (bytes, script);
      }
    }
#endif
}

static void
on_ended (DioUsbRedirector *redirector, guint end, const char *details, State *state)
{
  g_assert_true (details == NULL || g_utf8_validate (details, -1, NULL));
  state->ended = TRUE;
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  State *state = user_data;
  g_autoptr (GError) error = NULL;

  state->redirector = dio_usb_redirector_new_finish (result, &error);
  g_assert_true ((state->redirector != NULL) != (error != NULL));
  if (state->redirector)
    g_signal_connect (state->redirector, "ended", G_CALLBACK (on_ended), state);
  state->opened = TRUE;
}

/* Sends all of it and reads what comes, until nothing comes any more. */
static void
talk (int fd, const guint8 *data, gsize size, State *state)
{
  guint8 buffer[65536];
  gboolean idle = FALSE;

  while (!state->ended && !idle)
    {
      struct pollfd poll_fd = { fd, (short) (POLLIN | (size > 0 ? POLLOUT : 0)), 0 };
      gssize n;

      g_main_context_iteration (NULL, FALSE);
      /* A guest of which too much is under way is not read any more. */
      idle = poll (&poll_fd, 1, 3) == 0;
      if (poll_fd.revents & POLLOUT)
        {
          n = send (fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
          data += MAX (n, 0);
          size = n < 0 && errno != EAGAIN ? 0 : size - (gsize) MAX (n, 0);
          if (size == 0)
            shutdown (fd, SHUT_WR);
        }
      if ((poll_fd.revents & (POLLIN | POLLHUP)) && recv (fd, buffer, sizeof buffer, MSG_DONTWAIT) == 0)
        return;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static DioUsbThread *thread; /* lasts, for speed */
  guint8 kind = size > 0 ? data[0] : 0;
  const FakeUsbFaults faults = { .hangs = (kind & HANGS) != 0,
                                 .submit_fails = (kind & SUBMIT_FAILS) != 0,
                                 .reset_leaves = (kind & RESET_LEAVES) != 0,
                                 .config_fails = (kind & CONFIG_FAILS) != 0 };
  State state = { 0 };
  FakeUsb *usb;
  int pair[2];

  if (size < 2)
    return 0;
  data++;
  size--;
  usb = make_device (kind, &data, &size);
  if (!usb || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    return 0;
  if (!thread)
    thread = dio_usb_thread_hold (NULL);
  dio_usb_redirector_new_async (fake_usb_open (usb, -1), pair[1], NULL, on_opened, &state);
  while (!state.opened)
    g_main_context_iteration (NULL, TRUE);
  fake_usb_set_faults (usb, &faults);
  if (state.redirector)
    talk (pair[0], data, size, &state);
  g_close (pair[0], NULL);
  while (state.redirector && !state.ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fake_usb_count_files (usb), ==, 0);
  g_assert_cmpuint (fake_usb_get_peak (usb), <=, DIO_USB_REDIRECTOR_LIMIT);
#ifndef DEVICE
  /* Unless there is no way to give it back. */
  g_assert_true (fake_usb_has_driver (usb, 0) || (kind & (RESET_LEAVES | CONFIG_FAILS)));
#endif
  if (state.redirector)
    g_assert_finalize_object (state.redirector);
  fake_usb_unref (usb);
  return 0;
}
