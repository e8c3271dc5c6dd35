/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/library-heads.h"

#include "ui/machine-tile.h"

#include <glib/gi18n.h>

/* What is beside rows on either side; see the style of "machinetile.row". */
#define MARGIN 12
#define MAX_WIDTH (1200 + 2 * MARGIN)

typedef struct
{
  const char *sort;  /* as the setting says it */
  const char *title; /* translatable */
  int chars;         /* how wide it is; 0: it takes what is left, or as much as its title */
  float xalign;
} Column;

static const Column columns[] = {
  { "name", N_ ("Name"), 0, 0 },
  { "state", N_ ("State"), 0, 0 },
  { "system", N_ ("System"), DIO_COLUMN_SYSTEM, 0 },
  { "memory", N_ ("Memory"), DIO_COLUMN_MEMORY, 1 },
  { "size", N_ ("Disk Use"), DIO_COLUMN_SIZE, 1 },
  { "last-used", N_ ("Last Used"), DIO_COLUMN_LAST_USED, 1 },
};

#define N_IN_NAME 2 /* of them are one column: the state is told below the name */

struct _DioLibraryHeads
{
  AdwBin parent_instance;

  GSettings *settings;
  GtkWidget *buttons[G_N_ELEMENTS (columns)];
  GtkWidget *arrows[G_N_ELEMENTS (columns)];
};

G_DEFINE_FINAL_TYPE (DioLibraryHeads, dio_library_heads, ADW_TYPE_BIN)

static void
update (DioLibraryHeads *self)
{
  g_autofree char *sort = g_settings_get_string (self->settings, "library-sort");
  gboolean reversed = g_settings_get_boolean (self->settings, "library-sort-reversed");

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      gboolean sorted = g_str_equal (sort, columns[i].sort);

      gtk_image_set_from_icon_name (GTK_IMAGE (self->arrows[i]), reversed ? "pan-up-symbolic" : "pan-down-symbolic");
      gtk_widget_set_opacity (self->arrows[i], sorted ? 1 : 0);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->buttons[i]), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      !sorted    ? _ ("Sort by this")
                                      : reversed ? _ ("Sorted by this, the other way round")
                                                 : _ ("Sorted by this"),
                                      -1);
    }
}

static void
on_clicked (DioLibraryHeads *self, GtkWidget *button)
{
  g_autofree char *sort = g_settings_get_string (self->settings, "library-sort");
  gboolean reversed = g_settings_get_boolean (self->settings, "library-sort-reversed");

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      if (self->buttons[i] != button)
        continue;
      g_settings_set_boolean (self->settings, "library-sort-reversed",
                              g_str_equal (sort, columns[i].sort) && !reversed);
      g_settings_set_string (self->settings, "library-sort", columns[i].sort);
    }
}

/* The arrow is where the text is not, and takes no room of its own: the column is as wide as in the rows. */
static GtkWidget *
make_head (DioLibraryHeads *self, guint i)
{
  const Column *column = &columns[i];
  GtkWidget *label = gtk_label_new (_ (column->title)), *overlay = gtk_overlay_new ();
  GtkWidget *arrow = gtk_image_new (), *button = gtk_button_new ();

  gtk_label_set_xalign (GTK_LABEL (label), column->xalign);
  gtk_label_set_ellipsize (GTK_LABEL (label), column->chars ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  if (column->chars)
    {
      gtk_label_set_width_chars (GTK_LABEL (label), column->chars);
      gtk_label_set_max_width_chars (GTK_LABEL (label), column->chars);
    }
  else
    gtk_widget_set_margin_end (label, 20);
  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_set_halign (arrow, column->xalign > 0 ? GTK_ALIGN_START : GTK_ALIGN_END);
  gtk_widget_set_can_target (arrow, FALSE);
  gtk_accessible_update_state (GTK_ACCESSIBLE (arrow), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), label);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), arrow);
  gtk_button_set_child (GTK_BUTTON (button), overlay);
  gtk_widget_add_css_class (button, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (column->title), -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  self->buttons[i] = button;
  self->arrows[i] = arrow;
  return button;
}

static void
dio_library_heads_dispose (GObject *object)
{
  g_clear_object (&DIO_LIBRARY_HEADS (object)->settings);
  G_OBJECT_CLASS (dio_library_heads_parent_class)->dispose (object);
}

static void
dio_library_heads_class_init (DioLibraryHeadsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_library_heads_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "libraryheads");
}

static void
dio_library_heads_init (DioLibraryHeads *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, DIO_ROW_SPACING), *clamp = adw_clamp_new ();
  GtkWidget *names = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, DIO_ROW_SPACING);

  gtk_widget_set_hexpand (names, TRUE);
  gtk_widget_set_margin_start (names, DIO_ROW_PICTURE_WIDTH + DIO_ROW_SPACING);
  gtk_box_append (GTK_BOX (box), names);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    gtk_box_append (GTK_BOX (i < N_IN_NAME ? names : box), make_head (self, i));
  gtk_widget_set_margin_start (box, MARGIN);
  gtk_widget_set_margin_end (box, MARGIN);
  gtk_widget_add_css_class (box, "heads");
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), MAX_WIDTH);
  adw_clamp_set_tightening_threshold (ADW_CLAMP (clamp), MAX_WIDTH);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  adw_bin_set_child (ADW_BIN (self), clamp);
}

GtkWidget *
dio_library_heads_new (GSettings *settings)
{
  DioLibraryHeads *self = g_object_new (DIO_TYPE_LIBRARY_HEADS, NULL);

  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed::library-sort", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::library-sort-reversed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
