/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/rules.h"

#include <string.h>

typedef struct
{
  guint product;
  const char *serial, *port;
} Which;

static DioUsbDevice *
new_device (Which which)
{
  DioUsbFacts facts = { .id = "1",
                        .vendor = 0x1234,
                        .product = (guint16) which.product,
                        .product_name = "Thing",
                        .serial = which.serial,
                        .port = which.port };

  return dio_usb_device_new (&facts);
}

static DioUsbAction
match (DioUsbRules *rules, Which which)
{
  g_autoptr (DioUsbDevice) device = new_device (which);

  return dio_usb_rules_match (rules, device);
}

static void
remember (DioUsbRules *rules, Which which, DioUsbAction action, gboolean at_port)
{
  g_autoptr (DioUsbDevice) device = new_device (which);

  dio_usb_rules_remember (rules, device, action, at_port);
  /* What was wanted last is what counts. */
  g_assert_cmpint (dio_usb_rules_match (rules, device), ==, action);
}

static guint
count (DioUsbRules *rules)
{
  return g_list_model_get_n_items (G_LIST_MODEL (rules));
}

/* A rule, and what it is for. */
static void
test_match (void)
{
  static const struct
  {
    Which rule;
    gboolean at_port;
    Which device;
    gboolean fits;
  } cases[] = {
    { { 1, NULL, "1-1" }, FALSE, { 1, NULL, "1-2" }, TRUE },  { { 1, NULL, "1-1" }, FALSE, { 1, "A", "1-2" }, TRUE },
    { { 1, NULL, "1-1" }, FALSE, { 2, NULL, "1-1" }, FALSE }, { { 1, NULL, "1-1" }, TRUE, { 1, NULL, "1-1" }, TRUE },
    { { 1, NULL, "1-1" }, TRUE, { 1, NULL, "1-2" }, FALSE },  { { 1, NULL, "1-1" }, TRUE, { 1, NULL, NULL }, FALSE },
    { { 1, "A", "1-1" }, FALSE, { 1, "A", "2-1" }, TRUE },    { { 1, "A", "1-1" }, FALSE, { 1, "B", "1-1" }, FALSE },
    { { 1, "A", "1-1" }, FALSE, { 1, NULL, "1-1" }, FALSE },  { { 1, "A", "1-1" }, TRUE, { 1, "A", "2-1" }, FALSE },
    { { 1, "A", NULL }, TRUE, { 1, "A", "2-1" }, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (DioUsbRules) rules = dio_usb_rules_new ();

      g_test_message ("%u", i);
      remember (rules, cases[i].rule, DIO_USB_ACTION_KEEP, cases[i].at_port);
      g_assert_cmpint (match (rules, cases[i].device), ==, cases[i].fits ? DIO_USB_ACTION_KEEP : DIO_USB_ACTION_ASK);
    }
}

/* The one that says most of the device counts, whichever came first. */
static void
test_best (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (DioUsbRules) rules = dio_usb_rules_new ();

      if (i == 0)
        remember (rules, (Which) { 1, NULL, NULL }, DIO_USB_ACTION_KEEP, FALSE);
      else
        remember (rules, (Which) { 1, "A", "1-1" }, DIO_USB_ACTION_KEEP, FALSE);
      remember (rules, (Which) { 1, NULL, "1-1" }, DIO_USB_ACTION_CONNECT, TRUE);
      if (i == 0)
        remember (rules, (Which) { 1, "A", "1-1" }, DIO_USB_ACTION_KEEP, FALSE);
      else
        remember (rules, (Which) { 1, NULL, NULL }, DIO_USB_ACTION_KEEP, FALSE);
      g_assert_cmpuint (count (rules), ==, 3);
      g_assert_cmpint (match (rules, (Which) { 1, "A", "1-1" }), ==, DIO_USB_ACTION_KEEP);
      g_assert_cmpint (match (rules, (Which) { 1, "B", "1-1" }), ==, DIO_USB_ACTION_CONNECT);
      g_assert_cmpint (match (rules, (Which) { 1, "B", "1-2" }), ==, DIO_USB_ACTION_KEEP);
      if (i == 0)
        continue;
      /* It is for less than the one at a port, so that stays. */
      remember (rules, (Which) { 1, NULL, "1-2" }, DIO_USB_ACTION_CONNECT, FALSE);
      g_assert_cmpuint (count (rules), ==, 3);
      g_assert_cmpint (match (rules, (Which) { 1, "B", "1-2" }), ==, DIO_USB_ACTION_CONNECT);
      /* In place of the one at its port, too. */
      remember (rules, (Which) { 1, NULL, "1-1" }, DIO_USB_ACTION_KEEP, FALSE);
      g_assert_cmpuint (count (rules), ==, 2);
      remember (rules, (Which) { 1, "A", "1-1" }, DIO_USB_ACTION_ASK, FALSE);
      g_assert_cmpuint (count (rules), ==, 0);
    }
}

