/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-private.h"

#include <glib/gi18n.h>

/* What takes less than this is not worth a sign that one waits. */
#define SPINNER_DELAY_MS 200
/* A guest that runs and can use another screen does so by then. */
#define IDLE_DELAY_S 4

const char *
dio_console_window_get_name (DioConsoleWindow *self)
{
  const char *title = dio_session_get_title (self->session);

  return title && *title ? title : _ ("Machine");
}

DioMachineState
dio_console_window_get_state (DioConsoleWindow *self)
{
  if (self->machine)
    return dio_machine_get_state (self->machine);
  return dio_session_get_connected (self->session) ? DIO_MACHINE_RUNNING : DIO_MACHINE_CRASHED;
}

gboolean
dio_console_window_is_alive (DioConsoleWindow *self)
{
  switch (dio_console_window_get_state (self))
    {
    case DIO_MACHINE_STARTING:
    case DIO_MACHINE_RUNNING:
    case DIO_MACHINE_PAUSED:
    case DIO_MACHINE_STOPPING:
      return TRUE;
    default:
      return FALSE;
    }
}

/* What somebody who types must know: a key means something else than the light on the keyboard says. */
static const char *
get_locks_text (DioConsoleWindow *self)
{
  static const struct
  {
    DioLocks lock;
    const char *on, *off;
  } texts[] = {
    { DIO_LOCK_CAPS, N_ ("Caps Lock is on in the machine"), N_ ("Caps Lock is off in the machine") },
    { DIO_LOCK_NUM, N_ ("Num Lock is on in the machine"), N_ ("Num Lock is off in the machine") },
    { DIO_LOCK_SCROLL, N_ ("Scroll Lock is on in the machine"), N_ ("Scroll Lock is off in the machine") },
  };
  DioHead *head = dio_console_view_get_head (self->view);
  DioLocks apart = head ? dio_console_view_get_locks_apart (self->view) : 0;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (apart & texts[i].lock)
      return dio_keyboard_get_locks (dio_head_get_keyboard (head)) & texts[i].lock ? _ (texts[i].on) : _ (texts[i].off);
  return "";
}

const char *
dio_console_window_get_state_text (DioConsoleWindow *self)
{
  switch (dio_console_window_get_state (self))
    {
    case DIO_MACHINE_STARTING:
      return _ ("Starting…");
    case DIO_MACHINE_PAUSED:
      return _ ("Paused");
    case DIO_MACHINE_STOPPING:
      return _ ("Shutting down…");
    case DIO_MACHINE_STOPPED:
      return _ ("Off");
    case DIO_MACHINE_FAILED:
      return _ ("Did not start");
    case DIO_MACHINE_CRASHED:
      return self->machine ? _ ("Ended unexpectedly") : _ ("Not connected");
    case DIO_MACHINE_RUNNING:
    default:
      return get_locks_text (self);
    }
}

/* --- what covers the picture --- */

static void
on_spinner_due (gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  self->spinner_id = 0;
  gtk_widget_set_visible (self->spinner, TRUE);
}

static void
on_idle_due (gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  g_autofree char *text = g_strdup_printf (_ ("%s does not use this screen yet"), dio_console_window_get_name (self));

  self->idle_id = 0;
  gtk_label_set_text (self->idle_text, text);
  gtk_widget_set_visible (GTK_WIDGET (self->idle_text), TRUE);
  dio_console_window_update_state (self);
}

/* Returns: whether it is still time for the guest to use this further screen. */
static gboolean
update_idle (DioConsoleWindow *self)
{
  gboolean unused = self->number > 0 && !self->screen_error && dio_session_get_connected (self->session) &&
                    !dio_console_view_get_has_picture (self->view);

  if (!unused)
    {
      g_clear_handle_id (&self->idle_id, g_source_remove);
      gtk_widget_set_visible (GTK_WIDGET (self->idle_text), FALSE);
    }
  else if (!self->idle_id && !gtk_widget_get_visible (GTK_WIDGET (self->idle_text)))
    self->idle_id = g_timeout_add_seconds_once (IDLE_DELAY_S, on_idle_due, self);
  return self->idle_id != 0;
}

