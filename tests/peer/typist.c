/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What the typist strikes is read back by a guest's side of xkb: a keymap of the same layout, X11's compose table, and
 * for numbers the way of GTK. */
#include "fake-qemu.h"

#include "dbus/connection.h"
#include "input/keymap.h"
#include "input/typist.h"

#include <linux/input-event-codes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon.h>

#define PATH "/org/qemu/Display1/Console_0"
#define AS_FAST_AS_IT_GOES 100000

typedef struct
{
  FakeQemu *qemu;
  DioKeyboard *keyboard;
  GCancellable *cancellable;
  GAsyncResult *result;
  gsize n_done;
  gsize cancel_at; /* 0: never */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  self->keyboard = dio_keyboard_new (self->qemu->client, NULL, PATH);
  self->cancellable = g_cancellable_new ();
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->result);
  g_assert_finalize_object (self->keyboard);
  g_assert_finalize_object (self->cancellable);
  fake_qemu_free (self->qemu);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
on_progress (gsize n_done, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_cmpuint (n_done, >=, self->n_done);
  self->n_done = n_done;
  if (self->cancel_at != 0 && n_done == self->cancel_at)
    g_cancellable_cancel (self->cancellable);
}

static void
begin (Fixture *self, const char *layout_name, const char *text, DioTypistFlags flags, guint pace)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioKeyLayout) layout = dio_key_layout_new (layout_name, &error);

  g_assert_no_error (error);
  g_clear_object (&self->result);
  self->n_done = 0;
  dio_typist_type_async (self->keyboard, layout, text, flags, pace, self->cancellable, on_progress, self, on_result,
                         &self->result);
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  while ((text = strstr (text, part)))
    {
      text += strlen (part);
      n++;
    }
  return n;
}

/* QEMU has seen all: the answer was to the first part of the last stroke. */
static gboolean
has_arrived (Fixture *self)
{
  return dio_keyboard_is_idle (self->keyboard) &&
         count (self->qemu->log->str, "down") == count (self->qemu->log->str, "up");
}

static void
type (Fixture *self, const char *layout_name, const char *text, DioTypistFlags flags)
{
  g_autoptr (GError) error = NULL;

  begin (self, layout_name, text, flags, AS_FAST_AS_IT_GOES);
  while (!self->result)
    g_main_context_iteration (NULL, TRUE);
  dio_typist_type_finish (self->result, &error);
  g_assert_no_error (error);
  wait_until (has_arrived (self));
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 0);
}

/* The guest's side. */
typedef struct
{
  struct xkb_context *context;
  struct xkb_keymap *keymap;
  struct xkb_state *state;
  struct xkb_compose_table *table;
  struct xkb_compose_state *compose;
  GString *text;
  GString *number; /* hexadecimal; while one is being typed */
  guint n_down;
} Guest;

