/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "machine-fixture.h"

#include "vm/kvm.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
set_up (Fixture *fixture, gconstpointer data)
{
  use_test_qemu ();
  dio_kvm_set_failed (FALSE);
  fixture->dir = g_dir_make_tmp ("diorama-test-XXXXXX", NULL);
}

void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_unlink (path);
    }
  g_rmdir (fixture->dir);
  g_free (fixture->dir);
}

guint16
find_port (void)
{
  for (;;)
    {
      guint16 port = (guint16) g_random_int_range (20000, 32000);
      struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
      g_autofd int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

      address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
      g_assert_cmpint (fd, >=, 0);
      if (bind (fd, (struct sockaddr *) &address, sizeof address) == 0)
        return port;
    }
}

static void
on_ready (DioMachine *machine, gpointer user_data)
{
  ((Fixture *) user_data)->n_ready++;
}

DioMachine *
new_machine (Fixture *fixture, DioMachineConfig *config)
{
  DioMachine *machine = dio_machine_new (config);

  g_signal_connect (machine, "ready", G_CALLBACK (on_ready), fixture);
  return machine;
}

char *
make_image (Fixture *fixture, const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofd int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  return g_steal_pointer (&path);
}

void
use_fake_qemu (Fixture *fixture, const char *script)
{
  const char *named = g_getenv ("DIORAMA_TEST_QEMU");
  g_autofree char *real =
      named != NULL && *named != '\0' ? g_strdup (named) : g_find_program_in_path ("qemu-system-x86_64");
  g_autofree char *path = g_build_filename (fixture->dir, "qemu-system-x86_64", NULL);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n"
                                           "case \"$*\" in *'-machine none'*|*'-audiodev help'*) ;; *)\n"
                                           "%s\n"
                                           ";; esac\n"
                                           "exec '%s' \"$@\"\n",
                                           script, real);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_setenv ("DIORAMA_QEMU", path, TRUE);
}

void
assert_failure (DioMachine *machine, const char *word)
{
  const GError *failure = dio_machine_get_failure (machine);

  g_assert_nonnull (failure);
  g_test_message ("%s", failure->message);
  if (!strstr (failure->message, word))
    g_error ("“%s” is not in: %s", word, failure->message);
}
