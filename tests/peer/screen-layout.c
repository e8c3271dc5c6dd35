/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a guest's agent is told of its screens. */
#include "fake-agent.h"
#include "fake-qemu.h"

#include "session/screen-layout.h"

#include <string.h>

typedef struct
{
  FakeQemu *qemu;
  GPtrArray *heads; /* screens 0 and 2: of 1 there is none now */
  DioScreenLayout *layout;
  FakeAgent *guest;
  DioAgent *agent;
  guint n_unheeded;
} Fixture;

static void
on_unheeded (Fixture *self)
{
  self->n_unheeded++;
}

static DioHead *
open_head (Fixture *self, guint console_number, guint number, DioTouchSlots *slots)
{
  g_autofree char *path = g_strdup_printf ("/org/qemu/Display1/Console_%u", console_number);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioConsole) console = fake_qemu_open_console (self->qemu, console_number, &error);
  g_autoptr (DioKeyboard) keyboard = dio_keyboard_new (self->qemu->client, NULL, path);
  g_autoptr (DioMouse) mouse = dio_mouse_new (self->qemu->client, NULL, path, NULL);
  g_autoptr (DioTouch) touch = dio_touch_new (self->qemu->client, NULL, path, NULL, slots);

  g_assert_no_error (error);
  g_signal_connect_swapped (console, "unheeded", G_CALLBACK (on_unheeded), self);
  return dio_head_new (number, console, keyboard, mouse, touch);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (DioTouchSlots) slots = dio_touch_slots_new ();
  int fd;

  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  self->heads = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->heads, open_head (self, 0, 0, slots));
  g_ptr_array_add (self->heads, open_head (self, 1, 2, slots));
  self->layout = dio_screen_layout_new ();
  dio_screen_layout_set (self->layout, NULL, self->heads);
  self->guest = fake_agent_new (&fd);
  self->agent = dio_agent_new (fd);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->layout);
  for (guint i = 0; i < self->heads->len; i++)
    {
      DioConsole *console = dio_head_get_console (g_ptr_array_index (self->heads, i));

      g_signal_handlers_disconnect_by_data (console, self);
      dio_console_close (console);
    }
  g_ptr_array_unref (self->heads);
  dio_agent_close (self->agent);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_finalize_object (self->agent);
  fake_agent_free (self->guest);
  fake_qemu_free (self->qemu);
}

static DioConsole *
get_console (Fixture *self, guint i)
{
  return dio_head_get_console (g_ptr_array_index (self->heads, i));
}

static void
wait_for (Fixture *self, const char *needle)
{
  wait_until (strstr (self->guest->log->str, needle) != NULL);
  g_string_set_size (self->guest->log, 0);
}

/* All screens, as soon as one does not follow; an agent that comes later, too; nothing to one whose guest follows. */
static void
test_unheeded (Fixture *self, gconstpointer data)
{
  fake_agent_start (self->guest, FAKE_AGENT_LINUX);
  dio_screen_layout_set_agent (self->layout, self->agent);
  wait_for (self, "announce");
  g_object_set (self->qemu->consoles[1].console, "width", 800, "height", 600, NULL);
  dio_console_set_ui_info (get_console (self, 0), 1000, 700, 0, 0);
  dio_console_set_ui_info (get_console (self, 1), 800, 600, 0, 0);
  wait_for (self, "monitors 3: 1000x700+0+0 0x0+0+0 800x600+1000+0\n");
  g_assert_cmpuint (self->n_unheeded, ==, 1);

  /* The program in the guest is another one now. */
  dio_screen_layout_set_agent (self->layout, NULL);
  dio_screen_layout_set_agent (self->layout, self->agent);
  wait_for (self, "monitors 3: 1000x700+0+0 ");
  g_object_set (self->qemu->consoles[0].console, "width", 1000, "height", 700, NULL);
  wait_until (!dio_console_is_unheeded (get_console (self, 0)));
  dio_screen_layout_set_agent (self->layout, NULL);
  dio_screen_layout_set_agent (self->layout, self->agent);
  fake_agent_start (self->guest, FAKE_AGENT_LINUX);
  wait_for (self, "max -1\n");

  /* A screen that is taken away. */
  dio_console_set_ui_info (get_console (self, 1), 0, 0, 0, 0);
  dio_console_set_ui_info (get_console (self, 0), 1010, 700, 0, 0);
  wait_for (self, "monitors 3: 1010x700+0+0 0x0+0+0 0x0+1010+0\n");
  /* What is a session no more is not told. */
  dio_screen_layout_set_agent (self->layout, NULL);
  dio_console_set_ui_info (get_console (self, 0), 1020, 700, 0, 0);
  wait_until (self->n_unheeded == 3);
  test_run_for (20);
  g_assert_null (strstr (self->guest->log->str, "monitors"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/screen-layout/unheeded", Fixture, NULL, set_up, test_unheeded, tear_down);
  return g_test_run ();
}
