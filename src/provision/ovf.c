/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/ovf.h"

#include "provision/ovf-system.h"
#include "provision/xml.h"

#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <string.h>

#define MAX_ITEMS 1024
#define MAX_CAPACITY (G_GUINT64_CONSTANT (1) << 46)

/* CIM_ResourceAllocationSettingData.ResourceType (DMTF DSP8004). */
enum
{
  RESOURCE_PROCESSOR = 3,
  RESOURCE_MEMORY = 4,
  RESOURCE_IDE = 5,
  RESOURCE_SCSI = 6,
  RESOURCE_ETHERNET = 10,
  RESOURCE_CD = 15,
  RESOURCE_DVD = 16,
  RESOURCE_DISK = 17,
  RESOURCE_STORAGE = 20
};

/* One piece of the virtual hardware. */
typedef struct
{
  guint type;
  char *subtype, *instance, *parent, *resource, *units;
  guint64 quantity;
  guint group, place; /* the first of those on the same controller; where it is plugged in there */
} Item;

typedef struct
{
  xmlNode *envelope;
  GPtrArray *items; /* Item */
  DioOvf *ovf;
} Parse;

static void
item_free (Item *item)
{
  g_free (item->subtype);
  g_free (item->instance);
  g_free (item->parent);
  g_free (item->resource);
  g_free (item->units);
  g_free (item);
}

static void
disk_free (DioOvfDisk *disk)
{
  g_free (disk->file);
  g_free (disk);
}

void
dio_ovf_free (DioOvf *self)
{
  g_clear_object (&self->config);
  g_clear_pointer (&self->disks, g_ptr_array_unref);
  g_free (self->os);
  g_free (self->os_name);
  g_free (self->notes);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, message);
  return FALSE;
}

/* --- numbers --- */

/* What one of UNITS is in bytes: "byte * 2^20", or as VMware and OVF 0.9 have it: "MegaBytes", "MB". 0: unknown. */
static guint64
unit_in_bytes (const char *units, guint64 otherwise)
{
  static const struct
  {
    const char *name;
    guint shift;
  } names[] = { { "byte", 0 }, { "bytes", 0 },      { "kb", 10 },        { "mb", 20 },
                { "gb", 30 },  { "kilobytes", 10 }, { "megabytes", 20 }, { "gigabytes", 30 } };
  g_autofree char *text = NULL;
  const char *power;

  if (units == NULL)
    return otherwise;
  text = g_ascii_strdown (units, -1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (text, names[i].name))
      return G_GUINT64_CONSTANT (1) << names[i].shift;
  power = strstr (text, "2^");
  if (g_str_has_prefix (text, "byte") && power != NULL)
    {
      guint64 shift = g_ascii_strtoull (power + 2, NULL, 10);

      return shift <= 50 ? G_GUINT64_CONSTANT (1) << shift : 0;
    }
  return 0;
}

/* 0 when it is nothing sensible; as much as there can be when it is more. */
static guint64
to_bytes (guint64 quantity, const char *units, guint64 otherwise)
{
  guint64 bytes;

  return g_uint64_checked_mul (&bytes, quantity, unit_in_bytes (units, otherwise)) ? bytes : G_MAXUINT64;
}

/* --- files and disks --- */

gboolean
dio_ovf_is_file_name (const char *name)
{
  return *name != '\0' && *name != '.' && strlen (name) <= 255 && g_utf8_validate (name, -1, NULL) &&
         !strpbrk (name, "/\\") && !strstr (name, "://");
}

