/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-input.h"

#include "display/console.h"

G_BEGIN_DECLS

/* The D-Bus display of a QEMU, in the test's own process and main context, at the other end of a socket pair: objects
 * of generated skeletons, which write down what input they get, and the listeners that were registered, for a test to
 * call as QEMU does, or to write any bytes to. */

typedef enum
{
  FAKE_QEMU_HONEST,
  FAKE_QEMU_RAW_LISTENER,    /* listeners' sockets are authenticated, then left to the test */
  FAKE_QEMU_SILENT_LISTENER, /* they are left to the test at once */
  FAKE_QEMU_REFUSES,         /* RegisterListener is an error */
} FakeQemuMode;

#define FAKE_QEMU_MAX_CONSOLES 2

typedef struct
{
  DioQemuConsole *console;
  DioQemuKeyboard *keyboard;
  DioQemuMouse *mouse;
  DioQemuMultiTouch *touch;
  DioQemuInput *input; /* of our own QEMU */

  GDBusConnection *connection; /* of the listener, when honest */
  DioQemuListener *listener;
  DioQemuListenerUnixMap *map;
  DioQemuListenerUnixScanoutDmabuf2 *dmabuf2;
  DioQemuListenerUpdateList *update_list;
  int raw_fd; /* of the listener, when not; or -1 */
} FakeConsole;

typedef struct
{
  FakeQemuMode mode;
  FakeConsole consoles[FAKE_QEMU_MAX_CONSOLES];
  GString *log; /* "ui 1920 1080 500 300\n", and what fake-input.h writes down */
  FakeInput input;

  GDBusConnection *server; /* QEMU's end of the main connection */
  GDBusConnection *client; /* Diorama's */
  GDBusObjectManagerServer *manager;
} FakeQemu;

/* Connects the two, as dio_dbus_connect_peer_async() does it; with NULL for an error the test fails. */
FakeQemu *fake_qemu_new (FakeQemuMode mode);
void fake_qemu_free (FakeQemu *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeQemu, fake_qemu_free)

/* dio_console_new_async() of console NUMBER, waited for, and its listener too. */
DioConsole *fake_qemu_open_console (FakeQemu *self, guint number, GError **error);
/* QEMU goes: all sockets are closed. */
void fake_qemu_die (FakeQemu *self);

/* A socket pair; the first end is authenticated as a D-Bus server would, by hand, against a client that is being made
 * of the second at the same time in another thread. FALSE when the client did not play along. */
gboolean fake_qemu_authenticate (int fd);

/* The raw form of a method call to the listener; FDS may be NULL. */
GBytes *fake_qemu_method_call (const char *interface, const char *method, GVariant *body, guint n_fds);
/* Writes it all, with the descriptors, waiting up to some seconds for room. FALSE when the peer is gone. */
gboolean fake_qemu_write (int fd, GBytes *bytes, const int *fds, guint n_fds);

/* Calls the listener and waits for the answer. */
gboolean fake_console_scanout (FakeConsole *self, guint width, guint height, guint stride, guint format, GBytes *data,
                               GError **error);
gboolean fake_console_update (FakeConsole *self, int x, int y, int width, int height, guint stride, guint format,
                              GBytes *data, GError **error);
gboolean fake_console_scanout_map (FakeConsole *self, int fd, guint offset, guint width, guint height, guint stride,
                                   guint format, GError **error);
gboolean fake_console_update_map (FakeConsole *self, int x, int y, int width, int height, GError **error);
gboolean fake_console_scanout_dmabuf (FakeConsole *self, int fd, guint width, guint height, guint stride, guint fourcc,
                                      guint64 modifier, gboolean y0_top, GError **error);
/* The arguments of ScanoutDMABUF2. */
typedef struct
{
  int fds[4];
  guint n_fds, n_planes, n_numbers; /* of the arrays below; 0: as many as planes */
  guint offsets[4], strides[4];
  guint x, y, width, height;
  guint fourcc, backing_width, backing_height;
  guint64 modifier;
  gboolean y0_top;
} FakeDmabuf;
gboolean fake_console_scanout_dmabuf2 (FakeConsole *self, const FakeDmabuf *dmabuf, GError **error);
gboolean fake_console_update_dmabuf (FakeConsole *self, int x, int y, int width, int height, GError **error);
gboolean fake_console_update_list (FakeConsole *self, const int (*rects)[4], guint n, GError **error);

/* A memory file of SIZE bytes of which byte I is (I * 7 + I / 251) mod 256. */
int fake_memory_file (gsize size);

#define TEST_PATIENCE 60 /* s; a computer may be busy */
/* Runs the main loop until CONDITION, which must come true within TEST_PATIENCE. */
#define wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    gint64 wait_deadline_ = g_get_monotonic_time () + TEST_PATIENCE * G_TIME_SPAN_SECOND;                              \
    while (!(condition))                                                                                               \
      if (!test_iterate (wait_deadline_))                                                                              \
        g_error ("%s:%d: not within %d seconds: %s", __FILE__, __LINE__, TEST_PATIENCE, #condition);                   \
  }                                                                                                                    \
  G_STMT_END

/* One turn of the main loop, which waits for something to do until DEADLINE at most; FALSE when that is past. */
gboolean test_iterate (gint64 deadline);
/* Turns of the main loop for as long. */
void test_run_for (guint milliseconds);

guint test_count_fds (void); /* of this process */
gsize test_get_rss (void);   /* of it, too; bytes */

G_END_DECLS
