/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* An input method without a screen, for tests: it tells over the socket that DIORAMA_TEST_INPUT_METHOD names what GTK
 * asks of it, a word a line, and carries out what it is told there: "commit TEXT" and "delete N". */

#include <gio/gunixsocketaddress.h>
#include <gtk/gtk.h>
#include <gtk/gtkimmodule.h>

typedef struct
{
  GtkIMContext parent_instance;

  GSocketConnection *connection;
  GDataInputStream *lines;
  GCancellable *cancellable;
} Method;

typedef struct
{
  GtkIMContextClass parent_class;
} MethodClass;

GType method_get_type (void);

G_DEFINE_DYNAMIC_TYPE (Method, method, GTK_TYPE_IM_CONTEXT)

static void
tell (GtkIMContext *context, const char *what)
{
  Method *self = (Method *) context;
  g_autofree char *line = g_strdup_printf ("%s\n", what);

  if (self->connection)
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)), line, strlen (line),
                               NULL, NULL, NULL);
}

static void
method_focus_in (GtkIMContext *context)
{
  tell (context, "focus-in");
}

static void
method_focus_out (GtkIMContext *context)
{
  tell (context, "focus-out");
}

static gboolean
method_activate_osk_with_event (GtkIMContext *context, GdkEvent *event)
{
  tell (context, "show");
  return TRUE;
}

/* Whoever asked it would lose keys to it. */
static gboolean
method_filter_keypress (GtkIMContext *context, GdkEvent *event)
{
  tell (context, "key");
  return TRUE;
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, NULL);
  Method *self = user_data;
  gboolean deleted;

  if (!line)
    return;
  if (g_str_has_prefix (line, "commit "))
    g_signal_emit_by_name (self, "commit", line + strlen ("commit "));
  else if (g_str_has_prefix (line, "delete "))
    {
      int n = atoi (line + strlen ("delete "));

      g_signal_emit_by_name (self, "delete-surrounding", -n, n, &deleted);
      tell (GTK_IM_CONTEXT (self), deleted ? "deleted" : "kept");
    }
  g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, self->cancellable, on_line, self);
}

static void
method_dispose (GObject *object)
{
  Method *self = (Method *) object;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->lines);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (method_parent_class)->dispose (object);
}

static void
method_class_init (MethodClass *klass)
{
  GtkIMContextClass *context_class = GTK_IM_CONTEXT_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = method_dispose;
  context_class->focus_in = method_focus_in;
  context_class->focus_out = method_focus_out;
  context_class->activate_osk_with_event = method_activate_osk_with_event;
  context_class->filter_keypress = method_filter_keypress;
}

static void
method_class_finalize (MethodClass *klass)
{
}

static void
method_init (Method *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (g_getenv ("DIORAMA_TEST_INPUT_METHOD"));

  self->cancellable = g_cancellable_new ();
  self->connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  if (!self->connection)
    return;
  self->lines = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)));
  g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, self->cancellable, on_line, self);
}

G_MODULE_EXPORT void
g_io_module_load (GIOModule *module)
{
  g_type_module_use (G_TYPE_MODULE (module));
  method_register_type (G_TYPE_MODULE (module));
  g_io_extension_point_implement (GTK_IM_MODULE_EXTENSION_POINT_NAME, method_get_type (), "diorama-test", 0);
}

G_MODULE_EXPORT void
g_io_module_unload (GIOModule *module)
{
}

G_MODULE_EXPORT char **
g_io_module_query (void)
{
  char *points[] = { (char *) GTK_IM_MODULE_EXTENSION_POINT_NAME, NULL };

  return g_strdupv (points);
}