/* The file called ID into DISK. */
static gboolean
set_file (Parse *self, DioOvfDisk *disk, const char *id, GError **error)
{
  xmlNode *file = dio_xml_find_by (dio_xml_find (self->envelope, "References"), "File", "id", id);
  g_autofree char *href = file != NULL ? dio_xml_dup_attribute (file, "href") : NULL;
  g_autofree char *compression = file != NULL ? dio_xml_dup_attribute (file, "compression") : NULL;
  g_autofree char *chunk = file != NULL ? dio_xml_dup_attribute (file, "chunkSize") : NULL;

  if (href == NULL)
    return refuse (error, _ ("The appliance refers to a file that it does not list. It is damaged: get it again."));
  if (!dio_ovf_is_file_name (href))
    return refuse (error, _ ("The appliance wants a file that is not its own. Diorama does not open it."));
  if (chunk != NULL)
    return refuse (error, _ ("The appliance's disks are split into pieces. Export it again as a single file (OVA)."));
  if (compression != NULL && g_ascii_strcasecmp (compression, "gzip") != 0 &&
      g_ascii_strcasecmp (compression, "identity") != 0)
    return refuse (error, _ ("The appliance's disks are compressed in a way that Diorama does not know. Export it "
                             "again as OVF 1.0."));
  disk->file = g_steal_pointer (&href);
  disk->gzip = compression != NULL && g_ascii_strcasecmp (compression, "gzip") == 0;
  return TRUE;
}

/* What stands in DiskSection of the disk called ID. */
static gboolean
set_disk (Parse *self, DioOvfDisk *disk, const char *id, GError **error)
{
  xmlNode *node = dio_xml_find_by (dio_xml_find (self->envelope, "DiskSection"), "Disk", "diskId", id);
  g_autofree char *capacity = node != NULL ? dio_xml_dup_attribute (node, "capacity") : NULL;
  g_autofree char *units = node != NULL ? dio_xml_dup_attribute (node, "capacityAllocationUnits") : NULL;
  g_autofree char *reference = node != NULL ? dio_xml_dup_attribute (node, "fileRef") : NULL;
  g_autofree char *parent = node != NULL ? dio_xml_dup_attribute (node, "parentRef") : NULL;

  if (node == NULL)
    return refuse (error, _ ("The appliance refers to a disk that it does not have. It is damaged: get it again."));
  if (parent != NULL)
    return refuse (error, _ ("A disk of the appliance only holds the changes to another one. Export it again from a "
                             "machine without snapshots."));
  disk->capacity = capacity != NULL ? to_bytes (g_ascii_strtoull (capacity, NULL, 10), units, 1) : 0;
  if (disk->capacity > MAX_CAPACITY || (reference == NULL && disk->capacity == 0))
    return refuse (error, _ ("A disk of the appliance has a size that no disk can have. It is damaged: get it again."));
  return reference == NULL || set_file (self, disk, reference, error);
}

static const Item *
find_item (Parse *self, const char *instance)
{
  for (guint i = 0; instance != NULL && i < self->items->len; i++)
    if (g_strcmp0 (((Item *) self->items->pdata[i])->instance, instance) == 0)
      return self->items->pdata[i];
  return NULL;
}

static gboolean
has_word (const char *text, const char *word)
{
  g_autofree char *lower = text != NULL ? g_ascii_strdown (text, -1) : NULL;

  return lower != NULL && strstr (lower, word) != NULL;
}

/* A bus that the system on the disk has a driver for, if it had one for the controller that it knew: IDE, SATA and the
 * SCSI controllers of others become SATA, which all systems of today start from. */
static DioDiskBus
choose_bus (const Item *controller)
{
  if (controller == NULL)
    return DIO_DISK_BUS_SATA;
  if (has_word (controller->subtype, "nvme"))
    return DIO_DISK_BUS_NVME;
  if (has_word (controller->subtype, "virtio"))
    return controller->type == RESOURCE_SCSI || has_word (controller->subtype, "scsi") ? DIO_DISK_BUS_SCSI
                                                                                       : DIO_DISK_BUS_VIRTIO;
  return DIO_DISK_BUS_SATA;
}

static gboolean
add_disk (Parse *self, const Item *item, GError **error)
{
  DioOvfDisk *disk = g_new0 (DioOvfDisk, 1);
  const char *resource = item->resource;
  gboolean good = TRUE;

  g_ptr_array_add (self->ovf->disks, disk);
  disk->cdrom = item->type != RESOURCE_DISK;
  disk->bus = choose_bus (find_item (self, item->parent));
  if (disk->cdrom && disk->bus != DIO_DISK_BUS_SCSI)
    disk->bus = DIO_DISK_BUS_SATA;

  if (resource != NULL && g_str_has_prefix (resource, "ovf:"))
    resource += strlen ("ovf:");
  if (self->ovf->disks->len > DIO_OVF_MAX_DISKS)
    good = refuse (error, _ ("The appliance has more disks than a machine can have."));
  else if (resource != NULL && g_str_has_prefix (resource, "/disk/"))
    good = set_disk (self, disk, resource + strlen ("/disk/"), error);
  else if (resource != NULL && g_str_has_prefix (resource, "/file/"))
    good = set_file (self, disk, resource + strlen ("/file/"), error);
  else if (!disk->cdrom) /* one of the computer that it was made on */
    g_ptr_array_set_size (self->ovf->disks, (int) self->ovf->disks->len - 1);
  return good;
}

