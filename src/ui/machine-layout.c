/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/machine-layout.h"

#include "ui/library-item.h"

/* Around all tiles, and between them. */
#define MARGIN 12
#define GAP 6
/* Of a tile whose picture is as wide as pictures want to be: a GtkPicture grows no further in height. */
#define MAX_TILE_WIDTH (256 + 18)
/* Of a row of the list. */
#define MAX_ROW_WIDTH 1200

static void
section_clear (gpointer data)
{
  g_free (((DioSection *) data)->heading);
}

void
dio_machine_layout_init (DioMachineLayout *self)
{
  *self = (DioMachineLayout) { .sections = g_array_new (FALSE, TRUE, sizeof (DioSection)), .columns = 1 };
  g_array_set_clear_func (self->sections, section_clear);
}

void
dio_machine_layout_clear (DioMachineLayout *self)
{
  g_clear_pointer (&self->sections, g_array_unref);
}

void
dio_machine_layout_set_items (DioMachineLayout *self, GPtrArray *items)
{
  DioSection *section = NULL;

  g_array_set_size (self->sections, 0);
  for (guint i = 0; i < items->len; i++)
    {
      const char *group = dio_library_item_get_group (items->pdata[i]);

      if (!section || !g_str_equal (group, section->heading ? section->heading : ""))
        {
          DioSection next = { .first = i, .heading = *group ? g_strdup (group) : NULL };

          g_array_append_val (self->sections, next);
          section = &g_array_index (self->sections, DioSection, self->sections->len - 1);
        }
      section->end = i + 1;
    }
}

void
dio_machine_layout_set_width (DioMachineLayout *self, int width, int minimum, gboolean list)
{
  int inner = MAX (1, width - 2 * MARGIN), most = list ? MAX_ROW_WIDTH : MAX_TILE_WIDTH, used;

  self->columns = list ? 1 : MAX (1, (inner + GAP) / (minimum + GAP));
  self->tile_width = CLAMP ((inner - (self->columns - 1) * GAP) / self->columns, 1, most);
  used = self->columns * (self->tile_width + GAP) - GAP;
  self->left = MARGIN + MAX (0, (inner - used) / 2);
}

static int
n_rows (const DioMachineLayout *self, const DioSection *section)
{
  return (int) (section->end - section->first + (guint) self->columns - 1) / self->columns;
}

static int
top_of_rows (const DioMachineLayout *self, const DioSection *section)
{
  return section->y + (section->heading ? self->heading_height : 0);
}

void
dio_machine_layout_set_heights (DioMachineLayout *self, int tile_height, int heading_height)
{
  int y = MARGIN;

  self->tile_height = tile_height;
  self->heading_height = heading_height;
  for (guint i = 0; i < self->sections->len; i++)
    {
      DioSection *section = &g_array_index (self->sections, DioSection, i);

      section->y = y;
      y = top_of_rows (self, section) + n_rows (self, section) * (tile_height + GAP);
    }
  self->height = y + MARGIN - GAP;
}

const DioSection *
dio_machine_layout_find_section (const DioMachineLayout *self, guint position)
{
  for (guint i = 0; i < self->sections->len; i++)
    {
      const DioSection *section = &g_array_index (self->sections, DioSection, i);

      if (position < section->end)
        return section;
    }
  return NULL;
}

void
dio_machine_layout_get_tile (const DioMachineLayout *self, guint position, GdkRectangle *ret_rect)
{
  const DioSection *section = dio_machine_layout_find_section (self, position);
  int index = (int) (position - section->first);

  *ret_rect = (GdkRectangle) { self->left + index % self->columns * (self->tile_width + GAP),
                               top_of_rows (self, section) + index / self->columns * (self->tile_height + GAP),
                               self->tile_width, self->tile_height };
}

void
dio_machine_layout_get_range (const DioMachineLayout *self, const DioSection *section, int top, int bottom,
                              guint *ret_first, guint *ret_end)
{
  int pitch = self->tile_height + GAP, rows = n_rows (self, section), from = top_of_rows (self, section);
  int first = CLAMP ((top - from) / pitch, 0, rows), end = bottom > from ? MIN (rows, (bottom - from) / pitch + 1) : 0;

  *ret_first = MIN (section->end, section->first + (guint) (first * self->columns));
  *ret_end = MIN (section->end, section->first + (guint) (MAX (first, end) * self->columns));
}

guint
dio_machine_layout_move (const DioMachineLayout *self, guint position, GtkDirectionType direction, int rows)
{
  guint n = self->sections->len == 0 ? 0 : g_array_index (self->sections, DioSection, self->sections->len - 1).end;
  const DioSection *section = dio_machine_layout_find_section (self, position);
  guint columns = (guint) self->columns, column;

  if (n == 0 || !section)
    return 0;
  if (direction == GTK_DIR_LEFT)
    return position > 0 ? position - 1 : 0;
  if (direction == GTK_DIR_RIGHT)
    return MIN (position + 1, n - 1);

  column = (position - section->first) % columns;
  for (; rows > 0; rows--)
    {
      guint row = (position - section->first) / columns, target;

      if (direction == GTK_DIR_UP && row == 0)
        {
          if (section->first == 0)
            break;
          section = dio_machine_layout_find_section (self, section->first - 1);
          row = (guint) n_rows (self, section);
        }
      else if (direction == GTK_DIR_DOWN && (int) row == n_rows (self, section) - 1)
        {
          if (section->end == n)
            break;
          section = dio_machine_layout_find_section (self, section->end);
          row = G_MAXUINT; /* and one more is 0 */
        }
      row += direction == GTK_DIR_UP ? G_MAXUINT : 1;
      target = section->first + row * columns + column;
      position = MIN (target, section->end - 1);
    }
  return position;
}