static void
update_spinner (DioConsoleWindow *self)
{
  gboolean absent = !dio_session_get_connected (self->session) && !dio_session_get_error (self->session);
  gboolean waits = (update_idle (self) || absent) && dio_console_window_is_alive (self) &&
                   dio_console_window_get_state (self) != DIO_MACHINE_PAUSED;

  if (!waits)
    {
      g_clear_handle_id (&self->spinner_id, g_source_remove);
      gtk_widget_set_visible (self->spinner, FALSE);
    }
  else if (!self->spinner_id && !gtk_widget_get_visible (self->spinner))
    self->spinner_id = g_timeout_add_once (SPINNER_DELAY_MS, on_spinner_due, self);
}

static const char *
failure_text (DioConsoleWindow *self)
{
  const GError *failure = self->machine ? dio_machine_get_failure (self->machine) : NULL;

  if (failure)
    return failure->message;
  if (dio_session_get_error (self->session))
    return dio_session_get_error (self->session);
  return self->machine ? _ ("The program that ran it (QEMU) has ended. The log may tell why.")
                       : _ ("The program that runs it has ended, or ended the connection.");
}

static void
fill_card (DioConsoleWindow *self, DioMachineState state)
{
  g_autofree char *title = NULL;
  const char *text = failure_text (self);
  const char *icon = "dialog-warning-symbolic";

  switch (state)
    {
    case DIO_MACHINE_STOPPED:
      title = g_strdup_printf (_ ("%s Is Off"), dio_console_window_get_name (self));
      text = NULL;
      icon = "system-shutdown-symbolic";
      break;
    case DIO_MACHINE_FAILED:
      title = g_strdup_printf (_ ("%s Did Not Start"), dio_console_window_get_name (self));
      break;
    default:
      title = self->machine ? g_strdup_printf (_ ("%s Ended Unexpectedly"), dio_console_window_get_name (self))
                            : g_strdup_printf (_ ("%s Is Not Connected"), dio_console_window_get_name (self));
      break;
    }

  gtk_label_set_text (self->card_title, title);
  gtk_label_set_text (self->card_text, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->card_text), text != NULL);
  gtk_image_set_from_icon_name (self->card_icon, icon);
  gtk_button_set_label (GTK_BUTTON (self->card_again), self->machine ? _ ("Start _Again") : _ ("_Reconnect"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->card_again), self->machine ? "win.start" : "win.reconnect");
  gtk_widget_set_visible (self->card_log, self->machine && state != DIO_MACHINE_STOPPED);
}

