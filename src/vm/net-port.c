/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/net-port.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_FRAME (68 * 1024) /* QEMU's NET_BUFSIZE; a frame with offloads is bigger than one on a wire */
#define ADDRESS_SIZE 6
#define MIN_FRAME (2 * ADDRESS_SIZE + 2)
#define MAX_PEERS 64
#define MAX_KNOWN 1024 /* addresses of cards that are remembered */
#define BUFFER (1024 * 1024)

struct _DioNetPort
{
  char *directory;
  struct sockaddr_un own;
  int qemu;    /* our end */
  int network; /* bound to OWN */
  int changes; /* inotify, of the folder */
  int stop;    /* eventfd */
  GThread *thread;

  /* The thread's. */
  GPtrArray *peers;  /* paths */
  GHashTable *known; /* address of a card → path */
  guint8 frame[MAX_FRAME];
};

/* --- who is there --- */

static void
look_around (DioNetPort *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->directory, 0, NULL);
  const char *name;

  g_ptr_array_set_size (self->peers, 0);
  g_hash_table_remove_all (self->known);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && self->peers->len < MAX_PEERS)
    {
      g_autofree char *path = g_build_filename (self->directory, name, NULL);

      if (strlen (path) < sizeof self->own.sun_path && !g_str_equal (path, self->own.sun_path))
        g_ptr_array_add (self->peers, g_steal_pointer (&path));
    }
}

static guint64
read_address (const guint8 *bytes)
{
  guint64 address = 0;

  for (guint i = 0; i < ADDRESS_SIZE; i++)
    address = address << 8 | bytes[i];
  return address;
}

/* Whose card FRAME comes from is who gets what is for that card. */
static void
learn (DioNetPort *self, const struct sockaddr_un *sender)
{
  guint64 address = read_address (self->frame + ADDRESS_SIZE);

  if (g_hash_table_size (self->known) >= MAX_KNOWN)
    g_hash_table_remove_all (self->known);
  g_hash_table_insert (self->known, g_memdup2 (&address, sizeof address), g_strdup (sender->sun_path));
}

/* --- frames --- */

static void
send_to (DioNetPort *self, const char *path, gsize length)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (sendto (self->network, self->frame, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *) &address,
              sizeof address) < 0 &&
      errno == ECONNREFUSED)
    unlink (path); /* it ended without having been able to tidy up */
}

static void
carry_out (DioNetPort *self)
{
  gssize length = recv (self->qemu, self->frame, sizeof self->frame, MSG_DONTWAIT);
  guint64 address;
  const char *path;

  if (length < MIN_FRAME)
    return;
  address = read_address (self->frame);
  path = g_hash_table_lookup (self->known, &address);
  if (path != NULL)
    send_to (self, path, length);
  else
    for (guint i = 0; i < self->peers->len; i++)
      send_to (self, g_ptr_array_index (self->peers, i), length);
}

static void
carry_in (DioNetPort *self)
{
  struct sockaddr_un sender = { 0 };
  socklen_t size = sizeof sender - 1; /* so that it is a string whatever it is */
  gssize length =
      recvfrom (self->network, self->frame, sizeof self->frame, MSG_DONTWAIT, (struct sockaddr *) &sender, &size);

  if (length < MIN_FRAME)
    return;
  if (g_str_has_prefix (sender.sun_path, self->directory))
    learn (self, &sender);
  send (self->qemu, self->frame, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static gpointer
carry (gpointer user_data)
{
  DioNetPort *self = user_data;
  struct pollfd fds[] = {
    { self->stop, POLLIN, 0 },
    { self->changes, POLLIN, 0 },
    { self->qemu, POLLIN, 0 },
    { self->network, POLLIN, 0 },
  };

  look_around (self);
  for (;;)
    {
      /* A signal leaves what poll() said the time before. */
      if (TEMP_FAILURE_RETRY (poll (fds, G_N_ELEMENTS (fds), -1)) < 0)
        break;
      if (fds[0].revents != 0)
        break;
      if (fds[1].revents != 0)
        {
          if (read (self->changes, self->frame, sizeof self->frame) <= 0)
            fds[1].fd = -1;
          look_around (self);
        }
      if (fds[2].revents & (POLLHUP | POLLERR))
        fds[2].fd = -1; /* QEMU has ended */
      if (fds[2].revents & POLLIN)
        carry_out (self);
      if (fds[3].revents & POLLIN)
        carry_in (self);
    }
  return NULL;
}

/* --- object --- */

/* Of the user's alone, on a file system that has sockets; the same for all Dioramas of the user. */
static char *
make_directory (const char *network, GError **error)
{
  const char *runtime = g_get_user_runtime_dir (), *sandbox = g_getenv ("FLATPAK_ID");
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, network != NULL ? network : "", -1);
  g_autofree char *shared = sandbox != NULL ? g_build_filename (runtime, "app", sandbox, NULL) : g_strdup (runtime);
  g_autofree char *path = NULL;

  name[16] = '\0';
  path = g_build_filename (shared, "diorama", "networks", name, NULL);
  if (g_mkdir_with_parents (path, 0700) == 0)
    return g_steal_pointer (&path);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               _ ("The machine's network cannot be made: the folder “%s” cannot be written (%s)."), path,
               g_strerror (errno));
  return NULL;
}

