/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/machine-tile.h"

#include "ui/machine-mark.h"
#include "ui/still-paintable.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define ROW_PICTURE_HEIGHT 40 /* application pixels */

/* Made by code, not from a template: the start of Diorama is waiting for as many as there are in sight. What few of
 * them show is made when it is first shown. */
struct _DioMachineTile
{
  GtkWidget parent_instance;

  DioLibraryItem *item;
  GSignalGroup *item_signals;
  DioMachineMark *standin;
  guint position;
  gboolean row;
  gboolean seen;
  gboolean working;

  GtkWidget *button; /* all of it, but for what lies upon it: */
  GtkWidget *more;
  GtkWidget *check;    /* NULL until one selects */
  GtkWidget *progress; /* NULL until a job is at it */

  /* in the button */
  GtkPicture *picture;
  GtkLabel *name;
  GtkLabel *state;
  GtkWidget *dot;
  GtkImage *icon; /* NULL until there is something to mark */
  GtkBox *state_box;
  GtkLabel *os;     /* of a row */
  GtkLabel *memory; /* of a row */
  GtkLabel *size;   /* of a row */
  GtkLabel *used;   /* of a row */
};

enum
{
  CLICKED,
  MORE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioMachineTile, dio_machine_tile, GTK_TYPE_WIDGET)

/* --- what it shows --- */

static void
set_class (gpointer widget, const char *name, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static void
update_picture (DioMachineTile *self, DioLook look)
{
  GdkPaintable *picture = dio_library_item_get_picture (self->item);
  gboolean live = look == DIO_LOOK_RUNNING || look == DIO_LOOK_BUSY;
  gboolean comes = !picture && dio_library_item_get_picture_comes (self->item);
  const char *os = dio_library_item_get_os_name (self->item);
  g_autoptr (GdkPaintable) blank = NULL;

  if (comes)
    picture = blank = gdk_paintable_new_empty (DIO_TILE_PICTURE_WIDTH, DIO_TILE_PICTURE_HEIGHT);
  else if (!picture && !self->standin)
    self->standin =
        dio_machine_mark_new (GTK_WIDGET (self->state), os && *os ? os : dio_library_item_get_name (self->item));
  gtk_picture_set_paintable (self->picture, picture ? picture : GDK_PAINTABLE (self->standin));
  set_class (self->picture, "blank", comes);
  /* Grey costs something for each frame; the last picture of a machine that is off was made so when it was read. */
  set_class (self->picture, "asleep", dio_library_item_get_window (self->item) && !live);
  set_class (self->picture, "off", !dio_library_item_get_window (self->item) && (picture || look != DIO_LOOK_OFF));
}

static const char *
icon_of (DioLook look)
{
  switch (look)
    {
    case DIO_LOOK_PAUSED:
      return "media-playback-pause-symbolic";
    case DIO_LOOK_FAILED:
    case DIO_LOOK_DAMAGED:
      return "dialog-warning-symbolic";
    case DIO_LOOK_IN_USE:
      return "changes-prevent-symbolic";
    case DIO_LOOK_OFFLINE:
      return "drive-harddisk-symbolic";
    default:
      return NULL;
    }
}

static void
update_marks (DioMachineTile *self, DioLook look)
{
  const char *name = icon_of (look);

  gtk_widget_set_visible (self->dot, look == DIO_LOOK_RUNNING);
  if (name && !self->icon)
    {
      self->icon = GTK_IMAGE (gtk_image_new ());
      gtk_accessible_update_state (GTK_ACCESSIBLE (self->icon), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
      gtk_box_insert_child_after (self->state_box, GTK_WIDGET (self->icon), self->dot);
    }
  if (!self->icon)
    return;
  gtk_image_set_from_icon_name (self->icon, name);
  gtk_widget_set_visible (GTK_WIDGET (self->icon), name != NULL);
  set_class (self->icon, "warning", look == DIO_LOOK_FAILED || look == DIO_LOOK_DAMAGED);
}

static void
update_progress (DioMachineTile *self, DioLook look)
{
  DioJob *job = look == DIO_LOOK_WORKING ? dio_library_item_get_job (self->item) : NULL;
  gboolean working = job != NULL;
  double progress = job ? dio_job_get_progress (job) : 0;

  if (working && !self->progress)
    {
      self->progress = gtk_progress_bar_new ();
      gtk_widget_set_can_target (self->progress, FALSE);
      gtk_widget_add_css_class (self->progress, "osd");
      gtk_widget_insert_after (self->progress, GTK_WIDGET (self), self->button);
    }
  if (self->progress)
    gtk_widget_set_visible (self->progress, working);
  if (working && progress < 0)
    gtk_progress_bar_pulse (GTK_PROGRESS_BAR (self->progress));
  else if (working)
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), progress);
  if (self->working == working)
    return;
  self->working = working;
  gtk_button_set_icon_name (GTK_BUTTON (self->more), working ? "process-stop-symbolic" : "view-more-symbolic");
}

