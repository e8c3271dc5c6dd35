/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "service/search-provider.h"

#include "service/search-provider2.h"
#include "service/search.h"

struct _DioSearchProvider
{
  GObject parent_instance;

  DioDBusSearchProvider2 *skeleton;
  DioSearchProviderLibrary get_library;
  gpointer user_data;
  DioLibrary *library; /* NULL: nobody has searched yet */
  GQueue waiting;      /* of GDBusMethodInvocation (owned), until the library is loaded */
};

enum
{
  CHOSEN,
  SEARCH,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioSearchProvider, dio_search_provider, G_TYPE_OBJECT)

static DioLibraryMachine *
find_uuid (DioSearchProvider *self, const char *uuid)
{
  return g_uuid_string_is_valid (uuid) ? dio_library_find (self->library, uuid, NULL) : NULL;
}

/* --- answers --- */

static GVariant *
find (DioSearchProvider *self, const char *const *terms)
{
  g_autoptr (GPtrArray) found = dio_search (self->library, terms);
  g_auto (GVariantBuilder) uuids = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));

  for (guint i = 0; i < found->len; i++)
    g_variant_builder_add (&uuids, "s", dio_library_machine_get_uuid (found->pdata[i]));
  return g_variant_new ("(as)", &uuids);
}

static GVariant *
describe (DioSearchProvider *self, const char *const *uuids)
{
  g_autoptr (GIcon) icon = g_themed_icon_new (DIO_APPLICATION_ID);
  g_autoptr (GVariant) picture = g_icon_serialize (icon);
  g_auto (GVariantBuilder) metas = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; uuids[i]; i++)
    {
      DioLibraryMachine *machine = find_uuid (self, uuids[i]);

      if (!machine)
        continue;
      g_variant_builder_open (&metas, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&metas, "{sv}", "id", g_variant_new_string (uuids[i]));
      g_variant_builder_add (&metas, "{sv}", "name", g_variant_new_string (dio_library_machine_get_name (machine)));
      g_variant_builder_add (&metas, "{sv}", "icon", picture);
      if (dio_library_machine_get_os_name (machine))
        g_variant_builder_add (&metas, "{sv}", "description",
                               g_variant_new_string (dio_library_machine_get_os_name (machine)));
      g_variant_builder_close (&metas);
    }
  return g_variant_new ("(aa{sv})", &metas);
}

static void
answer (DioSearchProvider *self, GDBusMethodInvocation *invocation)
{
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  g_autofree const char **words = NULL;
  const char *uuid = NULL;
  GVariant *result = NULL;

  /* GDBus has checked the types. */
  if (g_str_equal (method, "GetInitialResultSet"))
    {
      g_variant_get (parameters, "(^a&s)", &words);
      result = find (self, words);
    }
  else if (g_str_equal (method, "GetSubsearchResultSet"))
    {
      g_variant_get (parameters, "(as^a&s)", NULL, &words);
      result = find (self, words);
    }
  else if (g_str_equal (method, "GetResultMetas"))
    {
      g_variant_get (parameters, "(^a&s)", &words);
      result = describe (self, words);
    }
  else if (g_str_equal (method, "ActivateResult"))
    {
      DioLibraryMachine *machine;

      g_variant_get (parameters, "(&sasu)", &uuid, NULL, NULL);
      machine = find_uuid (self, uuid);
      if (machine)
        g_signal_emit (self, signals[CHOSEN], 0, machine);
    }
  else
    {
      g_variant_get (parameters, "(^a&su)", &words, NULL);
      g_signal_emit (self, signals[SEARCH], 0, words);
    }
  g_dbus_method_invocation_return_value (invocation, result);
}

static void
answer_waiting (DioSearchProvider *self)
{
  while (!dio_library_get_loading (self->library) && !g_queue_is_empty (&self->waiting))
    answer (self, g_queue_pop_head (&self->waiting));
}

static gboolean
take (DioSearchProvider *self, GDBusMethodInvocation *invocation)
{
  if (!self->library)
    {
      self->library = g_object_ref (self->get_library (self->user_data));
      g_signal_connect_object (self->library, "notify::loading", G_CALLBACK (answer_waiting), self, G_CONNECT_SWAPPED);
    }
  g_queue_push_tail (&self->waiting, invocation);
  answer_waiting (self);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* The generated signals differ in their arguments; all of those are in the invocation, too. */
static gboolean
on_one_argument (DioDBusSearchProvider2 *skeleton, GDBusMethodInvocation *invocation, gpointer argument,
                 DioSearchProvider *self)
{
  return take (self, invocation);
}

static gboolean
on_two_arguments (DioDBusSearchProvider2 *skeleton, GDBusMethodInvocation *invocation, gpointer first, gpointer second,
                  DioSearchProvider *self)
{
  return take (self, invocation);
}

static gboolean
on_activate_result (DioDBusSearchProvider2 *skeleton, GDBusMethodInvocation *invocation, const char *uuid,
                    const char *const *terms, guint timestamp, DioSearchProvider *self)
{
  return take (self, invocation);
}

static gboolean
on_launch_search (DioDBusSearchProvider2 *skeleton, GDBusMethodInvocation *invocation, const char *const *terms,
                  guint timestamp, DioSearchProvider *self)
{
  return take (self, invocation);
}

/* --- object --- */

gboolean
dio_search_provider_export (DioSearchProvider *self, GDBusConnection *bus, const char *path, GError **error)
{
  g_return_val_if_fail (DIO_IS_SEARCH_PROVIDER (self), FALSE);

  return g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), bus, path, error);
}

void
dio_search_provider_unexport (DioSearchProvider *self)
{
  g_return_if_fail (DIO_IS_SEARCH_PROVIDER (self));

  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (self->skeleton)))
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
}

static void
refuse (gpointer invocation)
{
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_FAILED, "Diorama ends.");
}

static void
dio_search_provider_dispose (GObject *object)
{
  DioSearchProvider *self = DIO_SEARCH_PROVIDER (object);

  g_queue_clear_full (&self->waiting, refuse);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->library);
  G_OBJECT_CLASS (dio_search_provider_parent_class)->dispose (object);
}

static void
dio_search_provider_class_init (DioSearchProviderClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_search_provider_dispose;
  signals[CHOSEN] = g_signal_new ("chosen", DIO_TYPE_SEARCH_PROVIDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, DIO_TYPE_LIBRARY_MACHINE);
  signals[SEARCH] = g_signal_new ("search", DIO_TYPE_SEARCH_PROVIDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_STRV);
}

static void
dio_search_provider_init (DioSearchProvider *self)
{
  g_queue_init (&self->waiting);
  self->skeleton = dio_dbus_search_provider2_skeleton_new ();
  g_signal_connect_object (self->skeleton, "handle-get-initial-result-set", G_CALLBACK (on_one_argument), self, 0);
  g_signal_connect_object (self->skeleton, "handle-get-subsearch-result-set", G_CALLBACK (on_two_arguments), self, 0);
  g_signal_connect_object (self->skeleton, "handle-get-result-metas", G_CALLBACK (on_one_argument), self, 0);
  g_signal_connect_object (self->skeleton, "handle-activate-result", G_CALLBACK (on_activate_result), self, 0);
  g_signal_connect_object (self->skeleton, "handle-launch-search", G_CALLBACK (on_launch_search), self, 0);
}

DioSearchProvider *
dio_search_provider_new (DioSearchProviderLibrary get_library, gpointer user_data)
{
  DioSearchProvider *self = g_object_new (DIO_TYPE_SEARCH_PROVIDER, NULL);

  self->get_library = get_library;
  self->user_data = user_data;
  return self;
}