static gboolean
open_network (DioNetPort *self, GError **error)
{
  g_autofree char *id = g_uuid_string_random ();
  int flags = SOCK_DGRAM | SOCK_CLOEXEC;

  id[13] = '\0';
  self->own.sun_family = AF_UNIX;
  self->changes = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  self->stop = eventfd (0, EFD_CLOEXEC);
  self->network = socket (AF_UNIX, flags, 0);
  if (g_snprintf (self->own.sun_path, sizeof self->own.sun_path, "%s/%s", self->directory, id) >=
      (int) sizeof self->own.sun_path)
    {
      self->own.sun_path[0] = '\0';
      errno = ENAMETOOLONG;
    }
  else if (self->stop >= 0 && self->network >= 0 && self->changes >= 0 &&
           inotify_add_watch (self->changes, self->directory, IN_CREATE | IN_DELETE) >= 0 &&
           bind (self->network, (struct sockaddr *) &self->own, sizeof self->own) == 0)
    {
      setsockopt (self->network, SOL_SOCKET, SO_SNDBUF, &(int) { BUFFER }, sizeof (int));
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("The machine's network cannot be made (%s)."),
               g_strerror (errno));
  return FALSE;
}

DioNetPort *
dio_net_port_new (const char *network, int *peer, GError **error)
{
  g_autoptr (DioNetPort) self = g_new0 (DioNetPort, 1);
  int pair[2];

  self->qemu = self->network = self->changes = self->stop = -1;
  self->peers = g_ptr_array_new_with_free_func (g_free);
  self->known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->directory = make_directory (network, error);
  if (self->directory == NULL || !open_network (self, error))
    return NULL;
  if (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("The machine's network cannot be made (%s)."),
                   g_strerror (errno));
      return NULL;
    }
  self->qemu = pair[0];
  *peer = pair[1];
  setsockopt (pair[0], SOL_SOCKET, SO_SNDBUF, &(int) { BUFFER }, sizeof (int));
  setsockopt (pair[1], SOL_SOCKET, SO_SNDBUF, &(int) { BUFFER }, sizeof (int));
  self->thread = g_thread_new ("net-port", carry, self);
  return g_steal_pointer (&self);
}

void
dio_net_port_free (DioNetPort *self)
{
  if (self == NULL)
    return;
  if (self->thread != NULL)
    {
      while (write (self->stop, &(guint64) { 1 }, sizeof (guint64)) < 0 && errno == EINTR)
        ;
      g_thread_join (self->thread);
    }
  if (self->own.sun_path[0] != '\0')
    unlink (self->own.sun_path);
  g_clear_fd (&self->qemu, NULL);
  g_clear_fd (&self->network, NULL);
  g_clear_fd (&self->changes, NULL);
  g_clear_fd (&self->stop, NULL);
  g_clear_pointer (&self->peers, g_ptr_array_unref);
  g_clear_pointer (&self->known, g_hash_table_unref);
  g_free (self->directory);
  g_free (self);
}
