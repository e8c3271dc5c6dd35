/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/ovf-system.h"
#include "provision/ovf.h"

#include <libxml/xmlwriter.h>

/* DMTF DSP0243 1.1. What VMware and VirtualBox read of it beyond the standard is in their own namespaces and marked as
 * not required, so that each can pass over the other's. */
#define NS_OVF "http://schemas.dmtf.org/ovf/envelope/1"
#define NS_RASD "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
#define NS_VSSD "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
#define NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define NS_VMW "http://www.vmware.com/schema/ovf"
#define NS_VBOX "http://www.virtualbox.org/ovf/machine"
#define FORMAT_URI "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"

#define CONTROLLER_ID 3
#define FIRST_DISK_ID 10

typedef struct
{
  xmlTextWriter *xml;
  DioMachineConfig *config;
  const DioOvfNewDisk *disks;
  guint n_disks;
  GPtrArray *uuids; /* of the disks, for VirtualBox; NULL: it gets no configuration of its own */
} Writer;

static void
start (Writer *self, const char *name)
{
  xmlTextWriterStartElement (self->xml, (const xmlChar *) name);
}

static void
end (Writer *self)
{
  xmlTextWriterEndElement (self->xml);
}

static void G_GNUC_PRINTF (3, 4) attribute (Writer *self, const char *name, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  xmlTextWriterWriteAttribute (self->xml, (const xmlChar *) name, (const xmlChar *) text);
}

/* Characters that XML cannot hold, such as control characters, are left out. */
static char *
clean (const char *text)
{
  GString *result = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (character >= 0x20 ? character != 0xfffe && character != 0xffff : character == '\n' || character == '\t')
        g_string_append_unichar (result, character);
    }
  return g_string_free_and_steal (result);
}

static void
element (Writer *self, const char *name, const char *text)
{
  g_autofree char *cleaned = clean (text);

  xmlTextWriterWriteElement (self->xml, (const xmlChar *) name, (const xmlChar *) cleaned);
}

static void
number (Writer *self, const char *name, guint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);

  element (self, name, text);
}

static void
write_files (Writer *self)
{
  start (self, "References");
  for (guint i = 0; i < self->n_disks; i++)
    {
      start (self, "File");
      attribute (self, "ovf:id", "file%u", i + 1);
      attribute (self, "ovf:href", "%s", self->disks[i].file);
      attribute (self, "ovf:size", "%" G_GUINT64_FORMAT, self->disks[i].file_size);
      end (self);
    }
  end (self);

  start (self, "DiskSection");
  element (self, "Info", "The disks of the machine");
  for (guint i = 0; i < self->n_disks; i++)
    {
      start (self, "Disk");
      attribute (self, "ovf:diskId", "vmdisk%u", i + 1);
      attribute (self, "ovf:capacity", "%" G_GUINT64_FORMAT, self->disks[i].capacity);
      attribute (self, "ovf:capacityAllocationUnits", "byte");
      attribute (self, "ovf:fileRef", "file%u", i + 1);
      attribute (self, "ovf:format", "%s", FORMAT_URI);
      if (self->uuids)
        attribute (self, "vbox:uuid", "%s", (const char *) self->uuids->pdata[i]);
      end (self);
    }
  end (self);
}

static void
write_network_section (Writer *self)
{
  if (dio_machine_config_get_network (self->config) == DIO_NETWORK_NONE)
    return;
  start (self, "NetworkSection");
  element (self, "Info", "The networks that the machine is on");
  start (self, "Network");
  attribute (self, "ovf:name", "NAT");
  element (self, "Description", "The NAT network");
  end (self);
  end (self);
}

static void
write_system_section (Writer *self, const char *os, const char *os_name)
{
  DioOvfSystem system = dio_ovf_describe_system (os);

  start (self, "OperatingSystemSection");
  attribute (self, "ovf:id", "%u", system.cim);
  attribute (self, "vmw:osType", "%s", system.vmware);
  element (self, "Info", "The operating system of the machine");
  if (os_name != NULL)
    element (self, "Description", os_name);
  start (self, "vbox:OSType");
  attribute (self, "ovf:required", "false");
  xmlTextWriterWriteString (self->xml, (const xmlChar *) system.virtualbox);
  end (self);
  end (self);
}

/* The members of an Item are in alphabetical order: that is in its schema. NULL and 0: left out. */
typedef struct
{
  guint id, type;
  const char *name, *address, *place, *units, *connection, *resource, *subtype;
  guint parent, quantity;
} NewItem;

static void
optional (Writer *self, const char *name, const char *text)
{
  if (text != NULL)
    element (self, name, text);
}

