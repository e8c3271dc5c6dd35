/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/usb-options.h"

#include <string.h>

#define UUID "11111111-2222-4333-8444-555555555555"
#define OTHER_UUID "11111111-2222-4333-8444-666666666666"
#define TIMEOUT_S 120

static char *
get_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "diorama", "usb", UUID ".json", NULL);
}

static void
put (const char *text)
{
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
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

static DioUsbDevice *
new_device (void)
{
  return dio_usb_device_new (&(DioUsbFacts) { .id = "1", .vendor = 0x1234, .product = 1, .product_name = "Thing" });
}

static void
test_same (void)
{
  g_autoptr (DioUsbOptions) settings = dio_usb_options_new (UUID), window = dio_usb_options_new (UUID);
  g_autoptr (DioUsbOptions) other = dio_usb_options_new (OTHER_UUID);
  g_autoptr (DioUsbDevice) device = new_device ();

  g_assert_true (dio_usb_options_get_asks (window));
  g_object_set (settings, "asks", FALSE, NULL);
  dio_usb_rules_remember (dio_usb_options_get_rules (settings), device, DIO_USB_ACTION_CONNECT, FALSE);
  g_assert_false (dio_usb_options_get_asks (window));
  g_assert_cmpint (dio_usb_rules_match (dio_usb_options_get_rules (window), device), ==, DIO_USB_ACTION_CONNECT);
  g_assert_true (dio_usb_options_get_asks (other));
  g_assert_cmpint (dio_usb_rules_match (dio_usb_options_get_rules (other), device), ==, DIO_USB_ACTION_ASK);
  wait_for_file ("\"connect\"");

  g_clear_object (&settings);
  g_assert_finalize_object (g_steal_pointer (&window));
  window = dio_usb_options_new (UUID);
  g_assert_false (dio_usb_options_get_asks (window));
  g_assert_cmpint (dio_usb_rules_match (dio_usb_options_get_rules (window), device), ==, DIO_USB_ACTION_CONNECT);
  dio_usb_rules_remember (dio_usb_options_get_rules (window), device, DIO_USB_ACTION_KEEP, FALSE);
  wait_for_file ("\"keep\"");
}

/* Nobody's are nobody else's. */
static void
test_nobody (void)
{
  static const char *const uuids[] = { NULL, "00000000-0000-0000-0000-000000000000", "../../escape" };

  for (guint i = 0; i < G_N_ELEMENTS (uuids); i++)
    {
      g_autoptr (DioUsbOptions) one = dio_usb_options_new (uuids[i]), other = dio_usb_options_new (uuids[i]);

      g_object_set (one, "asks", FALSE, NULL);
      g_assert_false (dio_usb_options_get_asks (one));
      g_assert_true (dio_usb_options_get_asks (other));
    }
}

#define RULE "{\"vendor\":4660,\"product\":1,\"action\":\"keep\",\"name\":\"Thing\"}"

static void
test_damaged (void)
{
  static const struct
  {
    const char *text;
    gboolean asks;
    DioUsbAction action;
  } files[] = {
    { "", TRUE, DIO_USB_ACTION_ASK },
    { "[" RULE "]", TRUE, DIO_USB_ACTION_ASK },
    { "{\"version\":2,\"asks\":false,\"rules\":[" RULE "]}", TRUE, DIO_USB_ACTION_ASK },
    { "{\"version\":1,\"asks\":0,\"rules\":[" RULE "]}", TRUE, DIO_USB_ACTION_KEEP },
    { "{\"version\":1,\"asks\":false,\"rules\":" RULE "}", FALSE, DIO_USB_ACTION_ASK },
    { "{\"version\":1,\"asks\":false,\"rules\":[7," RULE "]}", FALSE, DIO_USB_ACTION_KEEP },
  };
  g_autoptr (DioUsbDevice) device = new_device ();

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (DioUsbOptions) options = NULL;

      g_test_message ("%s", files[i].text);
      put (files[i].text);
      options = dio_usb_options_new (UUID);
      g_assert_true (dio_usb_options_get_asks (options) == files[i].asks);
      g_assert_cmpint (dio_usb_rules_match (dio_usb_options_get_rules (options), device), ==, files[i].action);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/usb-options/same", test_same);
  g_test_add_func ("/usb-options/nobody", test_nobody);
  g_test_add_func ("/usb-options/damaged", test_damaged);
  return g_test_run ();
}