static void
on_changed (guint *n)
{
  ++*n;
}

static void
test_forget (void)
{
  g_autoptr (DioUsbRules) rules = dio_usb_rules_new ();
  g_autoptr (DioUsbRule) rule = NULL;
  guint n_changed = 0;

  g_signal_connect_swapped (rules, "changed", G_CALLBACK (on_changed), &n_changed);
  remember (rules, (Which) { 1, NULL, "1-1" }, DIO_USB_ACTION_CONNECT, TRUE);
  g_assert_cmpuint (n_changed, ==, 1);
  rule = g_list_model_get_item (G_LIST_MODEL (rules), 0);
  g_assert_cmpstr (dio_usb_rule_get_port (rule), ==, "1-1");
  g_assert_cmpint (dio_usb_rule_get_action (rule), ==, DIO_USB_ACTION_CONNECT);
  g_assert_nonnull (strstr (dio_usb_rule_get_name (rule), "Thing"));
  dio_usb_rules_forget (rules, rule);
  dio_usb_rules_forget (rules, rule);
  g_assert_cmpuint (n_changed, ==, 2);
  g_assert_cmpuint (count (rules), ==, 0);
}

/* A new one takes the oldest one's place. */
static void
test_full (void)
{
  g_autoptr (DioUsbRules) rules = dio_usb_rules_new ();

  for (guint i = 1; i <= DIO_USB_RULES_MAX + 3; i++)
    remember (rules, (Which) { i, NULL, NULL }, DIO_USB_ACTION_KEEP, FALSE);
  g_assert_cmpuint (count (rules), ==, DIO_USB_RULES_MAX);
  g_assert_cmpint (match (rules, (Which) { 3, NULL, NULL }), ==, DIO_USB_ACTION_ASK);
  g_assert_cmpint (match (rules, (Which) { 4, NULL, NULL }), ==, DIO_USB_ACTION_KEEP);
}

/* --- JSON --- */

static char *
save (DioUsbRules *rules)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) node = NULL;

  dio_usb_rules_save (rules, builder);
  node = json_builder_get_root (builder);
  return json_to_string (node, TRUE);
}

static void
load (DioUsbRules *rules, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (text, &error);

  g_assert_no_error (error);
  dio_usb_rules_load (rules, json_node_get_array (node));
}

static void
test_round_trip (void)
{
  g_autoptr (DioUsbRules) rules = dio_usb_rules_new (), other = dio_usb_rules_new ();
  g_autofree char *text = NULL, *again = NULL;

  remember (rules, (Which) { 1, NULL, "1-1.4" }, DIO_USB_ACTION_CONNECT, TRUE);
  remember (rules, (Which) { 0xffff, "\"ü\\", "1-1" }, DIO_USB_ACTION_KEEP, FALSE);
  text = save (rules);
  load (other, text);
  again = save (other);
  g_assert_cmpstr (again, ==, text);
  g_assert_cmpint (match (other, (Which) { 1, NULL, "1-1.4" }), ==, DIO_USB_ACTION_CONNECT);
  g_assert_cmpint (match (other, (Which) { 0xffff, "\"ü\\", NULL }), ==, DIO_USB_ACTION_KEEP);
  dio_usb_rules_load (other, NULL);
  g_assert_cmpuint (count (other), ==, 0);
}

/* As large as devices can make them, they fit into the file (session/state-file.h), and come back. */
static void
test_largest (void)
{
  g_autoptr (DioUsbRules) rules = dio_usb_rules_new (), other = dio_usb_rules_new ();
  g_autoptr (GString) long_text = g_string_new (NULL);
  g_autofree char *text = NULL;

  for (guint i = 0; i < 126; i++)
    g_string_append (long_text, "\xe4\xb8\xad"); /* of UTF-16 one unit, here three bytes */
  for (guint i = 0; i < DIO_USB_RULES_MAX; i++)
    {
      DioUsbFacts facts = { .id = "1",
                            .vendor = 0xffff,
                            .product = (guint16) (60000 + i),
                            .vendor_name = long_text->str,
                            .product_name = long_text->str,
                            .serial = long_text->str,
                            .port = "127-15.15.15.15.15" };
      g_autoptr (DioUsbDevice) device = dio_usb_device_new (&facts);

      dio_usb_rules_remember (rules, device, DIO_USB_ACTION_CONNECT, TRUE);
    }
  text = save (rules);
  g_test_message ("%zu bytes", strlen (text));
  g_assert_cmpuint (strlen (text), <, 64 * 1024 - 100);
  load (other, text);
  g_assert_cmpuint (count (other), ==, DIO_USB_RULES_MAX);
}

