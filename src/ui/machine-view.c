/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/machine-view-private.h"

#define MIN_TILE_WIDTH 210 /* application pixels that are wide enough for a tile */
/* Kept for the next ones that come in sight. */
#define MAX_SPARE 12
/* Rows of grey tiles. */
#define N_SKELETON_ROWS 3

enum
{
  PROP_0,
  PROP_LIST,
  PROP_SELECTING,
  PROP_SKELETON,
  PROP_COLUMNS,
  PROP_HADJUSTMENT,
  PROP_VADJUSTMENT,
  PROP_HSCROLL_POLICY,
  PROP_VSCROLL_POLICY,
  N_PROPS = PROP_HADJUSTMENT
};

enum
{
  ACTIVATE,
  MENU,
  MOVE,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE (DioMachineView, dio_machine_view, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

/* --- tiles --- */

static void
on_tile_clicked (DioMachineView *self, DioMachineTile *tile)
{
  self->current = dio_machine_tile_get_position (tile);
  if (self->selecting)
    dio_machine_view_toggle (self, self->current);
  else
    g_signal_emit (self, signals[ACTIVATE], 0, dio_machine_tile_get_item (tile));
}

static void
on_tile_more (DioMachineView *self, DioMachineTile *tile)
{
  dio_machine_view_open_menu (self, tile, -1, -1);
}

void
dio_machine_view_open_menu (DioMachineView *self, DioMachineTile *tile, double x, double y)
{
  self->current = dio_machine_tile_get_position (tile);
  g_signal_emit (self, signals[MENU], 0, dio_machine_tile_get_item (tile), tile, x, y);
}

void
dio_machine_view_move_item (DioMachineView *self, DioLibraryItem *item, DioLibraryItem *onto, const char *group)
{
  g_signal_emit (self, signals[MOVE], 0, item, onto, group);
}

static gboolean
is_seen (DioMachineView *self)
{
  return self->root && !gtk_window_is_suspended (self->root);
}

static DioMachineTile *
make_tile (DioMachineView *self)
{
  DioMachineTile *tile = dio_machine_tile_new (self->list);

  dio_machine_tile_set_seen (tile, is_seen (self));
  gtk_widget_set_parent (GTK_WIDGET (tile), GTK_WIDGET (self));
  g_signal_connect_object (tile, "clicked", G_CALLBACK (on_tile_clicked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (tile, "more", G_CALLBACK (on_tile_more), self, G_CONNECT_SWAPPED);
  return tile;
}

static void
make_sample (DioMachineView *self)
{
  self->sample = GTK_WIDGET (dio_machine_tile_new_sample (self->list));
  gtk_widget_set_parent (self->sample, GTK_WIDGET (self));
  gtk_widget_set_child_visible (self->sample, FALSE);
}

/* What is made while places are given out gets its style in the next frame, and all is laid out a second time then. So
 * the first tiles are made as soon as there is something to show. */
static void
prepare_tiles (DioMachineView *self)
{
  if (!self->sample && self->items->len > 0)
    make_sample (self);
  while (self->tiles->len + self->spare->len < MIN (self->items->len, MAX_SPARE))
    {
      DioMachineTile *tile = make_tile (self);

      gtk_widget_set_child_visible (GTK_WIDGET (tile), FALSE);
      g_ptr_array_add (self->spare, tile);
    }
}

static DioMachineTile *
take_tile (DioMachineView *self)
{
  DioMachineTile *tile;

  if (self->spare->len == 0)
    return make_tile (self);
  tile = g_ptr_array_steal_index (self->spare, self->spare->len - 1);
  dio_machine_tile_set_seen (tile, is_seen (self));
  gtk_widget_set_child_visible (GTK_WIDGET (tile), TRUE);
  return tile;
}

static void
drop_tile (DioMachineView *self, DioMachineTile *tile)
{
  dio_machine_tile_set_item (tile, NULL);
  if (self->spare->len < MAX_SPARE)
    {
      gtk_widget_set_child_visible (GTK_WIDGET (tile), FALSE);
      g_ptr_array_add (self->spare, tile);
    }
  else
    gtk_widget_unparent (GTK_WIDGET (tile));
}

static void
clear_heading (gpointer data)
{
  gtk_widget_unparent (((DioHeading *) data)->label);
}

static void
drop_all (DioMachineView *self)
{
  for (guint i = 0; i < self->tiles->len; i++)
    gtk_widget_unparent (self->tiles->pdata[i]);
  for (guint i = 0; i < self->spare->len; i++)
    gtk_widget_unparent (self->spare->pdata[i]);
  g_ptr_array_set_size (self->tiles, 0);
  g_ptr_array_set_size (self->spare, 0);
  g_array_set_size (self->headings, 0);
}

DioMachineTile *
dio_machine_view_get_tile (DioMachineView *self, DioLibraryItem *item)
{
  for (guint i = 0; item && i < self->tiles->len; i++)
    if (dio_machine_tile_get_item (self->tiles->pdata[i]) == item)
      return self->tiles->pdata[i];
  return NULL;
}

static void
update_tile (DioMachineView *self, DioMachineTile *tile, guint position)
{
  dio_machine_tile_set_position (tile, position, self->items->len);
  dio_machine_tile_set_selected (tile, self->selecting, gtk_selection_model_is_selected (self->model, position));
  dio_machine_tile_set_narrow (tile, !self->columns);
  dio_machine_tile_set_seen (tile, is_seen (self));
}

/* --- what is in sight --- */

typedef struct
{
  int top, bottom;
  guint focused; /* position of the tile with the focus, or G_MAXUINT */
} Sight;

static guint
find_focused (DioMachineView *self)
{
  GtkWidget *child = gtk_widget_get_focus_child (GTK_WIDGET (self));
  guint position;

  if (!DIO_IS_MACHINE_TILE (child) ||
      !g_ptr_array_find (self->items, dio_machine_tile_get_item (DIO_MACHINE_TILE (child)), &position))
    return G_MAXUINT;
  return position;
}

/* The positions in sight, in order, and that of the focus, which must not get lost. (transfer full) */
static GArray *
list_wanted (DioMachineView *self, const Sight *sight)
{
  GArray *wanted = g_array_new (FALSE, FALSE, sizeof (guint));
  gboolean focus_done = sight->focused == G_MAXUINT;

  for (guint i = 0; i < self->layout.sections->len; i++)
    {
      const DioSection *section = &g_array_index (self->layout.sections, DioSection, i);
      guint first, end;

      dio_machine_layout_get_range (&self->layout, section, sight->top, sight->bottom, &first, &end);
      for (guint position = section->first; position < section->end; position++)
        {
          if (position != sight->focused && (position < first || position >= end))
            {
              /* On to the next that can be wanted. */
              if (position < first && (focus_done || sight->focused > first))
                position = first - 1;
              else if (position >= end && (focus_done || sight->focused >= section->end))
                break;
              continue;
            }
          focus_done = focus_done || position == sight->focused;
          g_array_append_val (wanted, position);
        }
    }
  return wanted;
}

static void
place_heading (DioMachineView *self, guint index, const DioSection *section)
{
  DioHeading *heading;

  if (index == self->headings->len)
    {
      DioHeading made = { .label = g_object_new (GTK_TYPE_LABEL, "xalign", .0, "yalign", 1.0, "ellipsize",
                                                 PANGO_ELLIPSIZE_END, "accessible-role", GTK_ACCESSIBLE_ROLE_HEADING,
                                                 NULL) };

      gtk_widget_add_css_class (made.label, "title-4");
      gtk_widget_set_parent (made.label, GTK_WIDGET (self));
      g_array_append_val (self->headings, made);
    }
  heading = &g_array_index (self->headings, DioHeading, index);
  gtk_label_set_text (GTK_LABEL (heading->label), section->heading);
  heading->y = section->y;
}

static void
sync_headings (DioMachineView *self, const Sight *sight)
{
  guint n = 0;

  for (guint i = 0; i < self->layout.sections->len; i++)
    {
      const DioSection *section = &g_array_index (self->layout.sections, DioSection, i);

      if (section->heading && section->y < sight->bottom && section->y + self->layout.heading_height > sight->top)
        place_heading (self, n++, section);
    }
  g_array_set_size (self->headings, n);
}

/* Tiles for what is in sight, and no others; those that are right stay. */
static void
sync_tiles (DioMachineView *self)
{
  double value = gtk_adjustment_get_value (self->vadjustment);
  int page = gtk_widget_get_height (GTK_WIDGET (self));
  Sight sight = { (int) value, (int) value + MAX (page, 1), find_focused (self) };
  g_autoptr (GArray) wanted = list_wanted (self, &sight);
  g_autoptr (GHashTable) old = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  GtkWidget *before = NULL;
  gpointer tile;

  for (guint i = 0; i < self->tiles->len; i++)
    g_hash_table_insert (old, dio_machine_tile_get_item (self->tiles->pdata[i]), self->tiles->pdata[i]);
  g_ptr_array_set_size (self->tiles, 0);
  for (guint i = 0; i < wanted->len; i++)
    {
      g_hash_table_steal_extended (old, self->items->pdata[g_array_index (wanted, guint, i)], NULL, &tile);
      g_ptr_array_add (self->tiles, tile);
    }
  g_hash_table_iter_init (&iter, old);
  while (g_hash_table_iter_next (&iter, NULL, &tile))
    drop_tile (self, tile);
  for (guint i = 0; i < wanted->len; i++)
    {
      guint position = g_array_index (wanted, guint, i);
      GtkWidget *child;

      if (!self->tiles->pdata[i])
        {
          self->tiles->pdata[i] = take_tile (self);
          dio_machine_tile_set_item (self->tiles->pdata[i], self->items->pdata[position]);
        }
      update_tile (self, self->tiles->pdata[i], position);
      /* They are read, and reached by keys, in this order. */
      child = self->tiles->pdata[i];
      if (gtk_widget_get_prev_sibling (child) != before)
        gtk_widget_insert_after (child, GTK_WIDGET (self), before);
      before = child;
    }
  sync_headings (self, &sight);
}

static void
on_scrolled (DioMachineView *self)
{
  if (self->allocating || !self->model)
    return;
  sync_tiles (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/* --- measures --- */

/* As high as a tile with two lines about its state; makes the sample. */
static int
measure_tile (DioMachineView *self)
{
  int height;

  if (!self->sample)
    make_sample (self);
  dio_machine_tile_set_narrow (DIO_MACHINE_TILE (self->sample), !self->columns);
  gtk_widget_measure (self->sample, GTK_ORIENTATION_VERTICAL, self->layout.tile_width, NULL, &height, NULL, NULL);
  return height;
}

static int
measure_heading (DioMachineView *self)
{
  GtkWidget *label = dio_machine_tile_get_label (DIO_MACHINE_TILE (self->sample));
  /* As high as others, and in a font that is needed anyway. */
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (label, "X");
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height * 2 + 6;
}

static void
update_layout (DioMachineView *self, int width)
{
  int tile_height;

  dio_machine_layout_set_width (&self->layout, width, MIN_TILE_WIDTH, self->list);
  tile_height = measure_tile (self);
  dio_machine_layout_set_heights (&self->layout, tile_height, measure_heading (self));
}

static void
configure_adjustments (DioMachineView *self, int width, int height)
{
  double upper = MAX (self->layout.height, height);

  if (self->hadjustment)
    gtk_adjustment_configure (self->hadjustment, 0, 0, width, 0, 0, width);
  gtk_adjustment_configure (self->vadjustment, CLAMP (gtk_adjustment_get_value (self->vadjustment), 0, upper - height),
                            0, upper, self->layout.tile_height / 2.0, height * .9, height);
}

static void
allocate (DioMachineView *self, GtkWidget *child, GdkRectangle place, int width, int value)
{
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    place.x = width - place.x - place.width;
  place.y -= value;
  gtk_widget_size_allocate (child, &place, -1);
}

static void
dio_machine_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  DioMachineView *self = DIO_MACHINE_VIEW (widget);
  int value;

  if (!self->model || !self->vadjustment)
    return;
  self->allocating = TRUE;
  update_layout (self, width);
  configure_adjustments (self, width, height);
  sync_tiles (self);
  value = (int) gtk_adjustment_get_value (self->vadjustment);
  for (guint i = 0; i < self->tiles->len; i++)
    {
      GdkRectangle place;

      dio_machine_layout_get_tile (&self->layout, dio_machine_tile_get_position (self->tiles->pdata[i]), &place);
      allocate (self, self->tiles->pdata[i], place, width, value);
    }
  for (guint i = 0; i < self->headings->len; i++)
    {
      const DioHeading *heading = &g_array_index (self->headings, DioHeading, i);
      int right = self->layout.left + self->layout.columns * (self->layout.tile_width + 6) - 6;

      allocate (self, heading->label,
                (GdkRectangle) { self->layout.left + 9, heading->y, MAX (right - self->layout.left - 18, 1),
                                 self->layout.heading_height - 6 },
                width, value);
    }
  self->allocating = FALSE;
  dio_machine_view_give_focus (self);
}

static gboolean
dio_machine_view_grab_focus (GtkWidget *widget)
{
  if (DIO_IS_MACHINE_TILE (gtk_widget_get_focus_child (widget)))
    return TRUE;
  return dio_machine_view_focus (widget, GTK_DIR_TAB_FORWARD);
}

static void
dio_machine_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 100;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 600 : 400;
}

static void
dio_machine_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  DioMachineView *self = DIO_MACHINE_VIEW (widget);
  GdkRGBA colour;
  int bottom;

  GTK_WIDGET_CLASS (dio_machine_view_parent_class)->snapshot (widget, snapshot);
  if (!self->skeleton || self->items->len > 0)
    return;
  gtk_widget_get_color (widget, &colour);
  colour.alpha *= .08f;
  bottom = N_SKELETON_ROWS * (self->layout.tile_height + 6);
  for (int y = 12; y < bottom; y += self->layout.tile_height + 6)
    for (int i = 0; i < self->layout.columns; i++)
      {
        float x = (float) (self->layout.left + i * (self->layout.tile_width + 6)) + 9;
        float w = (float) self->layout.tile_width - 18;
        GskRoundedRect rect;

        gsk_rounded_rect_init_from_rect (&rect,
                                         &GRAPHENE_RECT_INIT (x, (float) y + 9, w, self->list ? 40 : w * 10 / 16), 9);
        gtk_snapshot_push_rounded_clip (snapshot, &rect);
        gtk_snapshot_append_color (snapshot, &colour, &rect.bounds);
        gtk_snapshot_pop (snapshot);
      }
}

/* --- the model --- */

static void
on_items_changed (DioMachineView *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  g_autoptr (DioLibraryItem) current = NULL;
  guint position;

  if (self->current < self->items->len)
    current = g_object_ref (self->items->pdata[self->current]);
  g_ptr_array_set_size (self->items, 0);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->items, g_list_model_get_item (G_LIST_MODEL (self->model), i));
  dio_machine_layout_set_items (&self->layout, self->items);
  if (current && g_ptr_array_find (self->items, current, &position))
    self->current = position;
  else
    self->current = n > 0 ? MIN (self->current, n - 1) : 0;
  self->anchor = self->current;
  /* Tiles of items that are no more are gone before somebody asks them. */
  for (guint i = self->tiles->len; i-- > 0;)
    if (!g_ptr_array_find (self->items, dio_machine_tile_get_item (self->tiles->pdata[i]), NULL))
      drop_tile (self, g_ptr_array_steal_index (self->tiles, i));
  prepare_tiles (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
on_selection_changed (DioMachineView *self)
{
  for (guint i = 0; i < self->tiles->len; i++)
    update_tile (self, self->tiles->pdata[i], dio_machine_tile_get_position (self->tiles->pdata[i]));
}

void
dio_machine_view_set_model (DioMachineView *self, GtkSelectionModel *model)
{
  g_return_if_fail (DIO_IS_MACHINE_VIEW (self) && !self->model);

  self->model = g_object_ref (model);
  g_signal_connect_object (model, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "selection-changed", G_CALLBACK (on_selection_changed), self, G_CONNECT_SWAPPED);
  on_items_changed (self);
}

/* --- whether somebody looks --- */

static void
update_seen (DioMachineView *self)
{
  for (guint i = 0; i < self->tiles->len; i++)
    dio_machine_tile_set_seen (self->tiles->pdata[i], is_seen (self));
}

static void
dio_machine_view_map (GtkWidget *widget)
{
  DioMachineView *self = DIO_MACHINE_VIEW (widget);
  GtkRoot *root = gtk_widget_get_root (widget);

  GTK_WIDGET_CLASS (dio_machine_view_parent_class)->map (widget);
  if (!GTK_IS_WINDOW (root))
    return;
  self->root = GTK_WINDOW (root);
  g_signal_connect_object (root, "notify::suspended", G_CALLBACK (update_seen), self, G_CONNECT_SWAPPED);
  update_seen (self);
}

static void
dio_machine_view_unmap (GtkWidget *widget)
{
  DioMachineView *self = DIO_MACHINE_VIEW (widget);

  if (self->root)
    g_signal_handlers_disconnect_by_func (self->root, update_seen, self);
  self->root = NULL;
  update_seen (self);
  GTK_WIDGET_CLASS (dio_machine_view_parent_class)->unmap (widget);
}

/* --- properties --- */

gboolean
dio_machine_view_get_list (DioMachineView *self)
{
  return self->list;
}

void
dio_machine_view_set_list (DioMachineView *self, gboolean list)
{
  g_return_if_fail (DIO_IS_MACHINE_VIEW (self));

  if (self->list == list)
    return;
  self->list = list;
  drop_all (self);
  g_clear_pointer (&self->sample, gtk_widget_unparent);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LIST]);
}

gboolean
dio_machine_view_get_selecting (DioMachineView *self)
{
  return self->selecting;
}

void
dio_machine_view_set_selecting (DioMachineView *self, gboolean selecting)
{
  g_return_if_fail (DIO_IS_MACHINE_VIEW (self));

  if (self->selecting == selecting)
    return;
  self->selecting = selecting;
  if (!selecting && self->model)
    gtk_selection_model_unselect_all (self->model);
  on_selection_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SELECTING]);
}