static void
update_row (DioMachineTile *self)
{
  const char *os = dio_library_item_get_os_name (self->item);
  guint64 memory = dio_library_item_get_memory (self->item);
  gint64 size = dio_library_item_get_disk_use (self->item);
  g_autofree char *memory_text = memory > 0 ? g_format_size_full (memory << 20, G_FORMAT_SIZE_IEC_UNITS) : NULL;
  g_autofree char *size_text = size >= 0 ? g_format_size ((guint64) size) : NULL;
  g_autofree char *used_text = dio_library_item_dup_used_text (self->item);

  gtk_label_set_text (self->os, os ? os : "");
  gtk_label_set_text (self->memory, memory_text ? memory_text : "");
  gtk_label_set_text (self->size, size_text ? size_text : "");
  gtk_label_set_text (self->used, used_text);
}

static void
update_names (DioMachineTile *self, const char *name, const char *state)
{
  g_autofree char *more = g_strdup_printf (self->working ? _ ("Cancel “%s”") : _ ("Menu of “%s”"), name);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, state, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->more), GTK_ACCESSIBLE_PROPERTY_LABEL, more, -1);
}

static void
update (DioMachineTile *self)
{
  DioLook look = dio_library_item_get_look (self->item);
  const char *name = dio_library_item_get_name (self->item);
  gboolean columns = self->row && gtk_widget_get_visible (GTK_WIDGET (self->used));
  g_autofree char *state = dio_library_item_dup_state_text (self->item, !columns);

  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->state, state);
  update_picture (self, look);
  update_marks (self, look);
  update_progress (self, look);
  if (self->row)
    update_row (self);
  update_names (self, name, state);
}

static void
on_item_changed (DioMachineTile *self)
{
  g_clear_object (&self->standin);
  update (self);
}

/* --- what others tell it --- */

DioLibraryItem *
dio_machine_tile_get_item (DioMachineTile *self)
{
  g_return_val_if_fail (DIO_IS_MACHINE_TILE (self), NULL);

  return self->item;
}

void
dio_machine_tile_set_item (DioMachineTile *self, DioLibraryItem *item)
{
  g_return_if_fail (DIO_IS_MACHINE_TILE (self));

  if (self->item == item)
    return;
  if (self->item)
    dio_library_item_set_watched (self->item, FALSE);
  g_clear_object (&self->standin);
  g_set_object (&self->item, item);
  g_signal_group_set_target (self->item_signals, item);
  if (!item)
    {
      gtk_picture_set_paintable (self->picture, NULL);
      return;
    }
  dio_library_item_set_watched (item, self->seen);
  if (self->row)
    dio_library_item_ask_details (item);
  update (self);
}

guint
dio_machine_tile_get_position (DioMachineTile *self)
{
  return self->position;
}

