/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/screen-layout.h"

struct _DioScreenLayout
{
  GObject parent_instance;

  GPtrArray *heads;
  DioPointerRoute *route; /* NULL without QMP */
  DioHead *widest;        /* (unowned) of those lit; NULL: one at most is */
  guint width, height;    /* of the desktop, guest pixels */
  DioAgent *agent;        /* NULL: there is none */
};

G_DEFINE_FINAL_TYPE (DioScreenLayout, dio_screen_layout, G_TYPE_OBJECT)

static DioFramebuffer *
get_framebuffer (DioHead *head)
{
  return dio_console_get_framebuffer (dio_head_get_console (head));
}

static guint
get_width (DioHead *head)
{
  DioFramebuffer *framebuffer = get_framebuffer (head);

  return dio_framebuffer_get_active (framebuffer) ? (guint) MAX (dio_framebuffer_get_width (framebuffer), 0) : 0;
}

static guint
get_height (DioHead *head)
{
  DioFramebuffer *framebuffer = get_framebuffer (head);

  return dio_framebuffer_get_active (framebuffer) ? (guint) MAX (dio_framebuffer_get_height (framebuffer), 0) : 0;
}

/* The pixel of the desktop that is the pixel X of MOUSE's screen; all screens begin at the top. */
static guint
to_desktop (DioScreenLayout *self, DioMouse *mouse, guint x)
{
  guint left = 0;

  for (guint i = 0; i < self->heads->len; i++)
    {
      DioHead *head = g_ptr_array_index (self->heads, i);

      if (dio_head_get_mouse (head) == mouse)
        break;
      left += get_width (head);
    }
  return left + x;
}

/* --- by QMP --- */

static void
route_position (guint x, guint y, DioMouse *mouse, gpointer user_data)
{
  DioScreenLayout *self = user_data;

  dio_pointer_route_move (self->route, to_desktop (self, mouse, x), y, self->width, self->height);
}

static gboolean
route_button (guint button, gboolean down, gpointer user_data)
{
  DioScreenLayout *self = user_data;

  return dio_pointer_route_button (self->route, button, down);
}

static const DioMouseRoute qmp_route = { route_position, route_button };

/* --- by the widest screen's console, which is as near as one gets to somebody else's QEMU --- */

static void
stretch_position (guint x, guint y, DioMouse *mouse, gpointer user_data)
{
  DioScreenLayout *self = user_data;
  guint64 width = get_width (self->widest), height = get_height (self->widest);

  dio_mouse_send_position (dio_head_get_mouse (self->widest),
                           (guint) (to_desktop (self, mouse, x) * width / self->width),
                           (guint) (y * height / self->height));
}

static gboolean
stretch_button (guint button, gboolean down, gpointer user_data)
{
  DioScreenLayout *self = user_data;

  return dio_mouse_send_button (dio_head_get_mouse (self->widest), button, down);
}

static const DioMouseRoute stretch_route = { stretch_position, stretch_button };
static const DioMouseRoute widest_route = { stretch_position, NULL };

/* --- by the guest's agent --- */

/* As large as it should be, or as it is, where nobody said so. X: of its left edge, and then of the next one's. */
static DioAgentScreen
describe_screen (DioHead *head, guint *x)
{
  int width, height;
  DioAgentScreen screen = { .x = (int) *x };

  if (dio_console_get_ui_info (dio_head_get_console (head), &width, &height))
    {
      screen.width = (guint) width;
      screen.height = (guint) height;
    }
  else
    {
      screen.width = get_width (head);
      screen.height = get_height (head);
    }
  *x += screen.width;
  return screen;
}

static void
tell_agent (DioScreenLayout *self)
{
  DioAgentScreen screens[DIO_AGENT_MAX_SCREENS] = { 0 };
  guint n = 0, x = 0;
  gboolean unheeded = FALSE;

  for (guint i = 0; i < self->heads->len; i++)
    {
      DioHead *head = g_ptr_array_index (self->heads, i);
      guint number = dio_head_get_number (head);

      if (number >= DIO_AGENT_MAX_SCREENS)
        break;
      screens[number] = describe_screen (head, &x);
      n = number + 1;
      unheeded |= dio_console_is_unheeded (dio_head_get_console (head));
    }
  if (self->agent && unheeded)
    dio_agent_set_screens (self->agent, screens, n);
}