/* --- the hardware --- */

/* NULL: none of ours. */
static Item *
read_item (xmlNode *node)
{
  Item *item;
  g_autofree char *type = NULL;
  g_autofree char *quantity = NULL;
  g_autofree char *address = NULL;

  if (!dio_xml_is (node, "Item") && !dio_xml_is (node, "StorageItem") && !dio_xml_is (node, "EthernetPortItem"))
    return NULL;
  item = g_new0 (Item, 1);
  address = dio_xml_dup_text (node, "AddressOnParent");
  type = dio_xml_dup_text (node, "ResourceType");
  quantity = dio_xml_dup_text (node, "VirtualQuantity");
  item->type = type != NULL ? (guint) MIN (g_ascii_strtoull (type, NULL, 10), G_MAXUINT16) : 0;
  item->quantity = quantity != NULL ? g_ascii_strtoull (quantity, NULL, 10) : 0;
  item->units = dio_xml_dup_text (node, "AllocationUnits");
  item->subtype = dio_xml_dup_text (node, "ResourceSubType");
  item->instance = dio_xml_dup_text (node, "InstanceID");
  item->parent = dio_xml_dup_text (node, "Parent");
  item->place = address != NULL ? (guint) MIN (g_ascii_strtoull (address, NULL, 10), G_MAXUINT16) : 0;
  item->resource = dio_xml_dup_text (node, "HostResource");
  return item;
}

static void
set_network (Parse *self, const Item *item)
{
  DioNetworkCard card = DIO_NETWORK_CARD_E1000E;

  if (has_word (item->subtype, "virtio"))
    card = DIO_NETWORK_CARD_VIRTIO;
  else if (has_word (item->subtype, "pcnet") || has_word (item->subtype, "rtl8139"))
    card = DIO_NETWORK_CARD_RTL8139;
  g_object_set (self->ovf->config, "network", DIO_NETWORK_NAT, "network-card", card, NULL);
}

static gboolean
apply_item (Parse *self, const Item *item, GError **error)
{
  guint64 bytes;

  switch (item->type)
    {
    case RESOURCE_PROCESSOR:
      g_object_set (self->ovf->config, "cpus", (guint) CLAMP (item->quantity, 1, 255), NULL);
      return TRUE;
    case RESOURCE_MEMORY:
      bytes = to_bytes (item->quantity, item->units, 1024 * 1024);
      /* More than 1 TiB is nobody's machine. */
      g_object_set (self->ovf->config, "memory", (guint) CLAMP (bytes >> 20, 64, 1024 * 1024), NULL);
      return TRUE;
    case RESOURCE_ETHERNET:
      if (dio_machine_config_get_network (self->ovf->config) == DIO_NETWORK_NONE)
        set_network (self, item);
      return TRUE;
    case RESOURCE_CD:
    case RESOURCE_DVD:
    case RESOURCE_DISK:
      return add_disk (self, item, error);
    default:
      return TRUE;
    }
}

/* Disks on one controller come in the order of their sockets there, controllers in that of their first ones. */
static int
compare_items (gconstpointer a, gconstpointer b)
{
  const Item *left = a, *right = b;

  if (left->group != right->group)
    return left->group < right->group ? -1 : 1;
  return left->place < right->place ? -1 : left->place > right->place;
}

static void
sort_items (Parse *self)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = self->items->pdata[i];

      item->group = i;
      for (guint j = 0; j < i && item->group == i; j++)
        {
          const Item *other = self->items->pdata[j];

          if (item->parent != NULL && item->type == other->type && g_strcmp0 (item->parent, other->parent) == 0)
            item->group = other->group;
        }
    }
  g_ptr_array_sort_values (self->items, compare_items);
}

