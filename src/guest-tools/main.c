/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* diorama-guest-agent: in a guest, for Wayland sessions whose compositor lets programs at the clipboard that have no
 * window. Where it does not (GNOME), and under Xorg, spice-vdagent serves. */
#include "guest-tools/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PORT "/dev/virtio-ports/com.redhat.spice.0"
#define RETRY_MS 1000
#define READ_BYTES 65536

enum
{
  EXIT_USAGE = 2,
  EXIT_NO_CLIPBOARD = 3, /* of this session */
  EXIT_NO_PORT = 4,
};

typedef struct
{
  const char *path;
  int fd;
  bool up;       /* the host has it open, as far as is known */
  int64_t retry; /* while it is not */
  DioAgent agent;
  DioExchange exchange;
  DioDataControl *control;
} Program;

static volatile sig_atomic_t stop;

static void
on_signal (int number)
{
  stop = 1;
}

static int64_t
get_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (int64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* --- the port --- */

static int
open_port (const char *path)
{
  int fd = open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

  if (fd < 0 && errno == ENOENT)
    fprintf (stderr, "diorama-guest-agent: this machine has no port for an agent (%s)\n", path);
  else if (fd < 0 && errno == EBUSY)
    fprintf (stderr, "diorama-guest-agent: another agent has the port; to stop that of SPICE: "
                     "sudo systemctl disable --now spice-vdagentd.socket spice-vdagentd.service\n");
  else if (fd < 0)
    fprintf (stderr, "diorama-guest-agent: %s cannot be opened: %s\n", path, strerror (errno));
  return fd;
}

/* The host has closed it, or says what makes no sense. */
static void
hang_up (Program *self)
{
  dio_agent_stop (&self->agent);
  dio_exchange_clear (&self->exchange);
  self->up = false;
  self->retry = self->exchange.now + RETRY_MS;
}

/* Closing it throws away what is in it, and the host notices. */
static void
begin_anew (Program *self)
{
  hang_up (self);
  close (self->fd);
  self->fd = -1;
}

/* The kernel has no event for a host that comes back, and calls the port ready all the time until then. */
static bool
try_again (Program *self)
{
  struct pollfd fd = { .events = POLLIN };

  self->retry = self->exchange.now + RETRY_MS;
  if (self->fd < 0)
    self->fd = open_port (self->path);
  if (self->fd < 0)
    return false;
  fd.fd = self->fd;
  if (poll (&fd, 1, 0) >= 0 && (fd.revents & POLLHUP) == 0)
    {
      self->up = true;
      dio_agent_start (&self->agent);
    }
  return true;
}

static void
read_port (Program *self)
{
  static uint8_t bytes[READ_BYTES];
  ssize_t n = read (self->fd, bytes, sizeof bytes);

  if (n > 0 && !dio_agent_read (&self->agent, bytes, n))
    {
      fprintf (stderr, "diorama-guest-agent: the host says what makes no sense; beginning anew\n");
      begin_anew (self);
    }
  else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    hang_up (self);
}

static void
serve_port (Program *self, short revents)
{
  if (revents & (POLLIN | POLLHUP | POLLERR))
    read_port (self);
  if (self->up && !dio_wire_queue_write (&self->agent.queue, self->fd))
    hang_up (self);
  if (self->up && self->agent.lost)
    {
      fprintf (stderr, "diorama-guest-agent: there is no memory left; beginning anew\n");
      begin_anew (self);
    }
}

/* --- the loop --- */

static bool
turn (Program *self, const sigset_t *mask)
{
  struct pollfd fds[2 + DIO_EXCHANGE_FDS] = { { .fd = dio_data_control_get_fd (self->control) }, { .fd = -1 } };
  int64_t deadline = dio_exchange_prepare (&self->exchange, fds + 2), left;
  struct timespec timeout;
  int n;

  if (self->up)
    {
      bool rests = dio_exchange_rests (&self->exchange);

      fds[1].fd = self->fd;
      fds[1].events = (rests ? 0 : POLLIN) | (dio_wire_queue_is_empty (&self->agent.queue) ? 0 : POLLOUT);
    }
  else if (self->retry < deadline)
    deadline = self->retry;
  fds[0].events = dio_data_control_prepare (self->control);
  if (fds[0].events == 0)
    return false;

  left = deadline > self->exchange.now ? deadline - self->exchange.now : 0;
  timeout = (struct timespec) { left / 1000, left % 1000 * 1000000 };
  n = ppoll (fds, sizeof fds / sizeof *fds, deadline == INT64_MAX ? NULL : &timeout, mask);
  self->exchange.now = get_time ();
  if (!dio_data_control_read (self->control, n > 0 ? fds[0].revents : 0))
    return false;
  if (n < 0)
    return errno == EINTR;
  dio_exchange_move (&self->exchange, fds + 2);
  if (self->up)
    serve_port (self, fds[1].revents);
  return self->up || self->retry > self->exchange.now || try_again (self);
}

static void
catch_signals (sigset_t *mask)
{
  struct sigaction action = { .sa_handler = on_signal };
  sigset_t block;

  sigemptyset (&block);
  sigaddset (&block, SIGTERM);
  sigaddset (&block, SIGINT);
  sigaddset (&block, SIGHUP);
  sigprocmask (SIG_BLOCK, &block, mask);
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGHUP, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction (SIGPIPE, &action, NULL);
}

static int
run (Program *self)
{
  DioDataControlStatus status;
  sigset_t mask;

  self->exchange.agent = &self->agent;
  self->exchange.now = get_time ();
  self->control = self->exchange.control = dio_data_control_new (&dio_exchange_events, &self->exchange, &status);
  if (self->control == NULL)
    {
      fprintf (stderr, status == DIO_DATA_CONTROL_NOT_OFFERED
                           ? "diorama-guest-agent: this desktop lets no program without a window at the clipboard; "
                             "install spice-vdagent, which it does let\n"
                           : "diorama-guest-agent: this is no Wayland session; install spice-vdagent, which serves "
                             "others\n");
      return EXIT_NO_CLIPBOARD;
    }
  self->fd = open_port (self->path);
  if (self->fd < 0)
    return EXIT_NO_PORT;
  catch_signals (&mask);
  while (!stop && turn (self, &mask))
    ;
  return EXIT_SUCCESS;
}

static int
tell_usage (FILE *stream, int status)
{
  fprintf (stream,
           "Usage: diorama-guest-agent [--port PATH] [--downloads FOLDER]\n\n"
           "Shares the clipboard of this Wayland session with the host of this virtual machine, and puts files\n"
           "that the host sends into the folder for downloads.\n\n"
           "  --port PATH         instead of " PORT "\n"
           "  --downloads FOLDER  instead of the user's folder for downloads\n"
           "  --version\n"
           "  --help\n\n"
           "Exit status: 3 when the session's clipboard cannot be shared in this way, 4 when the port cannot\n"
           "be opened.\n");
  return status;
}

int
main (int argc, char **argv)
{
  static Program self;
  const char *downloads = NULL;
  int status;

  self.path = PORT;
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--port") == 0 && i + 1 < argc)
      self.path = argv[++i];
    else if (strcmp (argv[i], "--downloads") == 0 && i + 1 < argc)
      downloads = argv[++i];
    else if (strcmp (argv[i], "--help") == 0)
      return tell_usage (stdout, EXIT_SUCCESS);
    else if (strcmp (argv[i], "--version") == 0)
      return puts ("diorama-guest-agent " DIO_VERSION) < 0;
    else
      return tell_usage (stderr, EXIT_USAGE);

  self.agent.host = &dio_exchange_host;
  self.agent.data = &self.exchange;
  self.agent.downloads = dio_downloads_new (downloads, dio_agent_answer_file, &self.agent);
  if (self.agent.downloads == NULL)
    return EXIT_FAILURE;
  status = run (&self);
  dio_downloads_free (self.agent.downloads);
  dio_wire_queue_clear (&self.agent.queue);
  dio_data_control_free (self.control);
  return status;
}