static Guest *
guest_new (const char *layout)
{
  g_auto (GStrv) parts = g_strsplit (layout, "+", 2);
  const struct xkb_rule_names names = { "evdev", "pc105", parts[0], parts[1] ? parts[1] : "", "" };
  Guest *self = g_new0 (Guest, 1);

  self->context = xkb_context_new (XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
  self->keymap = xkb_keymap_new_from_names (self->context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
  g_assert_nonnull (self->keymap);
  self->state = xkb_state_new (self->keymap);
  self->table = xkb_compose_table_new_from_locale (self->context, "en_US.UTF-8", XKB_COMPOSE_COMPILE_NO_FLAGS);
  g_assert_nonnull (self->table);
  self->compose = xkb_compose_state_new (self->table, XKB_COMPOSE_STATE_NO_FLAGS);
  self->text = g_string_new (NULL);
  return self;
}

static void
guest_free (Guest *self)
{
  xkb_compose_state_unref (self->compose);
  xkb_compose_table_unref (self->table);
  xkb_state_unref (self->state);
  xkb_keymap_unref (self->keymap);
  xkb_context_unref (self->context);
  g_string_free (self->text, TRUE);
  if (self->number)
    g_string_free (self->number, TRUE);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Guest, guest_free)

static void
guest_take_character (Guest *self, gunichar character)
{
  gboolean control = xkb_state_mod_name_is_active (self->state, XKB_MOD_NAME_CTRL, XKB_STATE_MODS_EFFECTIVE) > 0;

  if (control)
    {
      g_assert_true (character == 'U' && !self->number);
      self->number = g_string_new (NULL);
    }
  else if (self->number && character == ' ')
    {
      g_string_append_unichar (self->text, (gunichar) g_ascii_strtoull (self->number->str, NULL, 16));
      g_string_free (g_steal_pointer (&self->number), TRUE);
    }
  else if (self->number)
    {
      g_assert_true (character < 0x80 && g_ascii_isxdigit ((char) character));
      g_string_append_unichar (self->number, character);
    }
  else if (character == '\r')
    {
      g_string_append_c (self->text, '\n');
    }
  else
    {
      g_string_append_unichar (self->text, character);
    }
}

static void
guest_press (Guest *self, xkb_keycode_t keycode)
{
  xkb_keysym_t keysym = xkb_state_key_get_one_sym (self->state, keycode);
  char composed[64];

  if (xkb_compose_state_feed (self->compose, keysym) == XKB_COMPOSE_FEED_ACCEPTED)
    switch (xkb_compose_state_get_status (self->compose))
      {
      case XKB_COMPOSE_COMPOSED:
        xkb_compose_state_get_utf8 (self->compose, composed, sizeof composed);
        g_string_append (self->text, composed);
        return;
      case XKB_COMPOSE_COMPOSING:
        return;
      case XKB_COMPOSE_CANCELLED:
        g_string_append (self->text, "<cancelled>");
        return;
      default:
        break;
      }
  if (xkb_keysym_to_utf32 (keysym) != 0)
    guest_take_character (self, xkb_keysym_to_utf32 (keysym));
}

static xkb_keycode_t
get_keycode (guint qnum)
{
  for (guint code = 1; code < KEY_CNT; code++)
    if (dio_keymap_evdev_to_qnum (code) == qnum)
      return code + 8;
  g_assert_not_reached ();
}

static void
guest_read (Guest *self, const char *log)
{
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);

  for (guint i = 0; lines[i] && *lines[i]; i++)
    {
      gboolean down = g_str_has_suffix (lines[i], " down");
      xkb_keycode_t keycode;

      g_assert_true (g_str_has_prefix (lines[i], "key "));
      keycode = get_keycode ((guint) g_ascii_strtoull (lines[i] + strlen ("key "), NULL, 10));
      if (down)
        guest_press (self, keycode);
      xkb_state_update_key (self->state, keycode, down ? XKB_KEY_DOWN : XKB_KEY_UP);
      self->n_down += down ? 1 : -1;
    }
  g_assert_cmpuint (self->n_down, ==, 0);
  g_assert_null (self->number);
}

static void
assert_read_back (Fixture *self, const char *layout, const char *expected)
{
  g_autoptr (Guest) guest = guest_new (layout);

  guest_read (guest, self->qemu->log->str);
  g_assert_cmpstr (guest->text->str, ==, expected);
  g_string_set_size (self->qemu->log, 0);
}

static const struct
{
  const char *layout, *text;
} texts[] = {
  { "us", "The quick brown fox, jumps over the lazy dog. {[(<~!@#$%^&*_+-=|\\\"'`/?:;>)]}\n\t0123456789" },
  { "de", "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ÄÖÜ @€µ{[]}\\~|<> ^`´ éèê Ÿ² ³" },
  { "fr", "Portez ce vieux whisky au juge blond qui fume ; ça, là, où, être, naïve, Ë € ~#{[|`\\^@]} 0123456789" },
  { "us+intl", "Façade, naïve, señor, Ångström, \"'`^~ œuvre? ¡Él está aquí! Ç ß € crème brûlée" },
  { "ru", "Съешь же ещё этих мягких французских булок, да выпей чаю. №\"!?/|\\ 0123456789" },
  { "jp", "The lazy dog \\ | _ ~ ^ @ [ ] { } * + ` : ; \" ' & ( ) = 0123" },
  { "us+dvorak", "The quick brown fox jumps over the lazy dog. {[(<~!@#$%^&*_+-=|\\\"'`/?:;>)]} 0123456789" },
  { "us+colemak", "The quick brown fox jumps; over the lazy dog. áéíóú ñ ü ß" },
  { "de+neo", "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. αβγ ∀∃ …_[]^!<>=&ſ\\/{}*?()-:@ ℝ" },
  { "gr+polytonic", "Ξεσκεπάζω τὴν ψυχοφθόρα βδελυγμία. Ἀρχὴ ἥμισυ παντός·" },
  { "cz", "Příliš žluťoučký kůň úpěl ďábelské ódy. 0123456789" },
  { "br", "À noite, vovô Kowalsky vê o ímã cair no pé do pinguim; ação, coração: \\ | / ?" },
  { "pl", "Zażółć gęślą jaźń, ŁÓDŹ. € @#$" },
  { "tr", "Pijamalı hasta yağız şoföre çabucak güvendi. İIıi @#€" },
  { "fr+bepo", "Voix ambiguë d’un cœur qui, au zéphyr, préfère les jattes de kiwis. « É » ° ÿ ñ" },
  { "ca+multix", "Dès Noël, où un zéphyr haï me vêt de glaçons würmiens. Œ ± @ {}" },
};

static void
test_texts (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_test_message ("%s", texts[i].layout);
      type (self, texts[i].layout, texts[i].text, DIO_TYPIST_LEAVE_OUT);
      g_assert_cmpuint (self->n_done, ==, (gsize) g_utf8_strlen (texts[i].text, -1));
      assert_read_back (self, texts[i].layout, texts[i].text);
    }
}

