/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Isolated networks without QEMU: what goes in at one port comes out at the others. */
#include "vm/net-port.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define DEADLINE 80000 /* ms */
#define EVERYBODY 0xff

typedef struct
{
  DioNetPort *port;
  int fd;
} Machine;

static Machine
plug_in (const char *network)
{
  g_autoptr (GError) error = NULL;
  Machine machine = { NULL, -1 };

  machine.port = dio_net_port_new (network, &machine.fd, &error);
  g_assert_no_error (error);
  return machine;
}

static void
unplug (Machine *machine)
{
  g_clear_pointer (&machine->port, dio_net_port_free);
  g_clear_fd (&machine->fd, NULL);
}

/* Cards have addresses of six equal bytes. */
static void
say (Machine *machine, guint8 to, guint8 from, const char *word)
{
  guint8 frame[64];

  memset (frame, to, 6);
  memset (frame + 6, from, 6);
  g_strlcpy ((char *) frame + 14, word, sizeof frame - 14);
  g_assert_cmpint (send (machine->fd, frame, sizeof frame, MSG_NOSIGNAL), ==, sizeof frame);
}

static gboolean
hears (Machine *machine, const char *word, int timeout)
{
  struct pollfd fd = { machine->fd, POLLIN, 0 };
  char frame[128] = "";

  if (poll (&fd, 1, timeout) != 1 || recv (machine->fd, frame, sizeof frame - 1, 0) <= 14)
    return FALSE;
  g_assert_cmpstr (frame + 14, ==, word);
  return TRUE;
}

/* SAYER is heard by LISTENER once both know of each other. What else LISTENER was sent in the meantime is the same. */
static void
meet (Machine *sayer, guint8 from, Machine *listener)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE * 1000;

  do
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      say (sayer, EVERYBODY, from, "hello");
    }
  while (!hears (listener, "hello", 20));
  while (hears (listener, "hello", 20))
    ;
}

static void
drain (Machine *machine)
{
  char frame[128];

  while (recv (machine->fd, frame, sizeof frame, MSG_DONTWAIT) > 0)
    ;
}

static void
test_three (void)
{
  Machine a = plug_in ("lab"), b = plug_in ("lab"), c = plug_in ("lab"), other = plug_in ("office"),
          nameless = plug_in (NULL);

  meet (&a, 1, &b);
  meet (&a, 1, &c);
  meet (&b, 2, &a);
  meet (&b, 2, &c);
  meet (&c, 3, &a);
  meet (&c, 3, &b);
  drain (&a), drain (&b), drain (&c);

  say (&a, EVERYBODY, 1, "to all");
  g_assert_true (hears (&b, "to all", DEADLINE));
  g_assert_true (hears (&c, "to all", DEADLINE));
  /* B is known: nobody else gets what is for it. What C hears next was said later. */
  say (&a, 2, 1, "to b");
  g_assert_true (hears (&b, "to b", DEADLINE));
  say (&a, EVERYBODY, 1, "again");
  g_assert_true (hears (&c, "again", DEADLINE));
  g_assert_true (hears (&b, "again", DEADLINE));

  /* One goes: what was for it goes to all, as in a switch that has forgotten; another comes. */
  unplug (&b);
  b = plug_in ("lab");
  meet (&a, 1, &b);
  meet (&b, 2, &c);
  g_assert_false (hears (&other, "", 0));
  g_assert_false (hears (&nameless, "", 0));
  unplug (&a), unplug (&b), unplug (&c), unplug (&other), unplug (&nameless);
}

/* The folder holds what somebody left who was killed, and what is no port: nobody minds. */
static void
test_remains (void)
{
  Machine a = plug_in ("remains"), b;
  g_autofree char *networks = g_build_filename (g_get_user_runtime_dir (), "diorama", "networks", NULL);
  g_autofree char *checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "remains", -1);
  g_autofree char *name = g_strndup (checksum, 16);
  g_autofree char *dead = g_build_filename (networks, name, "dead", NULL);
  g_autofree char *file = g_build_filename (networks, name, "file", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, dead, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_clear_fd (&fd, NULL);
  g_assert_true (g_file_set_contents (file, "x", -1, NULL));
  b = plug_in ("remains");
  meet (&a, 1, &b);
  meet (&b, 2, &a);
  g_assert_false (g_file_test (dead, G_FILE_TEST_EXISTS));
  unplug (&a), unplug (&b);
}

static void
test_frames (void)
{
  Machine a = plug_in ("frames"), b = plug_in ("frames");
  g_autofree guint8 *frame = g_malloc0 (70000), *copy = g_malloc0 (70000);
  struct pollfd fd;

  meet (&a, 1, &b);
  /* Too short to be one; then one as big as QEMU's are with offloads. */
  g_assert_cmpint (send (a.fd, frame, 5, MSG_NOSIGNAL), ==, 5);
  memset (frame, EVERYBODY, 65000);
  g_assert_cmpint (send (a.fd, frame, 65000, MSG_NOSIGNAL), ==, 65000);
  fd = (struct pollfd) { b.fd, POLLIN, 0 };
  g_assert_cmpint (poll (&fd, 1, DEADLINE), ==, 1);
  g_assert_cmpint (recv (b.fd, copy, 70000, 0), ==, 65000);
  g_assert_cmpmem (frame, 65000, copy, 65000);
  unplug (&a), unplug (&b);
}

static void
remove_tree (GFile *file)
{
  g_autoptr (GFileEnumerator) children =
      g_file_enumerate_children (file, "standard::name", G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFile *child;

  while (children != NULL && g_file_enumerator_iterate (children, NULL, &child, NULL, NULL) && child != NULL)
    remove_tree (child);
  g_assert_true (g_file_delete (file, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_autofree char *runtime = g_dir_make_tmp ("diorama-XXXXXX", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (runtime);
  int status;

  /* Short enough for sockets, which what g_test_init() would make is not. */
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net-port/three", test_three);
  g_test_add_func ("/net-port/remains", test_remains);
  g_test_add_func ("/net-port/frames", test_frames);
  status = g_test_run ();
  remove_tree (folder);
  return status;
}
