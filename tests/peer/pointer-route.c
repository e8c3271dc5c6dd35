/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The pointer of several screens, by QMP: the newest position first, all buttons by name, and their ends even when QEMU
 * answers nothing. */
#include "fake-qemu.h"

#include "session/pointer-route.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  int peer; /* QEMU's end */
  DioQmp *qmp;
  DioPointerRoute *route;
  GString *heard;
} Fixture;

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
say (Fixture *self, const char *text)
{
  g_assert_cmpint (send (self->peer, text, strlen (text), MSG_NOSIGNAL), ==, (gssize) strlen (text));
}

/* What QEMU has been sent by now. */
static void
hear (Fixture *self)
{
  char buffer[4096];
  gssize n;

  test_run_for (5);
  while ((n = recv (self->peer, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    g_string_append_len (self->heard, buffer, n);
}

static guint
count (Fixture *self, const char *needle)
{
  guint n = 0;

  for (const char *at = self->heard->str; (at = strstr (at, needle)); at += strlen (needle))
    n++;
  return n;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  self->peer = fds[0];
  self->heard = g_string_new (NULL);
  say (self, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 13, \"minor\": 0, \"major\": 10}}}}\n"
             "{\"return\": {}, \"id\": 1}\n");
  dio_qmp_new_async (fds[1], NULL, on_result, &result);
  wait_until (result);
  self->qmp = dio_qmp_new_finish (result, &error);
  g_assert_no_error (error);
  hear (self);
  g_string_set_size (self->heard, 0);
  self->route = dio_pointer_route_new (self->qmp);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  dio_pointer_route_free (self->route);
  dio_qmp_close (self->qmp);
  test_run_for (5);
  g_assert_finalize_object (self->qmp);
  close (self->peer);
  g_string_free (self->heard, TRUE);
}

static void
test_buttons (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { "left", "middle", "right",      "wheel-up",   "wheel-down",
                                       "side", "extra",  "wheel-left", "wheel-right" };

  for (guint button = 0; button < G_N_ELEMENTS (names); button++)
    {
      g_autofree char *data_member = g_strdup_printf ("\"button\":\"%s\",\"down\":true", names[button]);

      g_assert_true (dio_pointer_route_button (self->route, button, TRUE));
      g_assert_true (dio_pointer_route_button (self->route, button, FALSE));
      hear (self);
      g_assert_cmpuint (count (self, data_member), ==, 1);
    }
  g_assert_cmpuint (count (self, "\"down\":false"), ==, G_N_ELEMENTS (names));
}

/* QEMU hangs: presses end, releases do not, and the last position comes when it goes on. */
static void
test_hangs (Fixture *self, gconstpointer data)
{
  guint n_down = 0, n_answers = 0;

  g_assert_true (dio_pointer_route_button (self->route, DIO_MOUSE_RIGHT, TRUE));
  for (guint i = 0; i < 1000; i++)
    {
      dio_pointer_route_move (self->route, i, 5, 1000, 10);
      if (dio_pointer_route_button (self->route, DIO_MOUSE_LEFT, TRUE))
        {
          n_down++;
          g_assert_true (dio_pointer_route_button (self->route, DIO_MOUSE_LEFT, FALSE));
        }
    }
  g_assert_true (dio_pointer_route_button (self->route, DIO_MOUSE_RIGHT, FALSE));
  hear (self);
  g_assert_cmpuint (n_down, >, 10);
  g_assert_cmpuint (n_down, <, 200);
  g_assert_cmpuint (count (self, "\"button\":\"left\",\"down\":true"), ==, n_down);
  g_assert_cmpuint (count (self, "\"button\":\"left\",\"down\":false"), ==, n_down);
  g_assert_cmpuint (count (self, "\"button\":\"right\",\"down\":false"), ==, 1);

  for (guint id = 2; count (self, "\"execute\"") > n_answers; id++)
    {
      g_autofree char *answer = g_strdup_printf ("{\"return\": {}, \"id\": %u}\n", id);

      say (self, answer);
      n_answers++;
      hear (self);
    }
  g_assert_cmpuint (count (self, "\"value\":32734"), >=, 1); /* 999 of 1000 */
  g_assert_true (dio_pointer_route_button (self->route, DIO_MOUSE_LEFT, TRUE));
}

#define TEST(name) g_test_add ("/pointer-route/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (buttons);
  TEST (hangs);
  return g_test_run ();
}