static void
guest_strike (Guest *self, const DioStroke *stroke)
{
  for (guint i = 0; i < stroke->n_keys; i++)
    {
      guest_press (self, stroke->keys[i] + 8);
      xkb_state_update_key (self->state, stroke->keys[i] + 8, XKB_KEY_DOWN);
    }
  for (guint i = stroke->n_keys; i-- > 0;)
    xkb_state_update_key (self->state, stroke->keys[i] + 8, XKB_KEY_UP);
}

static guint
count_wrong_characters (const char *name)
{
  g_autoptr (DioKeyLayout) layout = dio_key_layout_new (name, NULL);
  g_autoptr (Guest) guest = guest_new (name);
  guint n = 0, n_wrong = 0;

  g_assert_nonnull (layout);
  for (gunichar character = ' '; character < 0x3100; character++)
    {
      char expected[7] = { 0 };
      DioStrokes strokes;

      if (!dio_key_layout_find (layout, character, &strokes))
        continue;
      n++;
      for (guint i = 0; i < strokes.n_strokes; i++)
        guest_strike (guest, &strokes.strokes[i]);
      g_unichar_to_utf8 (character, expected);
      if (!g_str_equal (guest->text->str, expected))
        {
          n_wrong++;
          g_test_message ("%s: U+%04X (%s) became “%s”", name, character, expected, guest->text->str);
        }
      g_string_set_size (guest->text, 0);
    }
  g_test_message ("%s: %u characters", name, n);
  g_assert_cmpuint (n, >=, 30);
  return n_wrong;
}

/* Whatever a layout says that it has, up to where the thousands of signs begin, of layouts of all kinds. */
static void
test_all_characters (void)
{
  static const char *const layouts[] = {
    "us",           "us+intl", "us+altgr-intl",
    "us+workman",   "us+dvp",  "gb",
    "gb+extd",      "de",      "de+neo",
    "de+T3",        "de+mac",  "at",
    "ch+fr",        "fr",      "fr+bepo",
    "fr+oss",       "be",      "es",
    "latam",        "pt",      "br",
    "it",           "nl",      "dk",
    "se",           "no",      "fi",
    "is",           "pl",      "cz",
    "sk",           "hu",      "ro",
    "rs",           "hr",      "bg",
    "ru",           "ua",      "gr",
    "gr+polytonic", "tr",      "lv",
    "lt",           "ee",      "il",
    "ara",          "ir",      "in+deva",
    "th",           "vn",      "kr",
    "jp",           "jp+kana", "ca",
    "ca+multix",    "ge",      "am",
    "epo",          "eu",
  };
  guint n_wrong = 0;

  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    n_wrong += count_wrong_characters (layouts[i]);
  g_assert_cmpuint (n_wrong, ==, 0);
}

static void
test_line_ends (Fixture *self, gconstpointer data)
{
  type (self, "us", "a\r\nb\rc\nd\r\n\r\n\n", DIO_TYPIST_LEAVE_OUT);
  assert_read_back (self, "us", "a\nb\nc\nd\n\n\n");
}

static void
test_marks (Fixture *self, gconstpointer data)
{
  type (self, "de", "e\xcc\x81 u\xcc\x88 \xcc\x88 o", DIO_TYPIST_LEAVE_OUT);
  assert_read_back (self, "de", "é ü  o");
}

static void
test_left_out (Fixture *self, gconstpointer data)
{
  type (self, "us", "a\x1b[31mb\x7f\x01 Ω\xc2\x85 中c", DIO_TYPIST_LEAVE_OUT);
  assert_read_back (self, "us", "a[31mb  c");
  g_assert_cmpuint (self->n_done, ==, 15);
  type (self, "us", "Ω中\xc2\x85\xf0\x9f\x99\x82\xf4\x8f\xbf\xbf\x1b", DIO_TYPIST_BY_NUMBER);
  assert_read_back (self, "us", "Ω中\xf0\x9f\x99\x82\xf4\x8f\xbf\xbf");
  type (self, "fr", "Ω中", DIO_TYPIST_BY_NUMBER);
  assert_read_back (self, "fr", "Ω中");
  /* No Latin letters: no numbers. */
  type (self, "ru", "Ωя", DIO_TYPIST_BY_NUMBER);
  assert_read_back (self, "ru", "я");
  type (self, "us", "", DIO_TYPIST_LEAVE_OUT);
  g_assert_cmpstr (self->qemu->log->str, ==, "");
}