void
dio_machine_tile_set_position (DioMachineTile *self, guint position, guint n)
{
  self->position = position;
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_RELATION_POS_IN_SET, (int) position + 1,
                                  GTK_ACCESSIBLE_RELATION_SET_SIZE, (int) n, -1);
}

void
dio_machine_tile_set_selected (DioMachineTile *self, gboolean selecting, gboolean selected)
{
  if (selecting && !self->check)
    {
      self->check = gtk_image_new_from_icon_name ("object-select-symbolic");
      gtk_widget_add_css_class (self->check, "check");
      gtk_widget_set_can_target (self->check, FALSE);
      gtk_widget_insert_before (self->check, GTK_WIDGET (self), NULL);
    }
  if (self->check)
    gtk_widget_set_visible (self->check, selecting);
  gtk_widget_set_visible (self->more, !selecting);
  set_class (self, "selected", selecting && selected);
  if (selecting)
    gtk_accessible_update_state (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_STATE_SELECTED, selected, -1);
  else
    gtk_accessible_reset_state (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_STATE_SELECTED);
}

void
dio_machine_tile_set_seen (DioMachineTile *self, gboolean seen)
{
  if (self->seen == seen)
    return;
  self->seen = seen;
  if (!self->item)
    return;
  dio_library_item_set_watched (self->item, seen);
  update_picture (self, dio_library_item_get_look (self->item));
}

void
dio_machine_tile_set_narrow (DioMachineTile *self, gboolean narrow)
{
  if (!self->row || gtk_widget_get_visible (GTK_WIDGET (self->os)) == !narrow)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->os), !narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->memory), !narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->size), !narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->used), !narrow);
  if (self->item)
    update (self);
}

GtkWidget *
dio_machine_tile_get_label (DioMachineTile *self)
{
  return GTK_WIDGET (self->name);
}

GtkWidget *
dio_machine_tile_get_menu_anchor (DioMachineTile *self)
{
  return self->more;
}

/* --- where its parts lie --- */

static void
measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
         int *natural_baseline)
{
  gtk_widget_measure (DIO_MACHINE_TILE (widget)->button, orientation, for_size, minimum, natural, NULL, NULL);
}

/* First the machine, then its menu, wherever that lies. */
static gboolean
focus (GtkWidget *widget, GtkDirectionType direction)
{
  DioMachineTile *self = DIO_MACHINE_TILE (widget);
  GtkWidget *child = gtk_widget_get_focus_child (widget);

  if (direction == GTK_DIR_TAB_FORWARD && child == self->button)
    return gtk_widget_grab_focus (self->more);
  if ((direction == GTK_DIR_TAB_BACKWARD && child == self->more) || !child)
    return gtk_widget_grab_focus (self->button);
  return FALSE;
}

static gboolean
grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (DIO_MACHINE_TILE (widget)->button);
}

