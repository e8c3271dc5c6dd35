/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/rules.h"

/* Characters; as usb/device.c has them. A file of DIO_USB_RULES_MAX rules has to stay below what session/state-file.h
 * reads. */
#define MAX_SERIAL 128
#define MAX_PORT 32
#define MAX_NAME 64

/* --- a rule --- */

struct _DioUsbRule
{
  GObject parent_instance;

  guint16 vendor, product;
  char *serial; /* NULL: any */
  char *port;   /* NULL: any */
  char *name;
  DioUsbAction action;
};

G_DEFINE_FINAL_TYPE (DioUsbRule, dio_usb_rule, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_ACTION,
  PROP_PORT,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

static void
dio_usb_rule_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DioUsbRule *self = DIO_USB_RULE (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_ACTION:
      g_value_set_uint (value, self->action);
      break;
    case PROP_PORT:
      g_value_set_string (value, self->port);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_usb_rule_finalize (GObject *object)
{
  DioUsbRule *self = DIO_USB_RULE (object);

  g_clear_pointer (&self->serial, g_free);
  g_clear_pointer (&self->port, g_free);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (dio_usb_rule_parent_class)->finalize (object);
}

static void
dio_usb_rule_class_init (DioUsbRuleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_usb_rule_get_property;
  object_class->finalize = dio_usb_rule_finalize;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_ACTION] =
      g_param_spec_uint ("action", NULL, NULL, DIO_USB_ACTION_ASK, DIO_USB_ACTION_KEEP, DIO_USB_ACTION_ASK, flags);
  props[PROP_PORT] = g_param_spec_string ("port", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_usb_rule_init (DioUsbRule *self)
{
}

/* How exactly it says which device it is for: each is worth more than all below it together. */
static guint
get_rank (DioUsbRule *self)
{
  return (self->serial != NULL ? 2u : 0u) + (self->port != NULL ? 1u : 0u);
}

static gboolean
fits (DioUsbRule *self, DioUsbDevice *device)
{
  return self->vendor == dio_usb_device_get_vendor (device) && self->product == dio_usb_device_get_product (device) &&
         (self->serial == NULL || g_strcmp0 (self->serial, dio_usb_device_get_serial (device)) == 0) &&
         (self->port == NULL || g_strcmp0 (self->port, dio_usb_device_get_port (device)) == 0);
}

static gboolean
is_for_the_same (DioUsbRule *self, DioUsbRule *other)
{
  return self->vendor == other->vendor && self->product == other->product &&
         g_strcmp0 (self->serial, other->serial) == 0 && g_strcmp0 (self->port, other->port) == 0;
}

const char *
dio_usb_rule_get_name (DioUsbRule *self)
{
  g_return_val_if_fail (DIO_IS_USB_RULE (self), NULL);
  return self->name;
}

DioUsbAction
dio_usb_rule_get_action (DioUsbRule *self)
{
  g_return_val_if_fail (DIO_IS_USB_RULE (self), DIO_USB_ACTION_ASK);
  return self->action;
}

const char *
dio_usb_rule_get_port (DioUsbRule *self)
{
  g_return_val_if_fail (DIO_IS_USB_RULE (self), NULL);
  return self->port;
}

/* --- all of a machine's --- */

struct _DioUsbRules
{
  GObject parent_instance;

  GPtrArray *rules; /* of DioUsbRule, the oldest first */
};

static GType
dio_usb_rules_get_item_type (GListModel *model)
{
  return DIO_TYPE_USB_RULE;
}

static guint
dio_usb_rules_get_n_items (GListModel *model)
{
  return DIO_USB_RULES (model)->rules->len;
}

static gpointer
dio_usb_rules_get_item (GListModel *model, guint position)
{
  DioUsbRules *self = DIO_USB_RULES (model);

  return position < self->rules->len ? g_object_ref (g_ptr_array_index (self->rules, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = dio_usb_rules_get_item_type;
  iface->get_n_items = dio_usb_rules_get_n_items;
  iface->get_item = dio_usb_rules_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DioUsbRules, dio_usb_rules, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static guint changed_signal;

static void
dio_usb_rules_finalize (GObject *object)
{
  g_clear_pointer (&DIO_USB_RULES (object)->rules, g_ptr_array_unref);
  G_OBJECT_CLASS (dio_usb_rules_parent_class)->finalize (object);
}

static void
dio_usb_rules_class_init (DioUsbRulesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dio_usb_rules_finalize;

  changed_signal = g_signal_new ("changed", DIO_TYPE_USB_RULES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_usb_rules_init (DioUsbRules *self)
{
  self->rules = g_ptr_array_new_with_free_func (g_object_unref);
}

DioUsbRules *
dio_usb_rules_new (void)
{
  return g_object_new (DIO_TYPE_USB_RULES, NULL);
}

static void
remove_at (DioUsbRules *self, guint position)
{
  g_ptr_array_remove_index (self->rules, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

static void
append (DioUsbRules *self, DioUsbRule *rule)
{
  if (self->rules->len >= DIO_USB_RULES_MAX)
    remove_at (self, 0);
  g_ptr_array_add (self->rules, rule);
  g_list_model_items_changed (G_LIST_MODEL (self), self->rules->len - 1, 0, 1);
}

DioUsbRule *
dio_usb_rules_find (DioUsbRules *self, DioUsbDevice *device)
{
  DioUsbRule *best = NULL;

  g_return_val_if_fail (DIO_IS_USB_RULES (self), NULL);

  for (guint i = 0; i < self->rules->len; i++)
    {
      DioUsbRule *rule = g_ptr_array_index (self->rules, i);

      if (fits (rule, device) && (best == NULL || get_rank (rule) >= get_rank (best)))
        best = rule;
    }
  return best;
}

DioUsbAction
dio_usb_rules_match (DioUsbRules *self, DioUsbDevice *device)
{
  DioUsbRule *best = dio_usb_rules_find (self, device);

  return best != NULL ? best->action : DIO_USB_ACTION_ASK;
}

static DioUsbRule *
new_rule (DioUsbDevice *device, DioUsbAction action, gboolean at_port)
{
  DioUsbRule *rule = g_object_new (DIO_TYPE_USB_RULE, NULL);

  rule->vendor = dio_usb_device_get_vendor (device);
  rule->product = dio_usb_device_get_product (device);
  rule->serial = g_strdup (dio_usb_device_get_serial (device));
  rule->port = at_port ? g_strdup (dio_usb_device_get_port (device)) : NULL;
  rule->name = g_utf8_truncate_middle (dio_usb_device_get_name (device), MAX_NAME);
  rule->action = action;
  return rule;
}

void
dio_usb_rules_remember (DioUsbRules *self, DioUsbDevice *device, DioUsbAction action, gboolean at_port)
{
  g_autoptr (DioUsbRule) rule = NULL;

  g_return_if_fail (DIO_IS_USB_RULES (self) && action <= DIO_USB_ACTION_KEEP);

  rule = new_rule (device, action, at_port);
  for (guint i = self->rules->len; i-- > 0;)
    {
      DioUsbRule *other = g_ptr_array_index (self->rules, i);

      if (fits (other, device) && (action == DIO_USB_ACTION_ASK || get_rank (other) >= get_rank (rule)))
        remove_at (self, i);
    }
  if (action != DIO_USB_ACTION_ASK)
    append (self, g_steal_pointer (&rule));
  g_signal_emit (self, changed_signal, 0);
}

void
dio_usb_rules_forget (DioUsbRules *self, DioUsbRule *rule)
{
  guint position;

  g_return_if_fail (DIO_IS_USB_RULES (self));

  if (!g_ptr_array_find (self->rules, rule, &position))
    return;
  remove_at (self, position);
  g_signal_emit (self, changed_signal, 0);
}

void
dio_usb_rules_restore (DioUsbRules *self, DioUsbRule *rule)
{
  g_return_if_fail (DIO_IS_USB_RULES (self) && DIO_IS_USB_RULE (rule));

  for (guint i = 0; i < self->rules->len; i++)
    if (is_for_the_same (g_ptr_array_index (self->rules, i), rule))
      return;
  append (self, g_object_ref (rule));
  g_signal_emit (self, changed_signal, 0);
}

/* --- JSON --- */

static const char *const action_names[] = {
  [DIO_USB_ACTION_CONNECT] = "connect",
  [DIO_USB_ACTION_KEEP] = "keep",
};

static gboolean
is_plain (const char *text, glong max)
{
  if (*text == '\0' || !g_utf8_validate (text, -1, NULL) || g_utf8_strlen (text, -1) > max)
    return FALSE;
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return FALSE;
  return TRUE;
}

static JsonNode *
get_value (JsonObject *object, const char *member, GType type)
{
  JsonNode *node = json_object_get_member (object, member);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type ? node : NULL;
}

static gboolean
read_number (JsonObject *object, const char *member, guint16 *ret_number)
{
  JsonNode *node = get_value (object, member, G_TYPE_INT64);
  gint64 number = node != NULL ? json_node_get_int (node) : -1;

  if (number < 0 || number > G_MAXUINT16)
    return FALSE;
  *ret_number = (guint16) number;
  return TRUE;
}

/* A rule that says less than it did would be for more devices: what cannot be read is no rule. */
static gboolean
read_text (JsonObject *object, const char *member, glong max, gboolean needed, char **ret_text)
{
  JsonNode *node = get_value (object, member, G_TYPE_STRING);

  if (!json_object_has_member (object, member))
    return !needed;
  if (node == NULL || !is_plain (json_node_get_string (node), max))
    return FALSE;
  *ret_text = json_node_dup_string (node);
  return TRUE;
}

static gboolean
read_action (JsonObject *object, DioUsbAction *ret_action)
{
  JsonNode *node = get_value (object, "action", G_TYPE_STRING);

  for (guint i = DIO_USB_ACTION_CONNECT; node != NULL && i < G_N_ELEMENTS (action_names); i++)
    if (g_str_equal (json_node_get_string (node), action_names[i]))
      {
        *ret_action = (DioUsbAction) i;
        return TRUE;
      }
  return FALSE;
}

/* (transfer full) (nullable) */
static DioUsbRule *
read_rule (JsonNode *node)
{
  g_autoptr (DioUsbRule) rule = g_object_new (DIO_TYPE_USB_RULE, NULL);
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (object != NULL && read_number (object, "vendor", &rule->vendor) &&
      read_number (object, "product", &rule->product) && read_action (object, &rule->action) &&
      read_text (object, "name", MAX_NAME, TRUE, &rule->name) &&
      read_text (object, "serial", MAX_SERIAL, FALSE, &rule->serial) &&
      read_text (object, "port", MAX_PORT, FALSE, &rule->port))
    return g_steal_pointer (&rule);
  return NULL;
}

void
dio_usb_rules_load (DioUsbRules *self, JsonArray *array)
{
  guint before, n;

  g_return_if_fail (DIO_IS_USB_RULES (self));

  before = self->rules->len;
  g_ptr_array_set_size (self->rules, 0);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, 0);
  n = array != NULL ? json_array_get_length (array) : 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (DioUsbRule) rule = read_rule (json_array_get_element (array, i));

      for (guint j = self->rules->len; rule != NULL && j-- > 0;)
        if (is_for_the_same (g_ptr_array_index (self->rules, j), rule))
          remove_at (self, j);
      if (rule != NULL)
        append (self, g_steal_pointer (&rule));
    }
}

static void
write_text (JsonBuilder *builder, const char *member, const char *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (builder, member);
  json_builder_add_string_value (builder, text);
}

void
dio_usb_rules_save (DioUsbRules *self, JsonBuilder *builder)
{
  g_return_if_fail (DIO_IS_USB_RULES (self));

  json_builder_begin_array (builder);
  for (guint i = 0; i < self->rules->len; i++)
    {
      DioUsbRule *rule = g_ptr_array_index (self->rules, i);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "vendor");
      json_builder_add_int_value (builder, rule->vendor);
      json_builder_set_member_name (builder, "product");
      json_builder_add_int_value (builder, rule->product);
      write_text (builder, "serial", rule->serial);
      write_text (builder, "port", rule->port);
      write_text (builder, "name", rule->name);
      write_text (builder, "action", action_names[rule->action]);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}
