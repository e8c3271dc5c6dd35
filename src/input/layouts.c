/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "input/layouts.h"

#include <libintl.h>
#include <xkbcommon/xkbcommon.h>

#define MAX_LIST (4 * 1024 * 1024)

/* The names of xkb's layouts are translated by xkb's own catalogue. */
#define XKB_DOMAIN "xkeyboard-config"

struct _DioLayout
{
  GObject parent_instance;

  char *name, *english_title, *title;
};

enum
{
  PROP_0,
  PROP_NAME,
  PROP_TITLE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (DioLayout, dio_layout, G_TYPE_OBJECT)

static void
dio_layout_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DioLayout *self = DIO_LAYOUT (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_layout_finalize (GObject *object)
{
  DioLayout *self = DIO_LAYOUT (object);

  g_free (self->name);
  g_free (self->english_title);
  g_free (self->title);
  G_OBJECT_CLASS (dio_layout_parent_class)->finalize (object);
}

static void
dio_layout_class_init (DioLayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_layout_get_property;
  object_class->finalize = dio_layout_finalize;
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
dio_layout_init (DioLayout *self)
{
}

DioLayout *
dio_layout_new (const char *name, const char *title)
{
  DioLayout *self = g_object_new (DIO_TYPE_LAYOUT, NULL);

  self->name = g_strdup (name);
  self->title = g_strdup (title);
  return self;
}

const char *
dio_layout_get_name (DioLayout *self)
{
  g_return_val_if_fail (DIO_IS_LAYOUT (self), NULL);
  return self->name;
}

const char *
dio_layout_get_title (DioLayout *self)
{
  g_return_val_if_fail (DIO_IS_LAYOUT (self), NULL);
  return self->title;
}

/* --- the list: <layout><configItem><name/><description/></configItem><variantList><variant><configItem>… --- */

typedef struct
{
  GPtrArray *layouts;
  GHashTable *seen; /* names of them (unowned) */
  gboolean in_layout, in_variant, in_item;
  char *layout; /* its name */
  char *name, *description;
} Reader;

static void
start_element (GMarkupParseContext *context, const char *element, const char **names, const char **values,
               gpointer user_data, GError **error)
{
  Reader *reader = user_data;

  if (g_str_equal (element, "layout"))
    reader->in_layout = TRUE;
  else if (g_str_equal (element, "variant"))
    reader->in_variant = TRUE;
  else if (g_str_equal (element, "configItem"))
    reader->in_item = TRUE;
}

static void
add_layout (Reader *reader)
{
  DioLayout *self;
  g_autofree char *full_name = NULL;

  if (!reader->in_variant)
    g_set_str (&reader->layout, reader->name);
  if (!reader->layout || !reader->name || !reader->description)
    return;
  full_name = reader->in_variant ? g_strconcat (reader->layout, "+", reader->name, NULL) : g_strdup (reader->name);
  if (g_hash_table_contains (reader->seen, full_name))
    return;
  self = dio_layout_new (full_name, dgettext (XKB_DOMAIN, reader->description));
  self->english_title = g_strdup (reader->description);
  g_ptr_array_add (reader->layouts, self);
  g_hash_table_add (reader->seen, self->name);
}

static void
end_element (GMarkupParseContext *context, const char *element, gpointer user_data, GError **error)
{
  Reader *reader = user_data;

  if (g_str_equal (element, "layout"))
    reader->in_layout = FALSE;
  else if (g_str_equal (element, "variant"))
    reader->in_variant = FALSE;
  else if (g_str_equal (element, "configItem"))
    {
      if (reader->in_layout)
        add_layout (reader);
      reader->in_item = FALSE;
      g_clear_pointer (&reader->name, g_free);
      g_clear_pointer (&reader->description, g_free);
    }
}

static void
take_text (GMarkupParseContext *context, const char *text, gsize length, gpointer user_data, GError **error)
{
  Reader *reader = user_data;
  const char *element = g_markup_parse_context_get_element (context);

  if (!reader->in_item)
    return;
  if (g_str_equal (element, "name"))
    g_set_str (&reader->name, text);
  else if (g_str_equal (element, "description"))
    g_set_str (&reader->description, text);
}

static int
compare_titles (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate ((*(DioLayout *const *) a)->title, (*(DioLayout *const *) b)->title);
}

/* What could be read of a list that is broken is taken. */
static void
read_list (const char *path, GPtrArray *layouts, GHashTable *seen)
{
  static const GMarkupParser parser = { .start_element = start_element, .end_element = end_element, .text = take_text };
  Reader reader = { .layouts = layouts, .seen = seen };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &reader, NULL);
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  g_autoptr (GError) error = NULL;

  if (!file || g_mapped_file_get_length (file) > MAX_LIST)
    return;
  if (!g_markup_parse_context_parse (context, g_mapped_file_get_contents (file),
                                     (gssize) g_mapped_file_get_length (file), &error))
    g_debug ("%s: %s", path, error->message);
  g_free (reader.layout);
  g_free (reader.name);
  g_free (reader.description);
}

static GPtrArray *
read_lists (void)
{
  g_autoptr (GPtrArray) layouts = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  struct xkb_context *context = xkb_context_new (XKB_CONTEXT_NO_ENVIRONMENT_NAMES);

  bind_textdomain_codeset (XKB_DOMAIN, "UTF-8");
  /* The user's own folders come first; what a list in them tells of a layout goes before the system's. */
  for (guint i = 0; context && i < xkb_context_num_include_paths (context); i++)
    {
      g_autofree char *path = g_build_filename (xkb_context_include_path_get (context, i), "rules", "evdev.xml", NULL);

      read_list (path, layouts, seen);
    }
  xkb_context_unref (context);
  g_ptr_array_sort (layouts, compare_titles);
  return g_steal_pointer (&layouts);
}

GListStore *
dio_layouts_load (void)
{
  static GPtrArray *layouts;
  GListStore *store = g_list_store_new (DIO_TYPE_LAYOUT);

  if (g_once_init_enter_pointer (&layouts))
    g_once_init_leave_pointer (&layouts, read_lists ());
  g_list_store_splice (store, 0, 0, layouts->pdata, layouts->len);
  return store;
}

char *
dio_layouts_find (GListModel *layouts, const char *english_title)
{
  for (guint i = 0; i < g_list_model_get_n_items (layouts); i++)
    {
      g_autoptr (DioLayout) layout = g_list_model_get_item (layouts, i);

      if (g_strcmp0 (layout->english_title, english_title) == 0)
        return g_strdup (layout->name);
    }
  return NULL;
}