#define RULE(more) "[{\"vendor\":4660,\"product\":1,\"action\":\"keep\",\"name\":\"Thing\"" more "}]"

static void
test_hostile (void)
{
  static const struct
  {
    const char *text;
    guint n;
  } files[] = {
    { "[]", 0 },
    { RULE (), 1 },
    { RULE (",\"more\":[[[]]]"), 1 },
    { "[null,1,\"x\",[],{},"
      "{\"vendor\":4660,\"product\":1,\"action\":\"keep\",\"name\":\"Thing\"}"
      "]",
      1 },
    { "[{\"vendor\":-1,\"product\":1,\"action\":\"keep\",\"name\":\"Thing\"}]", 0 },
    { "[{\"vendor\":65536,\"product\":1,\"action\":\"keep\",\"name\":\"Thing\"}]", 0 },
    { "[{\"vendor\":4660,\"product\":9223372036854775807,\"action\":\"keep\",\"name\":\"Thing\"}]", 0 },
    { "[{\"vendor\":\"4660\",\"product\":1,\"action\":\"keep\",\"name\":\"Thing\"}]", 0 },
    { "[{\"vendor\":4660.0,\"product\":1,\"action\":\"keep\",\"name\":\"Thing\"}]", 0 },
    { "[{\"product\":1,\"action\":\"keep\",\"name\":\"Thing\"}]", 0 },
    { "[{\"vendor\":4660,\"product\":1,\"action\":\"ask\",\"name\":\"Thing\"}]", 0 },
    { "[{\"vendor\":4660,\"product\":1,\"action\":2,\"name\":\"Thing\"}]", 0 },
    { "[{\"vendor\":4660,\"product\":1,\"action\":\"\",\"name\":\"Thing\"}]", 0 },
    { "[{\"vendor\":4660,\"product\":1,\"action\":\"keep\"}]", 0 },
    { "[{\"vendor\":4660,\"product\":1,\"action\":\"keep\",\"name\":\"\"}]", 0 },
    { "[{\"vendor\":4660,\"product\":1,\"action\":\"keep\",\"name\":\"a\\nb\"}]", 0 },
    { "[{\"vendor\":4660,\"product\":1,\"action\":\"keep\",\"name\":\"a\\u0085b\"}]", 0 },
    /* A rule for one device must not become one for all of its kind. */
    { RULE (",\"serial\":null"), 0 },
    { RULE (",\"serial\":\"\""), 0 },
    { RULE (",\"serial\":7"), 0 },
    { RULE (",\"port\":{}"), 0 },
    { RULE (",\"port\":\"1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1\""), 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (DioUsbRules) rules = dio_usb_rules_new ();

      g_test_message ("%s", files[i].text);
      load (rules, files[i].text);
      g_assert_cmpuint (count (rules), ==, files[i].n);
      g_assert_cmpint (match (rules, (Which) { 1, NULL, NULL }), ==,
                       files[i].n > 0 ? DIO_USB_ACTION_KEEP : DIO_USB_ACTION_ASK);
    }
}

/* Many, and the same one again and again: the last ones count. */
static void
test_flood (void)
{
  g_autoptr (DioUsbRules) rules = dio_usb_rules_new ();
  g_autoptr (GString) text = g_string_new ("[");

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "{\"vendor\":4660,\"product\":%u,\"action\":\"%s\",\"name\":\"Thing\"},", i % 70,
                            i < 900 ? "keep" : "connect");
  g_string_append (text, "0]");
  load (rules, text->str);
  g_assert_cmpuint (count (rules), ==, DIO_USB_RULES_MAX);
  g_assert_cmpint (match (rules, (Which) { 999 % 70, NULL, NULL }), ==, DIO_USB_ACTION_CONNECT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usb-rules/match", test_match);
  g_test_add_func ("/usb-rules/best", test_best);
  g_test_add_func ("/usb-rules/forget", test_forget);
  g_test_add_func ("/usb-rules/full", test_full);
  g_test_add_func ("/usb-rules/round-trip", test_round_trip);
  g_test_add_func ("/usb-rules/largest", test_largest);
  g_test_add_func ("/usb-rules/hostile", test_hostile);
  g_test_add_func ("/usb-rules/flood", test_flood);
  return g_test_run ();
}