static void
write_item (Writer *self, NewItem item)
{
  start (self, "Item");
  optional (self, "rasd:Address", item.address);
  optional (self, "rasd:AddressOnParent", item.place);
  optional (self, "rasd:AllocationUnits", item.units);
  if (item.connection != NULL)
    element (self, "rasd:AutomaticAllocation", "true");
  /* VirtualBox names devices by this in OVF 1, VMware by their ElementName. */
  element (self, "rasd:Caption", item.name);
  optional (self, "rasd:Connection", item.connection);
  element (self, "rasd:ElementName", item.name);
  optional (self, "rasd:HostResource", item.resource);
  number (self, "rasd:InstanceID", item.id);
  if (item.parent != 0)
    number (self, "rasd:Parent", item.parent);
  optional (self, "rasd:ResourceSubType", item.subtype);
  number (self, "rasd:ResourceType", item.type);
  if (item.quantity != 0)
    number (self, "rasd:VirtualQuantity", item.quantity);
  end (self);
}

static void
write_disk_item (Writer *self, guint i)
{
  g_autofree char *name = g_strdup_printf ("Disk %u", i + 1);
  g_autofree char *resource = g_strdup_printf ("ovf:/disk/vmdisk%u", i + 1);
  g_autofree char *place = g_strdup_printf ("%u", i);

  write_item (self, (NewItem) { .id = FIRST_DISK_ID + i,
                                .type = 17,
                                .name = name,
                                .resource = resource,
                                .parent = CONTROLLER_ID,
                                .place = place });
}

static void
write_config (Writer *self, const char *key, const char *value)
{
  start (self, "vmw:Config");
  attribute (self, "ovf:required", "false");
  attribute (self, "vmw:key", "%s", key);
  attribute (self, "vmw:value", "%s", value);
  end (self);
}

/* All disks are on a SATA controller, under the name by which both VMware and VirtualBox know it: what started from
 * virtio has its driver, too. */
static void
write_hardware (Writer *self, const char *name)
{
  DioFirmware firmware = dio_machine_config_get_firmware (self->config);

  start (self, "VirtualHardwareSection");
  element (self, "Info", "The hardware of the machine");
  start (self, "System");
  element (self, "vssd:ElementName", "Virtual Hardware Family");
  element (self, "vssd:InstanceID", "0");
  element (self, "vssd:VirtualSystemIdentifier", name);
  element (self, "vssd:VirtualSystemType", "vmx-13");
  end (self);
  write_item (self, (NewItem) { .id = 1,
                                .type = 3,
                                .name = "Processors",
                                .units = "hertz * 10^6",
                                .quantity = dio_machine_config_get_cpus (self->config) });
  write_item (self, (NewItem) { .id = 2,
                                .type = 4,
                                .name = "Memory",
                                .units = "byte * 2^20",
                                .quantity = dio_machine_config_get_memory (self->config) });
  write_item (
      self,
      (NewItem) {
          .id = CONTROLLER_ID, .type = 20, .name = "SATA Controller", .subtype = "vmware.sata.ahci", .address = "0" });
  for (guint i = 0; i < self->n_disks; i++)
    write_disk_item (self, i);
  if (dio_machine_config_get_network (self->config) != DIO_NETWORK_NONE)
    write_item (self,
                (NewItem) { .id = 4, .type = 10, .name = "Network Card", .subtype = "E1000", .connection = "NAT" });
  if (firmware != DIO_FIRMWARE_BIOS)
    write_config (self, "firmware", "efi");
  if (firmware == DIO_FIRMWARE_UEFI_SECURE)
    write_config (self, "bootOptions.efiSecureBootEnabled", "true");
  end (self);
}

/* --- what VirtualBox reads instead --- */

static void
write_with (Writer *self, const char *name, const char *key, const char *value)
{
  start (self, name);
  attribute (self, key, "%s", value);
  end (self);
}

static void
write_box_hardware (Writer *self)
{
  start (self, "Hardware");
  start (self, "CPU");
  attribute (self, "count", "%u", dio_machine_config_get_cpus (self->config));
  write_with (self, "PAE", "enabled", "true");
  write_with (self, "LongMode", "enabled", "true");
  end (self);
  start (self, "Memory");
  attribute (self, "RAMSize", "%u", dio_machine_config_get_memory (self->config));
  end (self);
  write_with (self, "Firmware", "type", "EFI");
  start (self, "Display");
  attribute (self, "controller", "VMSVGA");
  attribute (self, "VRAMSize", "16");
  end (self);
  /* Without one there is one processor. */
  start (self, "BIOS");
  write_with (self, "IOAPIC", "enabled", "true");
  end (self);
  if (dio_machine_config_get_network (self->config) != DIO_NETWORK_NONE)
    {
      start (self, "Network");
      start (self, "Adapter");
      attribute (self, "slot", "0");
      attribute (self, "enabled", "true");
      attribute (self, "type", "82540EM");
      start (self, "NAT");
      end (self);
      end (self);
      end (self);
    }
  end (self);
}

