/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/input-options.h"

#include <glib/gstdio.h>
#include <string.h>

#define UUID "11111111-2222-4333-8444-555555555555"
#define OTHER_UUID "11111111-2222-4333-8444-666666666666"
#define TIMEOUT_S 120

static char *
get_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "diorama", "input", UUID ".json", NULL);
}

static void
put (const char *text, gssize length)
{
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, length, NULL));
}

typedef struct
{
  DioTouchMode touch_mode;
  gboolean long_press;
  gboolean two_finger_scroll;
  gboolean guest_gestures;
  gboolean every_point;
  gboolean key_bar;
  const char *layout;
} Values;

static const Values defaults = { DIO_TOUCH_MODE_AUTOMATIC, TRUE, TRUE, FALSE, FALSE, FALSE, "" };
static const Values others = { DIO_TOUCH_MODE_POINTER, FALSE, FALSE, TRUE, TRUE, TRUE, "us+intl" };

static gboolean
has (DioInputOptions *options, const Values *values)
{
  return dio_input_options_get_touch_mode (options) == values->touch_mode &&
         dio_input_options_get_long_press (options) == values->long_press &&
         dio_input_options_get_two_finger_scroll (options) == values->two_finger_scroll &&
         dio_input_options_get_guest_gestures (options) == values->guest_gestures &&
         dio_input_options_get_every_point (options) == values->every_point &&
         dio_input_options_get_key_bar (options) == values->key_bar &&
         g_strcmp0 (dio_input_options_get_layout (options), values->layout) == 0;
}

static void
set (DioInputOptions *options, const Values *values)
{
  g_object_set (options, "touch-mode", values->touch_mode, "long-press", values->long_press, "two-finger-scroll",
                values->two_finger_scroll, "guest-gestures", values->guest_gestures, "every-point", values->every_point,
                "key-bar", values->key_bar, "layout", values->layout, NULL);
}

static void
on_timeout (gpointer user_data)
{
  g_error ("The file was not written in %d seconds", TIMEOUT_S);
}

/* What is on disk is VALUES, soon. */
static void
wait_for_file (const Values *values)
{
  guint timeout_id = g_timeout_add_seconds_once (TIMEOUT_S, on_timeout, NULL);

  for (;;)
    {
      g_autoptr (DioInputOptions) read = dio_input_options_new (UUID);

      if (has (read, values))
        break;
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timeout_id);
}

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  *(guint *) user_data += 1;
}

static void
test_round_trip (void)
{
  g_autoptr (DioInputOptions) options = dio_input_options_new (UUID);
  g_autofree char *path = get_path ();
  GStatBuf status;
  guint n_notified = 0;

  g_assert_true (has (options, &defaults));
  g_signal_connect (options, "notify", G_CALLBACK (on_notify), &n_notified);
  set (options, &defaults);
  g_assert_cmpuint (n_notified, ==, 0);
  set (options, &others);
  g_assert_cmpuint (n_notified, ==, 7);
  g_assert_true (has (options, &others));
  wait_for_file (&others);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  set (options, &defaults);
  wait_for_file (&defaults);
}

/* It is written also when nobody holds the options any more. */
static void
test_gone (void)
{
  DioInputOptions *options = dio_input_options_new (UUID);

  set (options, &others);
  g_object_add_weak_pointer (G_OBJECT (options), (gpointer *) &options);
  g_object_unref (options);
  g_assert_null (options);
  wait_for_file (&others);
}