void
dio_screen_layout_set_agent (DioScreenLayout *self, DioAgent *agent)
{
  g_return_if_fail (DIO_IS_SCREEN_LAYOUT (self));

  if (g_set_object (&self->agent, agent))
    tell_agent (self);
}

/* --- the layout --- */

static void
measure (DioScreenLayout *self)
{
  guint n_lit = 0;

  self->width = self->height = 0;
  self->widest = NULL;
  for (guint i = 0; i < self->heads->len; i++)
    {
      DioHead *head = g_ptr_array_index (self->heads, i);
      guint width = get_width (head);

      dio_console_set_place (dio_head_get_console (head), (int) MIN (self->width, G_MAXINT), 0);
      if (width == 0)
        continue;
      n_lit++;
      self->width += width;
      self->height = MAX (self->height, get_height (head));
      if (!self->widest || width > get_width (self->widest))
        self->widest = head;
    }
  if (n_lit < 2)
    self->widest = NULL;
}

static void
set_route (DioScreenLayout *self, DioHead *head)
{
  DioMouse *mouse = dio_head_get_mouse (head);

  if (!self->widest)
    dio_mouse_set_route (mouse, NULL, NULL);
  else if (self->route)
    dio_mouse_set_route (mouse, &qmp_route, self);
  else
    dio_mouse_set_route (mouse, head == self->widest ? &widest_route : &stretch_route, self);
}

static void
update (DioScreenLayout *self)
{
  measure (self);
  for (guint i = 0; i < self->heads->len; i++)
    set_route (self, g_ptr_array_index (self->heads, i));
}

static void
clear (DioScreenLayout *self)
{
  for (guint i = 0; i < self->heads->len; i++)
    {
      DioHead *head = g_ptr_array_index (self->heads, i);

      g_signal_handlers_disconnect_by_data (get_framebuffer (head), self);
      g_signal_handlers_disconnect_by_data (dio_head_get_console (head), self);
      dio_mouse_set_route (dio_head_get_mouse (head), NULL, NULL);
    }
  g_ptr_array_set_size (self->heads, 0);
  g_clear_pointer (&self->route, dio_pointer_route_free);
}

void
dio_screen_layout_set (DioScreenLayout *self, DioQmp *qmp, GPtrArray *heads)
{
  static const char *const changes[] = { "notify::active", "notify::width", "notify::height" };

  clear (self);
  if (qmp)
    self->route = dio_pointer_route_new (qmp);
  for (guint i = 0; i < heads->len; i++)
    {
      DioHead *head = g_ptr_array_index (heads, i);

      g_ptr_array_add (self->heads, g_object_ref (head));
      for (guint j = 0; j < G_N_ELEMENTS (changes); j++)
        g_signal_connect_object (get_framebuffer (head), changes[j], G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (dio_head_get_console (head), "unheeded", G_CALLBACK (tell_agent), self,
                               G_CONNECT_SWAPPED);
    }
  update (self);
}

static void
dio_screen_layout_dispose (GObject *object)
{
  DioScreenLayout *self = DIO_SCREEN_LAYOUT (object);

  if (self->heads)
    clear (self);
  g_clear_pointer (&self->heads, g_ptr_array_unref);
  g_clear_object (&self->agent);
  G_OBJECT_CLASS (dio_screen_layout_parent_class)->dispose (object);
}

static void
dio_screen_layout_class_init (DioScreenLayoutClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_screen_layout_dispose;
}

static void
dio_screen_layout_init (DioScreenLayout *self)
{
  self->heads = g_ptr_array_new_with_free_func (g_object_unref);
}

DioScreenLayout *
dio_screen_layout_new (void)
{
  return g_object_new (DIO_TYPE_SCREEN_LAYOUT, NULL);
}
