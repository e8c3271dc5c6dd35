/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* QEMU's own clipboard, as a QEMU has it that is not ours. */
#include "fake-qemu.h"
#include "memory-offer.h"

#include "clipboard/dbus-clipboard.h"
#include "clipboard/text.h"

#include <string.h>

#define OBJECT_PATH "/org/qemu/Display1/Clipboard"

typedef struct
{
  FakeQemu *qemu;
  DioQemuClipboard *skeleton; /* QEMU's */
  DioQemuClipboard *proxy;    /* with which QEMU calls */
  gboolean is_taken;          /* somebody is registered */
  const char *answer_type;
  GBytes *answer;

  DioDbusClipboard *clipboard;
  GError *error; /* there is none because of that */
  DioOffer *offer;
  guint n_offers;
} Fixture;

/* --- QEMU --- */

static gboolean
on_register (Fixture *self, GDBusMethodInvocation *invocation)
{
  g_string_append (self->qemu->log, "register\n");
  if (self->is_taken)
    g_dbus_method_invocation_return_dbus_error (invocation, "org.qemu.Display1.Error.Failed",
                                                "Clipboard peer already registered!");
  else
    dio_qemu_clipboard_complete_register (self->skeleton, invocation);
  self->is_taken = TRUE;
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_unregister (Fixture *self, GDBusMethodInvocation *invocation)
{
  g_string_append (self->qemu->log, "unregister\n");
  self->is_taken = FALSE;
  dio_qemu_clipboard_complete_unregister (self->skeleton, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_grab (Fixture *self, GDBusMethodInvocation *invocation, guint selection, guint serial, const char *const *types)
{
  g_string_append_printf (self->qemu->log, "grab %u %u %s\n", selection, serial, types[0]);
  dio_qemu_clipboard_complete_grab (self->skeleton, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_release (Fixture *self, GDBusMethodInvocation *invocation, guint selection)
{
  g_string_append_printf (self->qemu->log, "release %u\n", selection);
  dio_qemu_clipboard_complete_release (self->skeleton, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_request (Fixture *self, GDBusMethodInvocation *invocation, guint selection, const char *const *types)
{
  g_string_append_printf (self->qemu->log, "request %u %s\n", selection, types[0]);
  if (self->answer)
    dio_qemu_clipboard_complete_request (self->skeleton, invocation, self->answer_type,
                                         g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, self->answer, TRUE));
  else
    g_dbus_method_invocation_return_dbus_error (invocation, "org.qemu.Display1.Error.Failed", "Empty clipboard");
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_proxy (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(DioQemuClipboard **) user_data = dio_qemu_clipboard_proxy_new_finish (result, &error);
  g_assert_no_error (error);
}

static void
start_qemu (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->skeleton = dio_qemu_clipboard_skeleton_new ();
  g_object_connect (self->skeleton, "swapped-signal::handle-register", on_register, self,
                    "swapped-signal::handle-unregister", on_unregister, self, "swapped-signal::handle-grab", on_grab,
                    self, "swapped-signal::handle-release", on_release, self, "swapped-signal::handle-request",
                    on_request, self, NULL);
  g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), self->qemu->server, OBJECT_PATH,
                                    &error);
  g_assert_no_error (error);
  dio_qemu_clipboard_proxy_new (self->qemu->server, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL, OBJECT_PATH, NULL,
                                on_proxy, &self->proxy);
  wait_until (self->proxy);
}

/* --- Diorama --- */

static void
on_offered (DioClipboardChannel *channel, guint selection, DioOffer *offer, Fixture *self)
{
  g_set_object (&self->offer, offer);
  self->n_offers++;
}

static void
on_clipboard (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  self->clipboard = dio_dbus_clipboard_new_finish (result, &self->error);
}

static void
connect_clipboard (Fixture *self)
{
  dio_dbus_clipboard_new_async (self->qemu->client, NULL, NULL, on_clipboard, self);
  wait_until (self->clipboard || self->error);
  if (self->clipboard)
    g_signal_connect (self->clipboard, "offered", G_CALLBACK (on_offered), self);
}

/* DATA: QEMU has got this interface, or not; and somebody may be registered. */
static void
set_up (Fixture *self, gconstpointer data)
{
  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  self->answer_type = DIO_TEXT_TYPE;
  self->is_taken = g_strcmp0 (data, "taken") == 0;
  if (g_strcmp0 (data, "missing") != 0)
    start_qemu (self);
  connect_clipboard (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  if (self->clipboard)
    {
      g_signal_handlers_disconnect_by_data (self->clipboard, self);
      dio_dbus_clipboard_close (self->clipboard);
      g_assert_finalize_object (self->clipboard);
    }
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  if (self->skeleton)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->proxy);
  g_clear_object (&self->offer);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_clear_error (&self->error);
  fake_qemu_free (self->qemu);
}

static void
wait_for (Fixture *self, const char *needle)
{
  wait_until (strstr (self->qemu->log->str, needle) != NULL);
  g_string_set_size (self->qemu->log, 0);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* What QEMU gets when it asks: a text freed by the caller, or NULL. */
static char *
request (Fixture *self, guint selection)
{
  const char *types[] = { DIO_TEXT_TYPE, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *type = NULL;
  g_autoptr (GVariant) data = NULL;
  gsize size;
  const char *text;

  dio_qemu_clipboard_call_request (self->proxy, selection, types, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_done, &result);
  wait_until (result);
  if (!dio_qemu_clipboard_call_request_finish (self->proxy, &type, &data, result, NULL))
    return NULL;
  g_assert_cmpstr (type, ==, DIO_TEXT_TYPE);
  text = g_variant_get_fixed_array (data, &size, 1);
  return g_strndup (text, size);
}

static void
grab (Fixture *self, guint selection, guint serial, const char *type)
{
  const char *types[] = { type, NULL };
  g_autoptr (GAsyncResult) result = NULL;

  dio_qemu_clipboard_call_grab (self->proxy, selection, serial, types, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_done,
                                &result);
  wait_until (result);
}

static void
host_copies (Fixture *self, const char *text)
{
  g_autoptr (MemoryOffer) offer = memory_offer_new_text (text);

  dio_clipboard_channel_offer (DIO_CLIPBOARD_CHANNEL (self->clipboard), DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
}

static void
assert_gets (Fixture *self, const char *expected)
{
  g_autofree char *text = request (self, 0);

  g_assert_cmpstr (text, ==, expected);
}

/* --- tests --- */

static void
test_both_ways (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;

  g_assert_true (dio_clipboard_channel_get_connected (DIO_CLIPBOARD_CHANNEL (self->clipboard)));
  self->answer = g_bytes_new_static ("guest", 5);
  grab (self, 0, 0, DIO_TEXT_TYPE);
  g_assert_nonnull (self->offer);
  text = offer_read_text (self->offer);
  g_assert_cmpstr (text, ==, "guest");
  host_copies (self, "host");
  wait_for (self, "grab 0 1 " DIO_TEXT_TYPE "\n");
  assert_gets (self, "host");
  dio_clipboard_channel_offer (DIO_CLIPBOARD_CHANNEL (self->clipboard), DIO_SELECTION_CLIPBOARD, NULL);
  wait_for (self, "release 0\n");
  assert_gets (self, NULL);
}

static void
test_taken (Fixture *self, gconstpointer data)
{
  g_assert_no_error (self->error);
  wait_for (self, "register\nunregister\nregister\n");
}

static void
test_missing (Fixture *self, gconstpointer data)
{
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

/* QEMU does not wait for whoever is slow. It is told again when the text is there. */
static void
test_slow (Fixture *self, gconstpointer data)
{
  g_autoptr (MemoryOffer) offer = memory_offer_new_text ("slow");

  memory_offer_hold (offer, TRUE);
  dio_clipboard_channel_offer (DIO_CLIPBOARD_CHANNEL (self->clipboard), DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  wait_for (self, "grab 0 0 ");
  assert_gets (self, NULL);
  assert_gets (self, NULL);
  memory_offer_hold (offer, FALSE);
  wait_for (self, "grab 0 1 ");
  g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, 1);
  assert_gets (self, "slow");
  g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, 1);
}

/* Of two that cross, ours holds. */
static void
test_serials (Fixture *self, gconstpointer data)
{
  grab (self, 0, 41, DIO_TEXT_TYPE);
  host_copies (self, "host");
  wait_for (self, "grab 0 42 ");
  grab (self, 0, 42, DIO_TEXT_TYPE);
  grab (self, 0, 7, DIO_TEXT_TYPE);
  g_assert_cmpuint (self->n_offers, ==, 1);
  assert_gets (self, "host");
  grab (self, 0, 43, "image/png");
  g_assert_cmpuint (self->n_offers, ==, 2);
  g_assert_null (self->offer);
  assert_gets (self, NULL);
}

/* The guest's agent has started anew. */
static void
test_reset (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  grab (self, 0, 41, DIO_TEXT_TYPE);
  host_copies (self, "host");
  wait_for (self, "grab 0 42 ");
  dio_qemu_clipboard_call_register (self->proxy, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_done, &result);
  wait_for (self, "grab 0 0 ");
  wait_until (result);
  assert_gets (self, "host");
}

static void
test_wrong (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *type, *answer;
    int code;
  } answers[] = {
    { DIO_TEXT_TYPE, NULL, G_IO_ERROR_TIMED_OUT },
    { DIO_TEXT_TYPE, "", G_IO_ERROR_NOT_FOUND },
    { "image/png", "png", G_IO_ERROR_NOT_FOUND },
    { DIO_TEXT_TYPE, "\xff", G_IO_ERROR_INVALID_DATA },
    { DIO_TEXT_TYPE, "more than that", G_IO_ERROR_MESSAGE_TOO_LARGE },
  };
  g_autoptr (DioOffer) offer = NULL;
  g_autoptr (GError) gone = NULL;

  grab (self, 2, 0, DIO_TEXT_TYPE);
  grab (self, 4711, 0, DIO_TEXT_TYPE);
  g_assert_cmpuint (self->n_offers, ==, 0);
  g_assert_null (request (self, 2));
  grab (self, 0, 0, DIO_TEXT_TYPE);
  dio_offer_set_limit (self->offer, 10);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;

      self->answer_type = answers[i].type;
      g_clear_pointer (&self->answer, g_bytes_unref);
      self->answer = answers[i].answer ? g_bytes_new_static (answers[i].answer, strlen (answers[i].answer)) : NULL;
      g_assert_null (offer_read (self->offer, DIO_TEXT_TYPE, &error));
      g_assert_error (error, G_IO_ERROR, answers[i].code);
    }
  offer = g_object_ref (self->offer);
  grab (self, 0, 1, DIO_TEXT_TYPE);
  g_assert_null (offer_read (offer, DIO_TEXT_TYPE, &gone));
  g_assert_error (gone, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_death (Fixture *self, gconstpointer data)
{
  g_autoptr (MemoryOffer) offer = memory_offer_new_text ("slow");
  const char *types[] = { DIO_TEXT_TYPE, NULL };

  memory_offer_hold (offer, TRUE);
  dio_clipboard_channel_offer (DIO_CLIPBOARD_CHANNEL (self->clipboard), DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  wait_for (self, "grab 0 0 ");
  dio_qemu_clipboard_call_request (self->proxy, 0, types, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
  wait_until (memory_offer_get_n_reads (offer) == 1);
  fake_qemu_die (self->qemu);
  wait_until (!dio_clipboard_channel_get_connected (DIO_CLIPBOARD_CHANNEL (self->clipboard)));
  memory_offer_hold (offer, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, data, function) g_test_add ("/dbus-clipboard/" path, Fixture, data, set_up, function, tear_down)
  ADD ("both-ways", NULL, test_both_ways);
  ADD ("taken", "taken", test_taken);
  ADD ("missing", "missing", test_missing);
  ADD ("slow", NULL, test_slow);
  ADD ("serials", NULL, test_serials);
  ADD ("reset", NULL, test_reset);
  ADD ("wrong", NULL, test_wrong);
  ADD ("death", NULL, test_death);
#undef ADD
  return g_test_run ();
}