/* One of the corners of AREA, INSET from its sides; START: where reading starts. */
static void
allocate_in_corner (GtkWidget *self, GtkWidget *child, const GdkRectangle *area, int inset, gboolean start)
{
  gboolean rtl = gtk_widget_get_direction (self) == GTK_TEXT_DIR_RTL;
  GtkRequisition size;
  GdkRectangle place;

  gtk_widget_get_preferred_size (child, &size, NULL);
  place.width = size.width;
  place.height = size.height;
  place.x = start != rtl ? area->x + inset : area->x + area->width - inset - size.width;
  place.y = area->y + inset;
  gtk_widget_size_allocate (child, &place, -1);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  DioMachineTile *self = DIO_MACHINE_TILE (widget);
  GdkRectangle area = { 0, 0, width, height };
  graphene_rect_t bounds;
  int minimum;

  /* Letters of another script may be higher than those that all tiles were measured with. */
  gtk_widget_measure (self->button, GTK_ORIENTATION_VERTICAL, width, &minimum, NULL, NULL, NULL);
  gtk_widget_size_allocate (self->button, &(GdkRectangle) { 0, 0, width, MAX (minimum, height) }, -1);
  if (self->row)
    {
      int inset;

      gtk_widget_measure (self->more, GTK_ORIENTATION_VERTICAL, -1, &minimum, NULL, NULL, NULL);
      inset = MAX (0, (height - minimum) / 2);
      allocate_in_corner (widget, self->more, &area, inset, FALSE);
    }
  if (gtk_widget_compute_bounds (GTK_WIDGET (self->picture), widget, &bounds))
    area = (GdkRectangle) { (int) bounds.origin.x, (int) bounds.origin.y, (int) bounds.size.width,
                            (int) bounds.size.height };
  if (!self->row)
    allocate_in_corner (widget, self->more, &area, 0, FALSE);
  if (self->check && gtk_widget_get_visible (self->check))
    allocate_in_corner (widget, self->check, &area, self->row ? 3 : 6, TRUE);
  if (self->progress && gtk_widget_get_visible (self->progress))
    {
      gtk_widget_measure (self->progress, GTK_ORIENTATION_VERTICAL, -1, &minimum, NULL, NULL, NULL);
      gtk_widget_size_allocate (self->progress,
                                &(GdkRectangle) { area.x, area.y + area.height - minimum, area.width, minimum }, -1);
    }
}

/* --- making it --- */

static GtkLabel *
new_label (const char *css_class, PangoEllipsizeMode ellipsize)
{
  GtkLabel *label = GTK_LABEL (gtk_label_new (NULL));

  gtk_label_set_ellipsize (label, ellipsize);
  if (css_class)
    gtk_widget_add_css_class (GTK_WIDGET (label), css_class);
  return label;
}

static void
make_labels (DioMachineTile *self)
{
  self->name = new_label ("heading", PANGO_ELLIPSIZE_MIDDLE);
  self->state = new_label ("caption", PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (GTK_WIDGET (self->state), "dimmed");
  self->dot = g_object_new (GTK_TYPE_BOX, "valign", GTK_ALIGN_CENTER, "visible", FALSE, "accessible-role",
                            GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  gtk_widget_add_css_class (self->dot, "mark");
  self->state_box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6));
  gtk_box_append (self->state_box, self->dot);
  gtk_box_append (self->state_box, GTK_WIDGET (self->state));
}

static GtkWidget *
make_grid_content (DioMachineTile *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);

  gtk_widget_set_margin_top (GTK_WIDGET (self->name), 4);
  gtk_label_set_wrap (self->state, TRUE);
  gtk_label_set_lines (self->state, 2);
  gtk_label_set_justify (self->state, GTK_JUSTIFY_CENTER);
  gtk_widget_set_halign (GTK_WIDGET (self->state_box), GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->picture));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->name));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->state_box));
  return box;
}

static GtkLabel *
append_column (GtkWidget *box, int chars, float xalign)
{
  GtkLabel *label = new_label ("dimmed", PANGO_ELLIPSIZE_END);

  gtk_label_set_width_chars (label, chars);
  gtk_label_set_max_width_chars (label, chars);
  gtk_label_set_xalign (label, xalign);
  gtk_widget_add_css_class (GTK_WIDGET (label), "numeric");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (label));
  return label;
}

static GtkWidget *
make_row_content (DioMachineTile *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, DIO_ROW_SPACING);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *clamp = adw_clamp_new ();

  gtk_widget_set_size_request (GTK_WIDGET (self->picture), DIO_ROW_PICTURE_WIDTH, ROW_PICTURE_HEIGHT);
  gtk_widget_set_valign (clamp, GTK_ALIGN_CENTER);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), DIO_ROW_PICTURE_WIDTH);
  adw_clamp_set_child (ADW_CLAMP (clamp), GTK_WIDGET (self->picture));
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_label_set_xalign (self->name, 0);
  gtk_box_append (GTK_BOX (texts), GTK_WIDGET (self->name));
  gtk_box_append (GTK_BOX (texts), GTK_WIDGET (self->state_box));
  gtk_box_append (GTK_BOX (box), clamp);
  gtk_box_append (GTK_BOX (box), texts);
  self->os = append_column (box, DIO_COLUMN_SYSTEM, 0);
  self->memory = append_column (box, DIO_COLUMN_MEMORY, 1);
  self->size = append_column (box, DIO_COLUMN_SIZE, 1);
  self->used = append_column (box, DIO_COLUMN_LAST_USED, 1);
  return box;
}

