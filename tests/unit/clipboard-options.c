/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/clipboard-options.h"

#include <string.h>

#define UUID "11111111-2222-4333-8444-555555555555"
#define OTHER_UUID "11111111-2222-4333-8444-666666666666"
#define TIMEOUT_S 120

static char *
get_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "diorama", "clipboard", UUID ".json", NULL);
}

static void
put (const char *text)
{
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static gboolean
has (gpointer object, DioSharing to_guest, DioSharing to_host, gboolean primary)
{
  DioSharing present_to_guest, present_to_host;
  gboolean present_primary;

  g_object_get (object, "to-guest", &present_to_guest, "to-host", &present_to_host, "primary", &present_primary, NULL);
  return present_to_guest == to_guest && present_to_host == to_host && present_primary == primary;
}

static void
on_timeout (gpointer user_data)
{
  g_error ("The file was not written in %d seconds", TIMEOUT_S);
}

static void
wait_for_file (const char *part)
{
  g_autofree char *path = get_path ();
  guint timeout_id = g_timeout_add_seconds_once (TIMEOUT_S, on_timeout, NULL);

  for (;;)
    {
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL) && strstr (text, part))
        break;
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timeout_id);
}

/* The settings of a machine and its window are the same; another machine's are not. */
static void
test_same (void)
{
  g_autoptr (DioClipboardOptions) settings = dio_clipboard_options_new (UUID);
  g_autoptr (DioClipboardOptions) window = dio_clipboard_options_new (UUID);
  g_autoptr (DioClipboardOptions) other = dio_clipboard_options_new (OTHER_UUID);
  g_autoptr (DioClipboardShare) share = dio_clipboard_share_new ();

  dio_clipboard_options_bind (window, share);
  g_assert_true (has (share, DIO_SHARING_ON, DIO_SHARING_ON, FALSE));
  g_object_set (settings, "to-guest", DIO_SHARING_OFF, "to-host", DIO_SHARING_ASK, "primary", TRUE, NULL);
  g_assert_true (has (settings, DIO_SHARING_OFF, DIO_SHARING_ASK, TRUE));
  g_assert_true (has (window, DIO_SHARING_OFF, DIO_SHARING_ASK, TRUE));
  g_assert_true (has (share, DIO_SHARING_OFF, DIO_SHARING_ASK, TRUE));
  g_assert_true (has (other, DIO_SHARING_ON, DIO_SHARING_ON, FALSE));
  wait_for_file ("\"ask\"");
  dio_clipboard_options_set_uuid (other, UUID);
  g_assert_true (has (other, DIO_SHARING_OFF, DIO_SHARING_ASK, TRUE));
  dio_clipboard_options_set_uuid (window, OTHER_UUID);
  g_assert_true (has (share, DIO_SHARING_ON, DIO_SHARING_ON, FALSE));
}

/* Nobody's are nobody else's. */
static void
test_nobody (void)
{
  static const char *const uuids[] = { NULL, "00000000-0000-0000-0000-000000000000", "../../escape" };

  for (guint i = 0; i < G_N_ELEMENTS (uuids); i++)
    {
      g_autoptr (DioClipboardOptions) one = dio_clipboard_options_new (i == 2 ? NULL : uuids[i]);
      g_autoptr (DioClipboardOptions) other = dio_clipboard_options_new (uuids[i]);

      g_object_set (one, "to-guest", DIO_SHARING_OFF, NULL);
      g_assert_true (has (one, DIO_SHARING_OFF, DIO_SHARING_ON, FALSE));
      g_assert_true (has (other, DIO_SHARING_ON, DIO_SHARING_ON, FALSE));
    }
}

/* What was chosen is not guessed: it is asked. */
static void
test_damaged (void)
{
  static const struct
  {
    const char *text;
    DioSharing to_guest, to_host;
    gboolean primary;
  } files[] = {
    { "", DIO_SHARING_ON, DIO_SHARING_ON, FALSE },
    { "{\"version\":2,\"to-guest\":\"off\"}", DIO_SHARING_ON, DIO_SHARING_ON, FALSE },
    { "{\"version\":1,\"to-guest\":\"never\",\"to-host\":\"off\"}", DIO_SHARING_ASK, DIO_SHARING_OFF, FALSE },
    { "{\"version\":1,\"to-guest\":0,\"to-host\":null,\"primary\":1}", DIO_SHARING_ASK, DIO_SHARING_ASK, FALSE },
    { "{\"version\":1,\"to-guest\":\"off\",\"primary\":true}", DIO_SHARING_OFF, DIO_SHARING_ON, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (DioClipboardOptions) options = NULL;

      g_test_message ("%s", files[i].text);
      put (files[i].text);
      options = dio_clipboard_options_new (UUID);
      g_assert_true (has (options, files[i].to_guest, files[i].to_host, files[i].primary));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/clipboard-options/same", test_same);
  g_test_add_func ("/clipboard-options/nobody", test_nobody);
  g_test_add_func ("/clipboard-options/damaged", test_damaged);
  return g_test_run ();
}