static void
test_damaged (void)
{
  static const char *const texts[] = {
    "",
    "{",
    "null",
    "[]",
    "{\"key-bar\":true}",
    "{\"version\":2,\"key-bar\":true}",
    "{\"version\":\"1\",\"key-bar\":true}",
    "{\"version\":1,\"touch-mode\":\"toes\",\"long-press\":0,\"key-bar\":\"true\",\"layout\":5}",
    "{\"version\":1,\"touch-mode\":1,\"two-finger-scroll\":null,\"guest-gestures\":{},\"every-point\":[true]}",
    "{\"version\":1,\"layout\":\"../../../etc/passwd\"}",
    "{\"version\":1,\"layout\":\"us intl\"}",
    "{\"version\":1,\"layout\":\"us\\u0000\"}",
    "{\"version\":1,\"layout\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
    "\xff\xfe{\"version\":1,\"key-bar\":true}",
  };
  g_autofree char *large = g_malloc (70000);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (DioInputOptions) options = NULL;

      put (texts[i], -1);
      options = dio_input_options_new (UUID);
      if (g_str_has_suffix (texts[i], "\\u0000\"}"))
        g_assert_cmpstr (dio_input_options_get_layout (options), ==, "us");
      else
        g_assert_true (has (options, &defaults));
    }
  memset (large, ' ', 70000);
  memcpy (large, "{\"version\":1,\"key-bar\":true}", 28);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (DioInputOptions) options = NULL;

      put (large, i == 0 ? 16000 : 70000);
      options = dio_input_options_new (UUID);
      g_assert_cmpint (dio_input_options_get_key_bar (options), ==, i == 0);
    }
}

/* Part of it is of use. */
static void
test_partly_damaged (void)
{
  g_autoptr (DioInputOptions) options = NULL;

  put ("{\"version\":1,\"more\":[{}],\"long-press\":7,\"layout\":\"de\",\"touch-mode\":\"fingers\"}", -1);
  options = dio_input_options_new (UUID);
  g_assert_true (has (options, &(Values) { DIO_TOUCH_MODE_FINGERS, TRUE, TRUE, FALSE, FALSE, FALSE, "de" }));
  g_object_set (options, "layout", "de/../us", NULL);
  g_assert_cmpstr (dio_input_options_get_layout (options), ==, "");
  g_object_set (options, "layout", NULL, NULL);
  g_assert_cmpstr (dio_input_options_get_layout (options), ==, "");
}

/* Neither what is no UUID nor what is no file leads anywhere. */
static void
test_elsewhere (void)
{
  static const char *const uuids[] = { NULL, "", "../../escape", "x" };
  g_autofree char *path = get_path ();
  g_autoptr (DioInputOptions) folder = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (uuids); i++)
    {
      g_autoptr (DioInputOptions) options = dio_input_options_new (uuids[i]);

      set (options, &others);
      g_assert_true (has (options, &others));
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_assert_false (g_file_test (g_get_user_state_dir (), G_FILE_TEST_EXISTS));

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  folder = dio_input_options_new (UUID);
  g_assert_true (has (folder, &defaults));
}

/* Those of somebody else's machine are known when it tells its UUID; another one may come in its place. */
static void
test_another_machine (void)
{
  g_autoptr (DioInputOptions) options = dio_input_options_new (NULL);
  guint n_notified = 0;

  set (options, &others);
  dio_input_options_set_uuid (options, "00000000-0000-0000-0000-000000000000");
  g_assert_true (has (options, &others));
  g_assert_false (g_file_test (g_get_user_state_dir (), G_FILE_TEST_EXISTS));

  g_signal_connect (options, "notify::layout", G_CALLBACK (on_notify), &n_notified);
  dio_input_options_set_uuid (options, UUID);
  g_assert_true (has (options, &defaults));
  g_assert_cmpuint (n_notified, ==, 1);
  dio_input_options_set_uuid (options, UUID);
  g_assert_cmpuint (n_notified, ==, 1);
  set (options, &others);
  wait_for_file (&others);

  dio_input_options_set_uuid (options, OTHER_UUID);
  g_assert_true (has (options, &defaults));
  set (options, &(Values) { .layout = "de" });
  dio_input_options_set_uuid (options, UUID);
  g_assert_true (has (options, &others));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/input-options/round-trip", test_round_trip);
  g_test_add_func ("/input-options/gone", test_gone);
  g_test_add_func ("/input-options/damaged", test_damaged);
  g_test_add_func ("/input-options/partly-damaged", test_partly_damaged);
  g_test_add_func ("/input-options/elsewhere", test_elsewhere);
  g_test_add_func ("/input-options/another-machine", test_another_machine);
  return g_test_run ();
}