static void
update_card (DioConsoleWindow *self)
{
  DioMachineState state = dio_console_window_get_state (self);
  /* What it waits for is asked in a dialog. */
  gboolean ended = self->number == 0 && !dio_console_window_is_alive (self) && !self->start.asking;

  if (ended)
    fill_card (self, state);
  if (self->ended == ended)
    return;

  self->ended = ended;
  gtk_widget_set_visible (self->card, ended);
  if (ended)
    {
      gtk_accessible_announce (GTK_ACCESSIBLE (self), gtk_label_get_text (self->card_title),
                               GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
      gtk_widget_grab_focus (self->card_again);
    }
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/* Which forgets a listener that is gone, as others do not. */
static gboolean
runs_our_qemu (DioConsoleWindow *self)
{
  DioEngine *engine = self->machine ? dio_machine_get_engine (self->machine) : NULL;

  return engine && g_str_equal (dio_engine_get_origin (engine), "embedded");
}

static void
update_resume_button (DioConsoleWindow *self, gboolean paused)
{
  if (gtk_widget_get_visible (self->resume_button) == paused)
    return;

  gtk_widget_set_visible (self->resume_button, paused);
  if (paused && gtk_widget_has_focus (GTK_WIDGET (self->view)))
    gtk_widget_grab_focus (self->resume_button);
}

static void
update_banner (DioConsoleWindow *self)
{
  const char *notice = self->machine ? dio_machine_get_notice (self->machine) : NULL;
  const char *remedy = NULL, *boot = dio_console_window_get_boot_notice (self, &remedy);
  gboolean unshowable = dio_console_view_get_unshowable (self->view);
  /* What concerns the whole machine is told once. */
  gboolean alive = (self->number == 0 || unshowable || self->screen_error) && dio_console_window_is_alive (self);

  if (boot)
    notice = boot;
  if (alive && dio_session_get_error (self->session))
    notice = dio_session_get_error (self->session);
  if (unshowable)
    notice = self->machine ? _ ("The graphics driver of this computer cannot show this machine’s picture. Shut it "
                                "down, and start it with “--graphics=2d”.")
                           : _ ("The graphics driver of this computer cannot show this machine’s picture. Start it "
                                "without 3D graphics.");
  if (self->screen_error)
    notice = self->screen_error;
  self->start.told = notice;
  if (notice && g_strcmp0 (notice, self->dismissed_notice) != 0)
    {
      adw_banner_set_title (self->banner, notice);
      if (self->screen_error)
        remedy = _ ("_Try Again");
      else if (notice != boot)
        remedy = NULL;
      adw_banner_set_button_label (self->banner, remedy ? remedy : _ ("_Dismiss"));
    }
  adw_banner_set_revealed (self->banner, alive && notice && g_strcmp0 (notice, self->dismissed_notice) != 0);
}

static void
on_screen_failed (DioConsoleWindow *self, guint number, const char *message)
{
  if (self->number != number)
    return;
  g_set_str (&self->screen_error, message);
  dio_console_window_update_state (self);
}

/* What tells the window from others. (transfer full) */
static char *
make_title (DioConsoleWindow *self)
{
  const char *name = dio_console_window_get_name (self);

  /* Translators: the title of the window of a further screen: the machine's name, the screen's number. */
  return self->number > 0 ? g_strdup_printf (_ ("%s — Screen %u"), name, self->number + 1) : g_strdup (name);
}

void
dio_console_window_update_state (DioConsoleWindow *self)
{
  DioMachineState state;
  gboolean alive;
  const char *text;
  g_autofree char *name = NULL;

  /* Its session has gone when it is destroyed, but somebody may still hold it. */
  if (!self->session)
    return;
  state = dio_console_window_get_state (self);
  alive = dio_console_window_is_alive (self);
  text = dio_console_window_get_state_text (self);
  name = make_title (self);
  if (state != DIO_MACHINE_STOPPING)
    g_clear_handle_id (&self->shut_down_id, g_source_remove);

  gtk_window_set_title (GTK_WINDOW (self), name);
  adw_window_title_set_title (self->title, name);
  adw_window_title_set_subtitle (self->title, text);
  dio_console_view_set_title (self->view, name);
  dio_console_view_set_state_text (self->view, *text ? text : _ ("Running"));

  dio_console_view_set_may_rest (self->view, runs_our_qemu (self));
  dio_console_view_set_dimmed (self->view, !alive || state == DIO_MACHINE_PAUSED || self->screen_error);
  dio_console_view_set_accept_input (self->view, dio_session_get_connected (self->session) &&
                                                     (state == DIO_MACHINE_RUNNING || state == DIO_MACHINE_STOPPING));
  /* What has no action to call cannot take the focus: the actions come first. */
  dio_console_window_update_actions (self);
  update_spinner (self);
  update_resume_button (self, state == DIO_MACHINE_PAUSED);
  update_card (self);
  update_banner (self);
  if (!alive)
    dio_console_window_finish_closing (self);
}

void
dio_console_window_setup_state (DioConsoleWindow *self)
{
  static const char *session_signals[] = { "notify::title", "notify::connected", "notify::error" };
  static const char *machine_signals[] = { "notify::state", "notify::notice", "notify::failure",
                                           "notify::guest-tools" };

  g_signal_connect_object (self->view, "notify::has-picture", G_CALLBACK (dio_console_window_update_state), self,
                           G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (session_signals); i++)
    g_signal_connect_object (self->session, session_signals[i], G_CALLBACK (dio_console_window_update_state), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "screen-failed", G_CALLBACK (on_screen_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::locks-apart", G_CALLBACK (dio_console_window_update_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::unshowable", G_CALLBACK (dio_console_window_update_state), self,
                           G_CONNECT_SWAPPED);
  for (guint i = 0; self->machine && i < G_N_ELEMENTS (machine_signals); i++)
    g_signal_connect_object (self->machine, machine_signals[i], G_CALLBACK (dio_console_window_update_state), self,
                             G_CONNECT_SWAPPED);
}
