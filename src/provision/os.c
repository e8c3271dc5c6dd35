/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/os.h"

#include <osinfo/osinfo.h>
#include <string.h>

/* Where nobody wrote down when a system's support ends. */
#define SUPPORTED_YEARS 4

struct _DioOs
{
  GObject parent_instance;

  OsinfoOs *osinfo;
  gboolean current;
  guint32 released; /* days, as GDate counts; G_MAXUINT32: still to come */
  char *haystack;   /* what is searched: folded */
};

enum
{
  PROP_NAME = 1,
  PROP_VENDOR,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (DioOs, dio_os, G_TYPE_OBJECT)

static const char *
or_empty (const char *text)
{
  return text ? text : "";
}

const char *
dio_os_get_id (DioOs *self)
{
  return osinfo_entity_get_id (OSINFO_ENTITY (self->osinfo));
}

const char *
dio_os_get_short_id (DioOs *self)
{
  return or_empty (osinfo_product_get_short_id (OSINFO_PRODUCT (self->osinfo)));
}

const char *
dio_os_get_name (DioOs *self)
{
  const char *name = osinfo_product_get_name (OSINFO_PRODUCT (self->osinfo));

  return name ? name : dio_os_get_id (self);
}

const char *
dio_os_get_vendor (DioOs *self)
{
  return or_empty (osinfo_product_get_vendor (OSINFO_PRODUCT (self->osinfo)));
}

const char *
dio_os_get_family (DioOs *self)
{
  return or_empty (osinfo_os_get_family (self->osinfo));
}

gboolean
dio_os_get_current (DioOs *self)
{
  return self->current;
}

OsinfoOs *
dio_os_get_osinfo (DioOs *self)
{
  return self->osinfo;
}

gboolean
dio_os_matches (DioOs *self, const char *words)
{
  g_autofree char *folded = g_utf8_casefold (words, -1);
  g_auto (GStrv) parts = g_strsplit_set (folded, " \t", -1);

  for (guint i = 0; parts[i]; i++)
    if (!strstr (self->haystack, parts[i]))
      return FALSE;
  return TRUE;
}

static int
compare_names (DioOs *a, DioOs *b)
{
  g_autofree char *key_a = g_utf8_collate_key_for_filename (dio_os_get_name (a), -1);
  g_autofree char *key_b = g_utf8_collate_key_for_filename (dio_os_get_name (b), -1);

  return strcmp (key_a, key_b);
}

static int
compare_makes (DioOs *a, DioOs *b)
{
  const char *make_a = osinfo_os_get_distro (a->osinfo), *make_b = osinfo_os_get_distro (b->osinfo);

  return g_ascii_strcasecmp (make_a ? make_a : "", make_b ? make_b : "");
}

int
dio_os_compare (DioOs *a, DioOs *b)
{
  int make = compare_makes (a, b);

  if (a->current != b->current)
    return a->current ? -1 : 1;
  if (make != 0)
    return make;
  if (a->released != b->released)
    return a->released > b->released ? -1 : 1;
  return -compare_names (a, b);
}

/* --- object --- */

/* Not a system, but what a disc is taken for when its version is not known: "Fedora Unknown", "Generic Linux 2024". */
static gboolean
is_stand_in (DioOs *self)
{
  return g_str_has_suffix (dio_os_get_short_id (self), "unknown") ||
         g_str_has_prefix (dio_os_get_id (self), "http://libosinfo.org/");
}

static gboolean
find_current (DioOs *self, GDate *released, GDate *ends)
{
  g_autoptr (GDate) today = g_date_new ();
  int status = osinfo_os_get_release_status (self->osinfo);

  g_date_set_time_t (today, time (NULL));
  if (ends)
    return g_date_compare (ends, today) >= 0;
  if (released)
    {
      g_date_add_years (released, SUPPORTED_YEARS);
      return g_date_compare (released, today) >= 0;
    }
  return status == OSINFO_RELEASE_STATUS_ROLLING || status == OSINFO_RELEASE_STATUS_PRERELEASE;
}

DioOs *
dio_os_new (OsinfoOs *osinfo)
{
  DioOs *self = g_object_new (DIO_TYPE_OS, NULL);
  g_autoptr (GDate) released = osinfo_product_get_release_date (OSINFO_PRODUCT (osinfo));
  g_autoptr (GDate) ends = osinfo_product_get_eol_date (OSINFO_PRODUCT (osinfo));
  const char *codename = osinfo_product_get_codename (OSINFO_PRODUCT (osinfo));
  g_autofree char *text = NULL;

  self->osinfo = g_object_ref (osinfo);
  self->released = released ? g_date_get_julian (released) : G_MAXUINT32;
  self->current = !is_stand_in (self) && find_current (self, released, ends);
  if (!released && !self->current)
    self->released = 0;
  text = g_strjoin (" ", dio_os_get_name (self), dio_os_get_vendor (self), dio_os_get_short_id (self),
                    or_empty (codename), NULL);
  self->haystack = g_utf8_casefold (text, -1);
  return self;
}

static void
dio_os_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioOs *self = DIO_OS (object);

  switch (property_id)
    {
    case PROP_NAME:
      g_value_set_string (value, dio_os_get_name (self));
      break;
    case PROP_VENDOR:
      g_value_set_string (value, dio_os_get_vendor (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
dio_os_dispose (GObject *object)
{
  DioOs *self = DIO_OS (object);

  g_clear_object (&self->osinfo);
  g_clear_pointer (&self->haystack, g_free);
  G_OBJECT_CLASS (dio_os_parent_class)->dispose (object);
}

static void
dio_os_class_init (DioOsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_os_get_property;
  object_class->dispose = dio_os_dispose;
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_VENDOR] = g_param_spec_string ("vendor", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_os_init (DioOs *self)
{
}
