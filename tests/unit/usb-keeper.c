/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The process that keeps devices' descriptors. The ends of pipes stand for devices: who reads sees when the last copy
 * of the other end is closed. What it does to real devices is tried by tests/lab/test-usb-keeper.py. */
#include "usb/keeper.h"

#include "base/own-files.h"
#include "usb/keeper-private.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEADLINE 60000 /* ms */

static gboolean
is_over (int fd, int milliseconds)
{
  struct pollfd ends = { fd, POLLIN, 0 };

  g_assert_cmpint (poll (&ends, 1, milliseconds), >=, 0);
  return ends.revents != 0;
}

#define assert_over(fd) g_assert_true (is_over (fd, DEADLINE))
#define assert_kept(fd) g_assert_false (is_over (fd, 0))

/* A device: what is left of it here is the end that sees when it was let go. */
static guint
hold (int *ret_seen)
{
  g_autoptr (GError) error = NULL;
  g_autofd int theirs = -1;
  int pair[2];
  guint id;

  g_assert_true (g_unix_open_pipe (pair, O_CLOEXEC, &error));
  *ret_seen = pair[0];
  theirs = pair[1];
  id = dio_usb_keeper_hold (theirs, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (id, !=, 0);
  return id;
}

/* The keeper: this thread's youngest child; one that has just ended may not have been waited for. Returns: its number.
 */
static GPid
find_keeper (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) syscall (SYS_gettid));
  g_autofree char *children = NULL;
  g_auto (GStrv) words = NULL;

  g_assert_true (g_file_get_contents (path, &children, NULL, NULL));
  words = g_strsplit (g_strstrip (children), " ", -1);
  return (GPid) g_ascii_strtoll (words[g_strv_length (words) - 1], NULL, 10);
}

static int
watch_keeper (GPid pid)
{
  int end = (int) syscall (SYS_pidfd_open, pid, 0);

  g_assert_cmpint (end, >=, 0);
  return end;
}

static guint
count_descriptors (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Until it has begun, and read what it was told so far: one more comes and goes. Then it has N, and nothing else of
 * ours but its standard streams and the socket. */
static void
assert_holds (GPid pid, guint n)
{
  g_autofd int seen = -1;

  dio_usb_keeper_drop (hold (&seen));
  assert_over (seen);
  g_assert_cmpuint (count_descriptors (pid), ==, 4 + n);
}

/* Each goes by itself, and the process with the last; the next one is another's. */
static void
test_drop (void)
{
  g_autofd int first = -1, second = -1, third = -1, end = -1, other_end = -1;
  guint ids[] = { hold (&first), hold (&second), hold (&third) };
  GPid pid = find_keeper ();

  end = watch_keeper (pid);
  dio_usb_keeper_drop (ids[1]);
  assert_over (second);
  assert_kept (first);
  assert_kept (third);
  dio_usb_keeper_drop (ids[0]);
  assert_over (first);
  assert_kept (third);
  assert_kept (end);
  dio_usb_keeper_drop (ids[2]);
  assert_over (third);
  assert_over (end);

  g_clear_fd (&first, NULL);
  ids[0] = hold (&first);
  other_end = watch_keeper (find_keeper ());
  assert_kept (first);
  dio_usb_keeper_drop (ids[0]);
  assert_over (first);
  assert_over (other_end);
}

/* What it has of us, what it costs, what it does not hear. */
static void
test_process (void)
{
  g_autofree char *name = NULL, *memory = NULL, *path = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofd int first = -1, second = -1, end = -1, leak = dup (STDOUT_FILENO);
  guint ids[] = { hold (&first), hold (&second) };
  GPid pid = find_keeper ();
  guint64 private = 0;

  end = watch_keeper (pid);
  assert_holds (pid, 2);
  g_assert_cmpint (getsid (pid), ==, pid);
  path = g_strdup_printf ("/proc/%d/comm", pid);
  g_assert_true (g_file_get_contents (path, &name, NULL, NULL));
  g_assert_cmpstr (g_strstrip (name), ==, "diorama-keeper");
  g_free (path);
  path = g_strdup_printf ("/proc/%d/smaps_rollup", pid);
  g_assert_true (g_file_get_contents (path, &memory, NULL, NULL));
  lines = g_strsplit (memory, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "Private_"))
  private += g_ascii_strtoull (strchr (lines[i], ':') + 1, NULL, 10);
  g_test_message ("%" G_GUINT64_FORMAT " kB of private memory", private);
  g_assert_cmpuint (private, >, 0);
  g_assert_cmpuint (private, <, 300);

  kill (pid, SIGHUP);
  kill (pid, SIGINT);
  kill (pid, SIGTERM);
  dio_usb_keeper_drop (ids[0]);
  assert_over (first);
  assert_kept (second);
  assert_kept (end);
  dio_usb_keeper_drop (ids[1]);
  assert_over (second);
  assert_over (end);
}