/* Random text is typed as the survey promised. */
static void
test_random (Fixture *self, gconstpointer data)
{
  static const char *const layouts[] = { "us", "de", "us+intl", "fr", "ru" };

  for (guint run = 0; run < 25; run++)
    {
      const char *name = layouts[run % G_N_ELEMENTS (layouts)];
      g_autoptr (DioKeyLayout) layout = dio_key_layout_new (name, NULL);
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (Guest) guest = guest_new (name);
      g_auto (DioTypistSurvey) survey = { 0 };

      for (guint i = 0; i < 60; i++)
        {
          gunichar character = (gunichar) g_test_rand_int_range (1, 1 << g_test_rand_int_range (1, 21));

          if (g_unichar_validate (character) && !g_unichar_ismark (character) && character != '\r')
            g_string_append_unichar (text, character);
        }
      g_assert_true (dio_typist_survey (layout, text->str, DIO_TYPIST_BY_NUMBER, &survey, NULL));
      type (self, name, text->str, DIO_TYPIST_BY_NUMBER);
      guest_read (guest, self->qemu->log->str);
      g_assert_cmpuint (self->n_done, ==, survey.n_characters);
      g_assert_cmpuint (g_utf8_strlen (guest->text->str, -1) + survey.n_missing, ==, survey.n_characters);
      g_string_set_size (self->qemu->log, 0);
    }
}

/* Whatever the user held before is lifted, and does not spoil the text. */
static void
test_held (Fixture *self, gconstpointer data)
{
  g_autoptr (Guest) guest = guest_new ("us");

  dio_keyboard_press (self->keyboard, KEY_LEFTCTRL);
  type (self, "us", "plain", DIO_TYPIST_LEAVE_OUT);
  guest_read (guest, self->qemu->log->str);
  g_assert_cmpstr (guest->text->str, ==, "plain");
}