static void
write_box_disks (Writer *self)
{
  start (self, "StorageControllers");
  start (self, "StorageController");
  attribute (self, "name", "SATA");
  attribute (self, "type", "AHCI");
  attribute (self, "PortCount", "%u", MAX (self->n_disks, 1));
  attribute (self, "useHostIOCache", "false");
  attribute (self, "Bootable", "true");
  for (guint i = 0; i < self->n_disks; i++)
    {
      start (self, "AttachedDevice");
      attribute (self, "type", "HardDisk");
      attribute (self, "port", "%u", i);
      attribute (self, "device", "0");
      write_with (self, "Image", "uuid", self->uuids->pdata[i]);
      end (self);
    }
  end (self);
  end (self);
}

/* OVF does not say which firmware starts a machine. VMware reads it from a vmw:Config; VirtualBox (MachineConfigFile of
 * its settings, version 1.16, which all since 5.0 read) only from a machine of its own format, and then takes nothing
 * from the hardware section but the disks, by their vbox:uuid. What VirtualBox presumes, BIOS, is left to OVF alone. */
static void
write_box_machine (Writer *self, const char *name, const char *os)
{
  g_autofree char *uuid = g_uuid_string_random ();

  if (!self->uuids)
    return;
  start (self, "vbox:Machine");
  attribute (self, "ovf:required", "false");
  attribute (self, "version", "1.16-linux");
  attribute (self, "uuid", "{%s}", uuid);
  attribute (self, "name", "%s", name);
  attribute (self, "OSType", "%s", dio_ovf_describe_system (os).virtualbox);
  /* VMware wants it in what it does not know. */
  element (self, "ovf:Info", "The machine in VirtualBox’ own format");
  write_box_hardware (self);
  write_box_disks (self);
  end (self);
}

static void
write_system (Writer *self, const char *os, const char *os_name, const char *notes)
{
  const char *name = dio_machine_config_get_name (self->config);
  g_autofree char *cleaned = clean (name);

  start (self, "VirtualSystem");
  attribute (self, "ovf:id", "%s", cleaned);
  element (self, "Info", "A machine");
  element (self, "Name", name);
  if (notes != NULL)
    {
      start (self, "AnnotationSection");
      element (self, "Info", "Notes on the machine");
      element (self, "Annotation", notes);
      end (self);
    }
  write_system_section (self, os, os_name);
  write_hardware (self, name);
  write_box_machine (self, cleaned, os);
  end (self);
}

/* (transfer full) */
static GPtrArray *
new_uuids (guint n)
{
  GPtrArray *uuids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *uuid = g_uuid_string_random ();

      g_ptr_array_add (uuids, g_strdup_printf ("{%s}", uuid));
    }
  return uuids;
}

GBytes *
dio_ovf_write (DioMachineConfig *config, const char *os, const char *os_name, const char *notes,
               const DioOvfNewDisk *disks, guint n_disks)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  Writer self = { .xml = xmlNewTextWriterMemory (buffer, 0), .config = config, .disks = disks, .n_disks = n_disks };
  g_autoptr (GPtrArray) uuids = new_uuids (n_disks);
  GBytes *bytes;

  if (dio_machine_config_get_firmware (config) != DIO_FIRMWARE_BIOS)
    self.uuids = uuids;
  xmlTextWriterSetIndent (self.xml, 1);
  xmlTextWriterStartDocument (self.xml, NULL, "UTF-8", NULL);
  start (&self, "Envelope");
  attribute (&self, "xmlns", NS_OVF);
  attribute (&self, "xmlns:ovf", NS_OVF);
  attribute (&self, "xmlns:rasd", NS_RASD);
  attribute (&self, "xmlns:vssd", NS_VSSD);
  attribute (&self, "xmlns:xsi", NS_XSI);
  attribute (&self, "xmlns:vmw", NS_VMW);
  attribute (&self, "xmlns:vbox", NS_VBOX);
  write_files (&self);
  write_network_section (&self);
  write_system (&self, os, os_name, notes);
  end (&self);
  xmlTextWriterEndDocument (self.xml);
  xmlFreeTextWriter (self.xml);
  bytes = g_bytes_new (xmlBufferContent (buffer), xmlBufferLength (buffer));
  xmlBufferFree (buffer);
  return bytes;
}
