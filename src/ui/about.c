/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/about.h"

#include "vm/engine.h"

#include <glib/gi18n.h>

/* Where a QEMU came from, as dio_engine_get_origin() names it. */
static const char *
describe_origin (const char *origin)
{
  if (g_str_equal (origin, "embedded"))
    return _ ("embedded");
  if (g_str_equal (origin, "environment"))
    return _ ("from DIORAMA_QEMU");
  return _ ("of the system");
}

static char *
troubleshooting_text (DioEngine *engine, const GError *error)
{
  GString *text = g_string_new (NULL);
  GdkDisplay *display = gdk_display_get_default ();
  g_autofree char *os = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  GListModel *monitors = gdk_display_get_monitors (display);

  g_string_append_printf (text, "Diorama %s (%s)\n", DIO_VERSION, DIO_APPLICATION_ID);
  if (engine)
    {
      g_string_append_printf (text, "QEMU %s (%s)\n%s\n", dio_engine_get_version (engine),
                              dio_engine_get_origin (engine), dio_engine_get_binary (engine));
      if (dio_engine_get_manifest (engine))
        g_string_append_printf (text, "\n%s\n", dio_engine_get_manifest (engine));
    }
  else
    g_string_append_printf (text, "QEMU: %s\n", error->message);

  g_string_append_printf (text, "\nGTK %u.%u.%u, libadwaita %u.%u.%u, GLib %u.%u.%u\n%s, %s\n",
                          gtk_get_major_version (), gtk_get_minor_version (), gtk_get_micro_version (),
                          adw_get_major_version (), adw_get_minor_version (), adw_get_micro_version (),
                          glib_major_version, glib_minor_version, glib_micro_version, os ? os : "?",
                          G_OBJECT_TYPE_NAME (display));
  for (guint i = 0; i < g_list_model_get_n_items (monitors); i++)
    {
      g_autoptr (GdkMonitor) monitor = g_list_model_get_item (monitors, i);
      GdkRectangle geometry;

      gdk_monitor_get_geometry (monitor, &geometry);
      g_string_append_printf (text, "Monitor %u: %d×%d at scale %g, %d×%d mm\n", i + 1, geometry.width, geometry.height,
                              gdk_monitor_get_scale (monitor), gdk_monitor_get_width_mm (monitor),
                              gdk_monitor_get_height_mm (monitor));
    }
  return g_string_free (text, FALSE);
}

static void
add_engine (AdwAboutDialog *dialog, DioEngine *engine)
{
  const char *manifest = dio_engine_get_manifest (engine);
  g_autofree char *escaped = manifest ? g_markup_escape_text (manifest, -1) : NULL;
  /* Translators: the emulator, its version, and where it came from, as in "QEMU 10.0.13 (embedded)". */
  g_autofree char *title = g_strdup_printf (_ ("QEMU %s (%s)"), dio_engine_get_version (engine),
                                            describe_origin (dio_engine_get_origin (engine)));
  g_autofree char *comments = g_strdup_printf (_ ("Virtual machines on your screen.\n\nRuns on %s."), title);

  adw_about_dialog_set_comments (dialog, comments);
  adw_about_dialog_add_legal_section (dialog, title, _ ("© the QEMU project and its contributors"), GTK_LICENSE_GPL_2_0,
                                      escaped);
}

static void
on_probed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AdwAboutDialog) dialog = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioEngine) engine = dio_engine_probe_finish (result, &error);
  g_autofree char *text = troubleshooting_text (engine, error);

  adw_about_dialog_set_debug_info (dialog, text);
  if (engine)
    add_engine (dialog, engine);
}

void
dio_about_present (GtkWindow *parent)
{
  static const char *developers[] = { "The Diorama authors", NULL };
  AdwDialog *dialog = adw_about_dialog_new ();

  g_object_set (dialog, "application-name", _ ("Diorama"), "application-icon", DIO_APPLICATION_ID, "version",
                DIO_VERSION, "developer-name", _ ("The Diorama authors"), "developers", developers, "license-type",
                GTK_LICENSE_GPL_3_0, "copyright", _ ("© The Diorama authors"), "comments",
                _ ("Virtual machines on your screen."), "debug-info-filename", "diorama.txt",
                /* Translators: put your names here, one a line. */
                "translator-credits", _ ("translator-credits"), NULL);
  adw_dialog_present (dialog, GTK_WIDGET (parent));
  dio_engine_probe_async ("x86_64", NULL, on_probed, g_object_ref (dialog));
}
