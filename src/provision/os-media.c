/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/os-media.h"

#include <osinfo/osinfo.h>

struct _DioOsMedia
{
  GObject parent_instance;

  OsinfoMedia *osinfo;
  DioOs *os;
  char *name;
  char *details;
};

enum
{
  PROP_NAME = 1,
  PROP_DETAILS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (DioOsMedia, dio_os_media, G_TYPE_OBJECT)

DioOs *
dio_os_media_get_os (DioOsMedia *self)
{
  return self->os;
}

const char *
dio_os_media_get_name (DioOsMedia *self)
{
  return self->name;
}

const char *
dio_os_media_get_details (DioOsMedia *self)
{
  return self->details;
}

const char *
dio_os_media_get_arch (DioOsMedia *self)
{
  return osinfo_media_get_architecture (self->osinfo);
}

gboolean
dio_os_media_suits (DioOsMedia *self, const char *arch)
{
  const char *own = dio_os_media_get_arch (self);

  if (!own || g_str_equal (own, "all") || g_str_equal (own, arch))
    return TRUE;
  return g_str_equal (arch, "x86_64") && (g_str_equal (own, "i386") || g_str_equal (own, "i686"));
}

const char *
dio_os_media_get_url (DioOsMedia *self)
{
  return osinfo_media_get_url (self->osinfo);
}

gboolean
dio_os_media_get_live (DioOsMedia *self)
{
  return osinfo_media_get_live (self->osinfo);
}

gboolean
dio_os_media_get_installer (DioOsMedia *self)
{
  return osinfo_media_get_installer (self->osinfo);
}

guint64
dio_os_media_get_size (DioOsMedia *self)
{
  return MAX (osinfo_media_get_volume_size (self->osinfo), 0);
}

OsinfoMedia *
dio_os_media_get_osinfo (DioOsMedia *self)
{
  return self->osinfo;
}

/* --- object --- */

static char *
find_name (OsinfoMedia *osinfo, DioOs *os)
{
  g_autoptr (OsinfoOsVariantList) variants = osinfo_media_get_os_variants (osinfo);
  const char *label = osinfo_media_get_volume_id (osinfo);

  if (!os)
    return g_utf8_make_valid (label ? label : "", -1);
  if (osinfo_list_get_length (OSINFO_LIST (variants)) > 0)
    {
      OsinfoEntity *variant = osinfo_list_get_nth (OSINFO_LIST (variants), 0);
      const char *name = osinfo_os_variant_get_name (OSINFO_OS_VARIANT (variant));

      if (name && *name)
        return g_strdup (name);
    }
  return g_strdup (dio_os_get_name (os));
}

DioOsMedia *
dio_os_media_new (OsinfoMedia *osinfo, DioOs *os)
{
  DioOsMedia *self = g_object_new (DIO_TYPE_OS_MEDIA, NULL);
  const char *url = osinfo_media_get_url (osinfo);

  self->osinfo = g_object_ref (osinfo);
  g_set_object (&self->os, os);
  self->name = find_name (osinfo, os);
  self->details = url ? g_path_get_basename (url) : NULL;
  return self;
}

static void
dio_os_media_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioOsMedia *self = DIO_OS_MEDIA (object);

  switch (property_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_DETAILS:
      g_value_set_string (value, self->details);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
dio_os_media_dispose (GObject *object)
{
  DioOsMedia *self = DIO_OS_MEDIA (object);

  g_clear_object (&self->osinfo);
  g_clear_object (&self->os);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->details, g_free);
  G_OBJECT_CLASS (dio_os_media_parent_class)->dispose (object);
}

static void
dio_os_media_class_init (DioOsMediaClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_os_media_get_property;
  object_class->dispose = dio_os_media_dispose;
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_DETAILS] = g_param_spec_string ("details", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_os_media_init (DioOsMedia *self)
{
}