/* When somebody has killed it, the next device has another; what was lost with it can be dropped. */
static void
test_killed (void)
{
  g_autofd int first = -1, second = -1, end = -1;
  guint ids[2];

  ids[0] = hold (&first);
  end = watch_keeper (find_keeper ());
  kill (find_keeper (), SIGKILL);
  assert_over (end);
  assert_over (first);
  ids[1] = hold (&second);
  assert_holds (find_keeper (), 1);
  dio_usb_keeper_drop (ids[0]);
  assert_kept (second);
  dio_usb_keeper_drop (ids[1]);
  assert_over (second);
}

static void
test_limit (void)
{
  g_autoptr (GError) error = NULL;
  g_autofd int seen = -1;
  guint ids[DIO_USB_KEEPER_MAX];

  ids[0] = hold (&seen);
  for (guint i = 1; i < G_N_ELEMENTS (ids); i++)
    {
      ids[i] = dio_usb_keeper_hold (STDOUT_FILENO, &error);
      g_assert_no_error (error);
    }
  g_assert_cmpuint (dio_usb_keeper_hold (STDOUT_FILENO, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  for (guint i = G_N_ELEMENTS (ids) - 1; i > 0; i--)
    dio_usb_keeper_drop (ids[i]);
  assert_kept (seen);
  dio_usb_keeper_drop (ids[0]);
  assert_over (seen);
}

static void
test_missing (void)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("DIORAMA_LIBEXEC", "/nonexistent", TRUE);
  g_assert_cmpuint (dio_usb_keeper_hold (STDOUT_FILENO, &error), ==, 0);
  g_unsetenv ("DIORAMA_LIBEXEC");
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "diorama-usb-keeper"));
}

/* --- Diorama's death --- */

/* Holds descriptor 3 and starts a program that outlives it, which has descriptor 4 to the end. Says so on 5. */
static int
be_diorama (void)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE);
  g_autoptr (GSubprocess) cat = NULL;

  if (dio_usb_keeper_hold (3, NULL) == 0)
    return 1;
  g_subprocess_launcher_take_fd (launcher, 4, 4);
  cat = g_subprocess_launcher_spawn (launcher, NULL, "sh", "-c", "read -r line <&4", NULL);
  if (cat == NULL || write (5, "", 1) != 1)
    return 1;
  pause ();
  return 0;
}

static void
test_death (gconstpointer data)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) diorama = NULL;
  g_autoptr (GError) error = NULL;
  g_autofd int seen = -1, child = -1, ready = -1;
  char byte;
  int device[2], alive[2], told[2];

  g_assert_true (g_unix_open_pipe (device, O_CLOEXEC, &error) && g_unix_open_pipe (alive, O_CLOEXEC, &error) &&
                 g_unix_open_pipe (told, O_CLOEXEC, &error));
  g_subprocess_launcher_take_fd (launcher, device[1], 3);
  g_subprocess_launcher_take_fd (launcher, alive[0], 4);
  g_subprocess_launcher_take_fd (launcher, told[1], 5);
  diorama = g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", "--diorama", NULL);
  g_assert_no_error (error);
  g_subprocess_launcher_close (launcher);
  seen = device[0];
  child = alive[1];
  ready = told[0];
  assert_over (ready);
  g_assert_cmpint (read (ready, &byte, 1), ==, 1);
  assert_kept (seen);
  g_subprocess_send_signal (diorama, GPOINTER_TO_INT (data));
  assert_over (seen);
  /* The program that it had started is alive: it has our socket's end of nothing. */
  assert_kept (child);
  g_subprocess_wait (diorama, NULL, NULL);
}