void
dio_machine_view_set_skeleton (DioMachineView *self, gboolean skeleton)
{
  if (self->skeleton == skeleton)
    return;
  self->skeleton = skeleton;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SKELETON]);
}

static void
set_columns (DioMachineView *self, gboolean columns)
{
  if (self->columns == columns)
    return;
  self->columns = columns;
  on_selection_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_COLUMNS]);
}

DioLibraryItem *
dio_machine_view_get_current (DioMachineView *self)
{
  return self->current < self->items->len ? self->items->pdata[self->current] : NULL;
}

static void
set_adjustment (DioMachineView *self, GtkAdjustment **member, GtkAdjustment *adjustment)
{
  g_autoptr (GtkAdjustment) own = NULL;

  if (!adjustment)
    adjustment = own = g_object_ref_sink (gtk_adjustment_new (0, 0, 0, 0, 0, 0));
  if (*member)
    g_signal_handlers_disconnect_by_func (*member, on_scrolled, self);
  g_set_object (member, adjustment);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (on_scrolled), self, G_CONNECT_SWAPPED);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
dio_machine_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DioMachineView *self = DIO_MACHINE_VIEW (object);

  switch (id)
    {
    case PROP_LIST:
      g_value_set_boolean (value, self->list);
      break;
    case PROP_SELECTING:
      g_value_set_boolean (value, self->selecting);
      break;
    case PROP_SKELETON:
      g_value_set_boolean (value, self->skeleton);
      break;
    case PROP_COLUMNS:
      g_value_set_boolean (value, self->columns);
      break;
    case PROP_HADJUSTMENT:
      g_value_set_object (value, self->hadjustment);
      break;
    case PROP_VADJUSTMENT:
      g_value_set_object (value, self->vadjustment);
      break;
    case PROP_HSCROLL_POLICY:
    case PROP_VSCROLL_POLICY:
      g_value_set_enum (value, GTK_SCROLL_MINIMUM);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_machine_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DioMachineView *self = DIO_MACHINE_VIEW (object);

  switch (id)
    {
    case PROP_LIST:
      dio_machine_view_set_list (self, g_value_get_boolean (value));
      break;
    case PROP_SELECTING:
      dio_machine_view_set_selecting (self, g_value_get_boolean (value));
      break;
    case PROP_SKELETON:
      dio_machine_view_set_skeleton (self, g_value_get_boolean (value));
      break;
    case PROP_COLUMNS:
      set_columns (self, g_value_get_boolean (value));
      break;
    case PROP_HADJUSTMENT:
      set_adjustment (self, &self->hadjustment, g_value_get_object (value));
      break;
    case PROP_VADJUSTMENT:
      set_adjustment (self, &self->vadjustment, g_value_get_object (value));
      break;
    case PROP_HSCROLL_POLICY:
    case PROP_VSCROLL_POLICY:
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* --- object --- */

static void
dio_machine_view_dispose (GObject *object)
{
  DioMachineView *self = DIO_MACHINE_VIEW (object);

  drop_all (self);
  g_clear_pointer (&self->sample, gtk_widget_unparent);
  g_ptr_array_set_size (self->items, 0);
  g_clear_weak_pointer (&self->drop_target);
  g_clear_object (&self->model);
  g_clear_object (&self->hadjustment);
  g_clear_object (&self->vadjustment);
  G_OBJECT_CLASS (dio_machine_view_parent_class)->dispose (object);
}

static void
dio_machine_view_finalize (GObject *object)
{
  DioMachineView *self = DIO_MACHINE_VIEW (object);

  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->tiles);
  g_ptr_array_unref (self->spare);
  g_array_unref (self->headings);
  dio_machine_layout_clear (&self->layout);
  G_OBJECT_CLASS (dio_machine_view_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  props[PROP_LIST] = g_param_spec_boolean ("list", NULL, NULL, FALSE, flags);
  props[PROP_SELECTING] = g_param_spec_boolean ("selecting", NULL, NULL, FALSE, flags);
  props[PROP_SKELETON] = g_param_spec_boolean ("skeleton", NULL, NULL, FALSE, flags);
  props[PROP_COLUMNS] = g_param_spec_boolean ("columns", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HSCROLL_POLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VSCROLL_POLICY, "vscroll-policy");
}

static void
dio_machine_view_class_init (DioMachineViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = dio_machine_view_get_property;
  object_class->set_property = dio_machine_view_set_property;
  object_class->dispose = dio_machine_view_dispose;
  object_class->finalize = dio_machine_view_finalize;
  widget_class->measure = dio_machine_view_measure;
  widget_class->size_allocate = dio_machine_view_size_allocate;
  widget_class->snapshot = dio_machine_view_snapshot;
  widget_class->map = dio_machine_view_map;
  widget_class->unmap = dio_machine_view_unmap;
  widget_class->focus = dio_machine_view_focus;
  widget_class->grab_focus = dio_machine_view_grab_focus;
  install_properties (object_class);
  signals[ACTIVATE] = g_signal_new ("activate", DIO_TYPE_MACHINE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, DIO_TYPE_LIBRARY_ITEM);
  signals[MENU] = g_signal_new ("menu", DIO_TYPE_MACHINE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                                DIO_TYPE_LIBRARY_ITEM, DIO_TYPE_MACHINE_TILE, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  signals[MOVE] = g_signal_new ("move", DIO_TYPE_MACHINE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                DIO_TYPE_LIBRARY_ITEM, DIO_TYPE_LIBRARY_ITEM, G_TYPE_STRING);
  gtk_widget_class_set_css_name (widget_class, "machineview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LIST);
}

static void
dio_machine_view_init (DioMachineView *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->tiles = g_ptr_array_new ();
  self->spare = g_ptr_array_new ();
  self->headings = g_array_new (FALSE, TRUE, sizeof (DioHeading));
  g_array_set_clear_func (self->headings, clear_heading);
  dio_machine_layout_init (&self->layout);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  dio_machine_view_setup_keys (self);
  dio_machine_view_setup_pointer (self);
  dio_machine_view_setup_drag (self);
}