static void
on_clicked (DioMachineTile *self)
{
  g_signal_emit (self, signals[CLICKED], 0);
}

static void
on_more (DioMachineTile *self)
{
  g_signal_emit (self, signals[MORE], 0);
}

static void
dio_machine_tile_dispose (GObject *object)
{
  DioMachineTile *self = DIO_MACHINE_TILE (object);

  if (self->item)
    dio_library_item_set_watched (self->item, FALSE);
  g_clear_object (&self->item_signals);
  g_clear_object (&self->standin);
  g_clear_object (&self->item);
  g_clear_pointer (&self->progress, gtk_widget_unparent);
  g_clear_pointer (&self->check, gtk_widget_unparent);
  g_clear_pointer (&self->more, gtk_widget_unparent);
  g_clear_pointer (&self->button, gtk_widget_unparent);
  G_OBJECT_CLASS (dio_machine_tile_parent_class)->dispose (object);
}

static void
dio_machine_tile_class_init (DioMachineTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_machine_tile_dispose;
  widget_class->focus = focus;
  widget_class->grab_focus = grab_focus;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  signals[CLICKED] =
      g_signal_new ("clicked", DIO_TYPE_MACHINE_TILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[MORE] = g_signal_new ("more", DIO_TYPE_MACHINE_TILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "machinetile");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LIST_ITEM);
}

static void
dio_machine_tile_init (DioMachineTile *self)
{
  self->item_signals = g_signal_group_new (DIO_TYPE_LIBRARY_ITEM);
  g_signal_group_connect_swapped (self->item_signals, "changed", G_CALLBACK (update), self);
  g_signal_group_connect_swapped (self->item_signals, "keys-changed", G_CALLBACK (on_item_changed), self);
}

DioMachineTile *
dio_machine_tile_new (gboolean row)
{
  DioMachineTile *self = g_object_new (DIO_TYPE_MACHINE_TILE, NULL);

  self->row = row;
  self->picture = GTK_PICTURE (g_object_new (GTK_TYPE_PICTURE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                             "overflow", GTK_OVERFLOW_HIDDEN, NULL));
  make_labels (self);
  self->button = gtk_button_new ();
  gtk_widget_add_css_class (self->button, "flat");
  gtk_button_set_child (GTK_BUTTON (self->button), row ? make_row_content (self) : make_grid_content (self));
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
  self->more = gtk_button_new_from_icon_name ("view-more-symbolic");
  gtk_widget_add_css_class (self->more, "flat");
  gtk_widget_add_css_class (self->more, "more");
  gtk_widget_set_parent (self->more, GTK_WIDGET (self));
  if (row)
    gtk_widget_add_css_class (GTK_WIDGET (self), "row");
  else
    gtk_widget_add_css_class (self->more, "on-picture");
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->more, "clicked", G_CALLBACK (on_more), self, G_CONNECT_SWAPPED);
  return self;
}

DioMachineTile *
dio_machine_tile_new_sample (gboolean row)
{
  DioMachineTile *self = dio_machine_tile_new (row);

  gtk_label_set_text (self->name, "X");
  /* Of two lines. */
  gtk_label_set_text (self->state, row ? "X" : "XXXX XXXX XXXX XXXX XXXX XXXX XXXX XXXX XXXX XXXX XXXX XXXX XXXX XXXX");
  self->standin = dio_machine_mark_new (GTK_WIDGET (self->state), "X");
  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (self->standin));
  return self;
}