/* --- the socket --- */

static void
send_raw (int to, gconstpointer data, gsize length, const int *fds, guint n_fds)
{
  union
  {
    char space[CMSG_SPACE (4 * sizeof (int))];
    struct cmsghdr align;
  } control = { 0 };
  struct iovec part = { (gpointer) data, length };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
  struct cmsghdr *extra;

  if (n_fds > 0)
    {
      header.msg_control = control.space;
      header.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      extra = CMSG_FIRSTHDR (&header);
      extra->cmsg_level = SOL_SOCKET;
      extra->cmsg_type = SCM_RIGHTS;
      extra->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (extra), fds, n_fds * sizeof (int));
    }
  g_assert_cmpint (sendmsg (to, &header, MSG_NOSIGNAL), ==, length);
}

/* A message cut short, one too long, with descriptors too many or too few: none ends it, and none stays open. */
static void
test_messages (void)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *program = dio_own_helper ("usb", "diorama-usb-keeper");
  g_autofd int socket = -1, good = -1, bad = -1, theirs = -1;
  DioUsbKeeperMessage message = { DIO_USB_KEEPER_HOLD, 1, 0 };
  char large[64] = { DIO_USB_KEEPER_HOLD };
  int pair[2], good_pair[2], bad_pair[2], four[4];

  g_assert_true (g_unix_open_pipe (good_pair, O_CLOEXEC, &error) && g_unix_open_pipe (bad_pair, O_CLOEXEC, &error));
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_subprocess_launcher_take_fd (launcher, pair[1], DIO_USB_KEEPER_FD);
  process = g_subprocess_launcher_spawn (launcher, &error, program, NULL);
  g_assert_no_error (error);
  g_subprocess_launcher_close (launcher);
  socket = pair[0];
  good = good_pair[0];
  bad = bad_pair[0];
  four[0] = four[1] = four[2] = four[3] = theirs = bad_pair[1];

  send_raw (socket, &message, sizeof message, &good_pair[1], 1);
  close (good_pair[1]);
  send_raw (socket, &message, 1, NULL, 0);
  send_raw (socket, &message, sizeof message - 1, &theirs, 1);
  send_raw (socket, &message, sizeof message, NULL, 0);
  message = (DioUsbKeeperMessage) { 77, 2, 0 };
  send_raw (socket, &message, sizeof message, four, 4);
  message = (DioUsbKeeperMessage) { DIO_USB_KEEPER_HOLD, 2, 0 };
  send_raw (socket, &message, sizeof message, four, 4);
  message.what = DIO_USB_KEEPER_DROP;
  send_raw (socket, &message, sizeof message, &theirs, 1);
  message.id = 99;
  send_raw (socket, &message, sizeof message, NULL, 0);
  send_raw (socket, large, sizeof large, NULL, 0);
  g_clear_fd (&theirs, NULL);
  assert_over (bad);
  assert_kept (good);
  message.id = 1;
  send_raw (socket, &message, sizeof message, NULL, 0);
  assert_over (good);
  g_clear_fd (&socket, NULL);
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "--diorama") == 0)
    return be_diorama ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usb-keeper/drop", test_drop);
  g_test_add_func ("/usb-keeper/process", test_process);
  g_test_add_func ("/usb-keeper/killed", test_killed);
  g_test_add_func ("/usb-keeper/limit", test_limit);
  g_test_add_func ("/usb-keeper/missing", test_missing);
  g_test_add_data_func ("/usb-keeper/death/killed", GINT_TO_POINTER (SIGKILL), test_death);
  g_test_add_data_func ("/usb-keeper/death/crashed", GINT_TO_POINTER (SIGABRT), test_death);
  g_test_add_data_func ("/usb-keeper/death/asked", GINT_TO_POINTER (SIGTERM), test_death);
  g_test_add_func ("/usb-keeper/messages", test_messages);
  return g_test_run ();
}