static gboolean
read_hardware (Parse *self, xmlNode *hardware, GError **error)
{
  for (xmlNode *node = hardware != NULL ? hardware->children : NULL; node != NULL; node = node->next)
    {
      Item *item = node->type == XML_ELEMENT_NODE ? read_item (node) : NULL;

      if (item != NULL)
        g_ptr_array_add (self->items, item);
      if (self->items->len > MAX_ITEMS)
        return refuse (error, _ ("The appliance has more devices than a machine can have."));
    }
  if (self->items->len == 0)
    return refuse (error, _ ("The appliance does not say what hardware its machine has. It is damaged: get it again."));

  sort_items (self);
  for (guint i = 0; i < self->items->len; i++)
    if (!apply_item (self, self->items->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* --- the whole --- */

/* The only VirtualSystem, in the envelope or in a collection. */
static xmlNode *
find_system (xmlNode *envelope, GError **error)
{
  xmlNode *system = NULL;
  xmlNode *collection = dio_xml_find (envelope, "VirtualSystemCollection");
  guint n = 0;

  for (xmlNode *node = (collection != NULL ? collection : envelope)->children; node != NULL; node = node->next)
    if (dio_xml_is (node, "VirtualSystem") && n++ == 0)
      system = node;
  if (n == 1)
    return system;
  refuse (error, n == 0 ? _ ("The appliance has no machine in it. It is damaged: get it again.")
                        : _ ("The appliance holds several machines. Export each of them to a file of its own."));
  return NULL;
}

static void
read_name (Parse *self, xmlNode *system)
{
  g_autofree char *name = dio_xml_dup_text (system, "Name");
  g_autofree char *id = name == NULL ? dio_xml_dup_attribute (system, "id") : NULL;
  const char *shown = name != NULL ? name : id != NULL ? id : _ ("Imported Machine");
  xmlNode *annotation = dio_xml_find (system, "AnnotationSection");

  self->ovf->config = dio_machine_config_new (shown);
  self->ovf->notes = dio_xml_dup_text (annotation, "Annotation");
  g_object_set (self->ovf->config, "network", DIO_NETWORK_NONE, NULL);
}

static xmlDoc *
read_document (GBytes *text, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  xmlDoc *document = NULL;

  /* Entities are never needed, and what they can do is never wanted. The text is UTF-8 whatever it says itself, so that
   * there is no other way to write this. */
  if (size > DIO_OVF_MAX || (size > 0 && (memmem (data, size, "<!DOCTYPE", 9) || memmem (data, size, "<!ENTITY", 8))))
    {
      refuse (error, _ ("The appliance's description is larger, or of another kind, than one ever is. Diorama does not "
                        "open it."));
      return NULL;
    }
  if (size > 0)
    document = xmlReadMemory (data, (int) size, NULL, "UTF-8",
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
  if (document == NULL || document->intSubset != NULL || xmlDocGetRootElement (document) == NULL)
    {
      g_clear_pointer (&document, xmlFreeDoc);
      refuse (error, _ ("The appliance's description cannot be read (it is not proper XML). It is damaged: get it "
                        "again."));
    }
  return document;
}

static gboolean
parse (Parse *self, GError **error)
{
  xmlNode *system, *hardware;

  if (!dio_xml_is (self->envelope, "Envelope"))
    return refuse (error, _ ("The file does not describe an appliance (OVF)."));
  system = find_system (self->envelope, error);
  if (system == NULL)
    return FALSE;
  hardware = dio_xml_find (system, "VirtualHardwareSection");
  read_name (self, system);
  dio_ovf_read_system (self->ovf, system, hardware);
  return read_hardware (self, hardware, error);
}

DioOvf *
dio_ovf_parse (GBytes *text, GError **error)
{
  xmlDoc *document = read_document (text, error);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  g_autoptr (DioOvf) ovf = NULL;
  gboolean good;

  if (document == NULL)
    return NULL;
  ovf = g_new0 (DioOvf, 1);
  ovf->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) disk_free);
  good = parse (&(Parse) { .envelope = xmlDocGetRootElement (document), .items = items, .ovf = ovf }, error);
  xmlFreeDoc (document);
  return good ? g_steal_pointer (&ovf) : NULL;
}