static void
test_caps_lock (Fixture *self, gconstpointer data)
{
  const char tap[] = "key 58 down\nkey 58 up\n";

  dio_qemu_keyboard_set_modifiers (self->qemu->consoles[0].keyboard, DIO_LOCK_CAPS | DIO_LOCK_NUM);
  wait_until (dio_keyboard_get_locks (self->keyboard) == (DIO_LOCK_CAPS | DIO_LOCK_NUM));
  type (self, "us", "a", DIO_TYPIST_LEAVE_OUT);
  g_assert_true (g_str_has_prefix (self->qemu->log->str, tap));
  g_string_erase (self->qemu->log, 0, strlen (tap));
  /* The guest does as it is told, and then again. */
  dio_qemu_keyboard_set_modifiers (self->qemu->consoles[0].keyboard, DIO_LOCK_NUM);
  wait_until (g_str_has_suffix (self->qemu->log->str, tap));
  g_string_truncate (self->qemu->log, self->qemu->log->len - strlen (tap));
  assert_read_back (self, "us", "a");
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Guest) guest = guest_new ("us");

  self->cancel_at = 7;
  begin (self, "us", "NEVER ALL OF THIS", DIO_TYPIST_LEAVE_OUT, AS_FAST_AS_IT_GOES);
  wait_until (self->result);
  g_assert_false (dio_typist_type_finish (self->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (self->n_done, ==, 7);
  wait_until (has_arrived (self));
  guest_read (guest, self->qemu->log->str);
  g_assert_cmpstr (guest->text->str, ==, "NEVER A");
}

static void
test_one_at_a_time (Fixture *self, gconstpointer data)
{
  g_autoptr (DioKeyLayout) layout = dio_key_layout_new ("us", NULL);
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  begin (self, "us", "first", DIO_TYPIST_LEAVE_OUT, AS_FAST_AS_IT_GOES);
  dio_typist_type_async (self->keyboard, layout, "second", DIO_TYPIST_LEAVE_OUT, 0, NULL, NULL, NULL, on_result,
                         &second);
  wait_until (self->result && second);
  g_assert_false (dio_typist_type_finish (second, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  wait_until (has_arrived (self));
  assert_read_back (self, "us", "first");
  type (self, "us", "third", DIO_TYPIST_LEAVE_OUT);
  assert_read_back (self, "us", "third");
}

static void
test_pace (Fixture *self, gconstpointer data)
{
  gint64 start = g_get_monotonic_time ();

  begin (self, "us", "twenty-one characters", DIO_TYPIST_LEAVE_OUT, 0);
  wait_until (self->result);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 20 * G_USEC_PER_SEC / DIO_TYPIST_PACE);
}

static void
test_death (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  begin (self, "us", "a machine that goes away", DIO_TYPIST_LEAVE_OUT, 0);
  wait_until (self->n_done == 3);
  fake_qemu_die (self->qemu);
  wait_until (self->result);
  g_assert_false (dio_typist_type_finish (self->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* A machine that somebody stops: the rest is typed when it runs again. */
static void
test_suspended (Fixture *self, gconstpointer data)
{
  gsize n_done;

  begin (self, "us", "a machine that stands still", DIO_TYPIST_LEAVE_OUT, AS_FAST_AS_IT_GOES);
  wait_until (self->n_done == 3);
  dio_keyboard_suspend (self->keyboard);
  n_done = self->n_done;
  test_run_for (100);
  g_assert_cmpuint (self->n_done, ==, n_done);
  g_assert_null (self->result);
  dio_keyboard_resume (self->keyboard);
  wait_until (self->result);
  g_assert_true (dio_typist_type_finish (self->result, NULL));
  wait_until (has_arrived (self));
  assert_read_back (self, "us", "a machine that stands still");
}

/* Nor does it wait for ever. */
static void
test_suspended_death (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  begin (self, "us", "a machine that does not come back", DIO_TYPIST_LEAVE_OUT, AS_FAST_AS_IT_GOES);
  wait_until (self->n_done == 3);
  dio_keyboard_suspend (self->keyboard);
  test_run_for (50); /* it waits for no timer any more */
  dio_keyboard_close (self->keyboard);
  wait_until (self->result);
  g_assert_false (dio_typist_type_finish (self->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (self->n_done, ==, 3);
}

static void
test_not_text (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  begin (self, "us", "half of a \xc3", DIO_TYPIST_LEAVE_OUT, 0);
  wait_until (self->result);
  g_assert_false (dio_typist_type_finish (self->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpstr (self->qemu->log->str, ==, "");
}

static gpointer
run_authentication (gpointer data)
{
  return GINT_TO_POINTER (fake_qemu_authenticate (GPOINTER_TO_INT (data)));
}

/* A QEMU that answers nothing gets the first key and no other; who stops then need not wait. */
static void
test_stalled (void)
{
  g_autoptr (GAsyncResult) connected = NULL, result = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (DioKeyLayout) layout = dio_key_layout_new ("us", NULL);
  g_autofree char *text = g_strnfill (1024 * 1024, 'x');
  g_autoptr (GError) error = NULL;
  DioKeyboard *keyboard;
  Fixture progress = { 0 };
  GThread *thread;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  thread = g_thread_new ("server", run_authentication, GINT_TO_POINTER (fds[0]));
  dio_dbus_connect_peer_async (fds[1], NULL, on_result, &connected);
  wait_until (connected);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  connection = dio_dbus_connect_peer_finish (connected, &error);
  g_assert_no_error (error);

  keyboard = dio_keyboard_new (connection, NULL, PATH);
  dio_typist_type_async (keyboard, layout, text, DIO_TYPIST_LEAVE_OUT, AS_FAST_AS_IT_GOES, cancellable, on_progress,
                         &progress, on_result, &result);
  wait_until (progress.n_done == 1);
  test_run_for (200);
  g_assert_cmpuint (progress.n_done, ==, 1);
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  wait_until (result);
  g_assert_false (dio_typist_type_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (dio_keyboard_get_n_pressed (keyboard), ==, 0);
  g_clear_object (&result);
  g_object_unref (keyboard);
  close (fds[0]);
  wait_until (g_dbus_connection_is_closed (connection));
}

#define TEST(name) g_test_add ("/typist/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (texts);
  TEST (line_ends);
  TEST (marks);
  TEST (left_out);
  TEST (random);
  TEST (held);
  TEST (caps_lock);
  TEST (cancel);
  TEST (one_at_a_time);
  TEST (pace);
  TEST (death);
  TEST (suspended);
  TEST (suspended_death);
  TEST (not_text);
  g_test_add_func ("/typist/all_characters", test_all_characters);
  g_test_add_func ("/typist/stalled", test_stalled);
  return g_test_run ();
}
