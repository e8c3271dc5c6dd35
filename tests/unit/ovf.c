/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/ovf.h"

#include <string.h>

/* As VMware's tools write it. */
static const char vmware[] =
    "<?xml version='1.0' encoding='UTF-8'?>"
    "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1' xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1' "
    " xmlns:rasd='http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData' "
    " xmlns:vmw='http://www.vmware.com/schema/ovf'>"
    "<References><File ovf:href='a%20b.vmdk' ovf:id='f1' ovf:size='1'/>"
    "<File ovf:href='two.vmdk.gz' ovf:id='f2' ovf:compression='gzip'/><File ovf:href='cd.iso' "
    "ovf:id='f3'/></References>"
    "<DiskSection><Info/><Disk ovf:capacity='20' ovf:capacityAllocationUnits='byte * 2^30' ovf:diskId='d1' "
    " ovf:fileRef='f1'/><Disk ovf:capacity='512' ovf:capacityAllocationUnits='MegaBytes' ovf:diskId='d2' "
    " ovf:fileRef='f2'/><Disk ovf:capacity='1048576' ovf:diskId='d3'/></DiskSection>"
    "<NetworkSection><Network ovf:name='nat'/></NetworkSection>"
    "<VirtualSystem ovf:id='vm'><Info/><Name> Büro &amp; Co </Name>"
    "<AnnotationSection><Info/><Annotation>first line\nsecond</Annotation></AnnotationSection>"
    "<OperatingSystemSection ovf:id='103' vmw:osType='windows11_64Guest'><Info/></OperatingSystemSection>"
    "<VirtualHardwareSection><Info/>"
    "<Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType>"
    "<rasd:VirtualQuantity>6</rasd:VirtualQuantity></Item>"
    "<Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID>"
    "<rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>3072</rasd:VirtualQuantity></Item>"
    "<Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>vmware.nvme.controller</rasd:ResourceSubType>"
    "<rasd:ResourceType>20</rasd:ResourceType></Item>"
    "<Item><rasd:InstanceID>4</rasd:InstanceID><rasd:ResourceSubType>lsilogic</rasd:ResourceSubType>"
    "<rasd:ResourceType>6</rasd:ResourceType></Item>"
    "<Item><rasd:AddressOnParent>1</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/d2</rasd:HostResource>"
    "<rasd:InstanceID>5</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>"
    "<Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/d1</rasd:HostResource>"
    "<rasd:InstanceID>6</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>"
    "<Item><rasd:HostResource>/disk/d3</rasd:HostResource><rasd:InstanceID>7</rasd:InstanceID>"
    "<rasd:Parent>4</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>"
    "<Item><rasd:HostResource>ovf:/file/f3</rasd:HostResource><rasd:InstanceID>8</rasd:InstanceID>"
    "<rasd:ResourceType>15</rasd:ResourceType></Item>"
    "<Item><rasd:Connection>nat</rasd:Connection><rasd:InstanceID>9</rasd:InstanceID>"
    "<rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType><rasd:ResourceType>10</rasd:ResourceType></Item>"
    "<vmw:Config ovf:required='false' vmw:key='firmware' vmw:value='efi'/>"
    "<vmw:Config ovf:required='false' vmw:key='bootOptions.efiSecureBootEnabled' vmw:value='true'/>"
    "</VirtualHardwareSection></VirtualSystem></Envelope>";

/* As VirtualBox writes it. */
static const char virtualbox[] =
    "<?xml version=\"1.0\"?>"
    "<Envelope ovf:version=\"1.0\" xml:lang=\"en-US\" xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\" "
    " xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\" xmlns:rasd=\"r\" xmlns:vbox=\"b\">"
    "<References/><DiskSection/>"
    "<VirtualSystem ovf:id=\"trixie\"><Info/>"
    "<OperatingSystemSection ovf:id=\"96\"><Info/><Description>Debian_64</Description>"
    "<vbox:OSType ovf:required=\"false\">Debian13_64</vbox:OSType></OperatingSystemSection>"
    "<VirtualHardwareSection><Item><rasd:ResourceType>3</rasd:ResourceType>"
    "<rasd:VirtualQuantity>99999999999</rasd:VirtualQuantity></Item>"
    "<Item><rasd:AllocationUnits>MegaBytes</rasd:AllocationUnits><rasd:ResourceType>4</rasd:ResourceType>"
    "<rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item></VirtualHardwareSection>"
    "<vbox:Machine ovf:required=\"false\"><Hardware><Firmware type=\"EFI\"/>"
    "<TrustedPlatformModule type=\"v2_0\"/></Hardware></vbox:Machine></VirtualSystem></Envelope>";

static DioOvf *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return dio_ovf_parse (bytes, error);
}

static void
assert_disk (DioOvf *ovf, guint i, const char *file, guint64 capacity, DioDiskBus bus, gboolean cdrom)
{
  const DioOvfDisk *disk = ovf->disks->pdata[i];

  g_assert_cmpstr (disk->file, ==, file);
  g_assert_cmpuint (disk->capacity, ==, capacity);
  g_assert_cmpint (disk->bus, ==, bus);
  g_assert_cmpint (disk->cdrom, ==, cdrom);
}

static void
test_vmware (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOvf) ovf = parse (vmware, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (dio_machine_config_get_name (ovf->config), ==, "Büro & Co");
  g_assert_cmpstr (ovf->notes, ==, "first line\nsecond");
  g_assert_cmpstr (ovf->os, ==, "http://microsoft.com/win/11");
  g_assert_true (dio_machine_config_get_hyperv (ovf->config));
  g_assert_true (dio_machine_config_get_clock_local (ovf->config));
  g_assert_cmpuint (dio_machine_config_get_cpus (ovf->config), ==, 6);
  g_assert_cmpuint (dio_machine_config_get_memory (ovf->config), ==, 3072);
  g_assert_cmpint (dio_machine_config_get_firmware (ovf->config), ==, DIO_FIRMWARE_UEFI_SECURE);
  g_assert_cmpint (dio_machine_config_get_network (ovf->config), ==, DIO_NETWORK_NAT);
  g_assert_cmpint (dio_machine_config_get_network_card (ovf->config), ==, DIO_NETWORK_CARD_E1000E);
  g_assert_cmpuint (ovf->disks->len, ==, 4);
  assert_disk (ovf, 0, "a%20b.vmdk", G_GUINT64_CONSTANT (20) << 30, DIO_DISK_BUS_NVME, FALSE);
  assert_disk (ovf, 1, "two.vmdk.gz", 512 << 20, DIO_DISK_BUS_NVME, FALSE);
  g_assert_true (((DioOvfDisk *) ovf->disks->pdata[1])->gzip);
  assert_disk (ovf, 2, NULL, 1 << 20, DIO_DISK_BUS_SATA, FALSE);
  assert_disk (ovf, 3, "cd.iso", 0, DIO_DISK_BUS_SATA, TRUE);
}

static void
test_virtualbox (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOvf) ovf = parse (virtualbox, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (dio_machine_config_get_name (ovf->config), ==, "trixie");
  g_assert_cmpstr (ovf->os, ==, "http://debian.org/debian/13");
  g_assert_cmpstr (ovf->os_name, ==, "Debian 13");
  g_assert_cmpuint (dio_machine_config_get_cpus (ovf->config), ==, 255);
  g_assert_cmpuint (dio_machine_config_get_memory (ovf->config), ==, 2048);
  g_assert_cmpint (dio_machine_config_get_firmware (ovf->config), ==, DIO_FIRMWARE_UEFI);
  g_assert_true (dio_machine_config_get_tpm (ovf->config));
  g_assert_cmpint (dio_machine_config_get_network (ovf->config), ==, DIO_NETWORK_NONE);
  g_assert_cmpuint (ovf->disks->len, ==, 0);
}

/* What is written is read as it was. */
static void
test_round (void)
{
  static const struct
  {
    const char *os;
    gboolean known;
  } systems[] = { { "http://debian.org/debian/12", TRUE },
                  { "http://microsoft.com/win/10", TRUE },
                  { "http://x.org/y", FALSE },
                  { NULL, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (systems); i++)
    {
      g_autoptr (DioMachineConfig) config = dio_machine_config_new ("<&\"'>\x01 ğ🦀");
      const DioOvfNewDisk disks[] = { { .file = "a.vmdk", .file_size = 7, .capacity = G_GUINT64_CONSTANT (1) << 40 },
                                      { .file = "b.vmdk", .file_size = 8, .capacity = 512 } };
      g_autoptr (GBytes) text = NULL;
      g_autoptr (DioOvf) ovf = NULL;
      g_autoptr (GError) error = NULL;

      g_object_set (config, "cpus", 7, "memory", 123456, "firmware", i % 3, "network", DIO_NETWORK_NONE, NULL);
      text = dio_ovf_write (config, systems[i].os, "]]> & <", "line\n<b>", disks, 2);
      ovf = dio_ovf_parse (text, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (dio_machine_config_get_name (ovf->config), ==, "<&\"'> ğ🦀");
      g_assert_cmpstr (ovf->os, ==, systems[i].known ? systems[i].os : NULL);
      g_assert_cmpstr (ovf->notes, ==, "line\n<b>");
      g_assert_cmpuint (dio_machine_config_get_cpus (ovf->config), ==, 7);
      g_assert_cmpuint (dio_machine_config_get_memory (ovf->config), ==, 123456);
      g_assert_cmpint (dio_machine_config_get_firmware (ovf->config), ==, i % 3);
      g_assert_cmpint (dio_machine_config_get_network (ovf->config), ==, DIO_NETWORK_NONE);
      assert_disk (ovf, 0, "a.vmdk", G_GUINT64_CONSTANT (1) << 40, DIO_DISK_BUS_SATA, FALSE);
      assert_disk (ovf, 1, "b.vmdk", 512, DIO_DISK_BUS_SATA, FALSE);
    }
}

static char *
replace (const char *text, const char *from, const char *to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, -1);

  g_assert_cmpuint (g_strv_length (parts), >, 1);
  return g_strjoinv (to, parts);
}

/* What is in quotes behind KEY, the Nth time. (transfer full) */
static char *
dup_quoted (const char *text, const char *key, guint n)
{
  g_auto (GStrv) parts = g_strsplit (text, key, -1);

  g_assert_cmpuint (g_strv_length (parts), >, n + 1);
  return g_strndup (parts[n + 1], strcspn (parts[n + 1], "\""));
}

/* VirtualBox learns of UEFI only from a machine in its own format, whose disks are found by their UUIDs. */
static void
test_write_virtualbox (void)
{
  const DioOvfNewDisk disks[] = { { "a.vmdk", 10, 1 << 20 }, { "b.vmdk", 10, 1 << 20 } };
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("two");
  g_autoptr (GBytes) bios = dio_ovf_write (config, NULL, NULL, NULL, disks, 2), uefi = NULL, without = NULL;
  g_autofree char *text = NULL, *other = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOvf) ovf = NULL;

  text = g_strndup (g_bytes_get_data (bios, NULL), g_bytes_get_size (bios));
  g_assert_null (strstr (text, "vbox:Machine"));
  g_assert_null (strstr (text, "vbox:uuid"));
  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI, "cpus", 3, NULL);
  uefi = dio_ovf_write (config, NULL, NULL, NULL, disks, 2);
  g_free (text);
  text = g_strndup (g_bytes_get_data (uefi, NULL), g_bytes_get_size (uefi));
  for (guint i = 0; i < G_N_ELEMENTS (disks); i++)
    {
      g_autofree char *disk = dup_quoted (text, "vbox:uuid=\"", i), *image = dup_quoted (text, "<Image uuid=\"", i);

      g_assert_cmpstr (disk, ==, image);
      g_assert_cmpuint (strlen (disk), ==, 38);
    }
  g_assert_nonnull (strstr (text, "<CPU count=\"3\">"));
  /* What VMware reads is not what says so here. */
  other = replace (text, "vmw:key=\"firmware\"", "vmw:key=\"none\"");
  without = g_bytes_new (other, strlen (other));
  ovf = dio_ovf_parse (without, &error);
  g_assert_no_error (error);
  g_assert_cmpint (dio_machine_config_get_firmware (ovf->config), ==, DIO_FIRMWARE_UEFI);
}

/* VMWARE with FROM replaced by TO is refused with a sentence that has WORD. */
static void
assert_refused (const char *from, const char *to, const char *word)
{
  g_autofree char *text = replace (vmware, from, to);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOvf) ovf = parse (text, &error);

  g_assert_null (ovf);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
test_hostile (void)
{
  static const char *const names[] = { "../x", "/etc/passwd", "a/b", "..", ".x", "http://x/y", "a\\b", "" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    assert_refused ("two.vmdk.gz", names[i], i + 1 < G_N_ELEMENTS (names) ? "not its own" : "does not list");
  assert_refused ("ovf:id='f2'", "ovf:id='f9'", "does not list");
  assert_refused ("ovf:/disk/d1", "ovf:/disk/d7", "does not have");
  assert_refused ("ovf:fileRef='f1'", "ovf:fileRef='f1' ovf:parentRef='d2'", "changes");
  assert_refused ("ovf:compression='gzip'", "ovf:compression='bzip2'", "compressed");
  assert_refused ("ovf:compression='gzip'", "ovf:chunkSize='7'", "pieces");
  assert_refused ("capacity='1048576'", "capacity='0'", "size");
  assert_refused ("capacity='1048576'", "capacity='18446744073709551615'", "size");
  assert_refused ("capacity='20'", "capacity='99999999999999999999'", "size");
  assert_refused ("</VirtualSystem>", "</VirtualSystem><VirtualSystem/>", "several");
  assert_refused ("<Envelope ", "<!DOCTYPE x [<!ENTITY a 'b'>]><Envelope ", "another kind");
  assert_refused ("</Envelope>", "", "XML");
  assert_refused ("VirtualSystem", "VirtualThing", "no machine");
  assert_refused ("VirtualHardwareSection", "Hardware", "hardware");
  assert_refused ("Envelope", "html", "not describe");
}

/* 10⁶ of each thing, and as deep. */
static void
test_many (void)
{
  static const struct
  {
    const char *before, *each, *after;
    guint n;
    gboolean good;
  } cases[] = {
    { "<Item><ResourceType>17</ResourceType><HostResource>/disk/x</HostResource></Item>", "", "", 1, FALSE },
    { "", "<Item/>", "", 100000, FALSE },
    { "", "<Item/>", "", 1000000, FALSE },
    { "", "<a>", "", 1000000, FALSE },
    { "", "<a>", "", 5000, FALSE },
    { "<Item><ResourceType>4</ResourceType><VirtualQuantity>1", "0", "</VirtualQuantity></Item>", 1000, TRUE },
    { "<Item><ResourceType>15</ResourceType></Item>", "<Item><ResourceType>15</ResourceType></Item>", "", 31, TRUE },
    { "<Item><ResourceType>15</ResourceType></Item>", "<Item><ResourceType>15</ResourceType></Item>", "", 32, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GString *text = g_string_new ("<Envelope><VirtualSystem><Name>x</Name><VirtualHardwareSection>");
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (DioOvf) ovf = NULL;

      g_string_append (text, cases[i].before);
      for (guint j = 0; j < cases[i].n; j++)
        g_string_append (text, cases[i].each);
      g_string_append_printf (text, "%s</VirtualHardwareSection></VirtualSystem></Envelope>", cases[i].after);
      bytes = g_string_free_to_bytes (text);
      ovf = dio_ovf_parse (bytes, &error);
      if ((ovf != NULL) != cases[i].good)
        g_error ("%u: %s", i, error ? error->message : "was taken");
    }
}

static void
test_manifest (void)
{
  static const char list[] = "SHA256(a.ovf)= E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\r\n"
                             "sha1 (b (1).vmdk) = da39a3ee5e6b4b0d3255bfef95601890afd80709\n\n";
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;
  GChecksumType type;
  static const char *const wrong[] = { "x", "SHA256(a.ovf)= 12", "MD5(a)= d41d8cd98f00b204e9800998ecf8427e",
                                       "SHA1(a.ovf)= zz39a3ee5e6b4b0d3255bfef95601890afd80709", "SHA1)a(= 1" };

  g_assert_true (dio_manifest_lookup (list, "a.ovf", &type, &digest, &error));
  g_assert_cmpint (type, ==, G_CHECKSUM_SHA256);
  g_assert_cmpstr (digest, ==, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  g_clear_pointer (&digest, g_free);
  g_assert_true (dio_manifest_lookup (list, "b (1).vmdk", &type, &digest, &error));
  g_assert_cmpint (type, ==, G_CHECKSUM_SHA1);
  g_clear_pointer (&digest, g_free);
  g_assert_true (dio_manifest_lookup (list, "c", &type, &digest, &error));
  g_assert_null (digest);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (dio_manifest_lookup (wrong[i], "a.ovf", &type, &digest, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_clear_error (&error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ovf/vmware", test_vmware);
  g_test_add_func ("/ovf/virtualbox", test_virtualbox);
  g_test_add_func ("/ovf/round", test_round);
  g_test_add_func ("/ovf/write-virtualbox", test_write_virtualbox);
  g_test_add_func ("/ovf/hostile", test_hostile);
  g_test_add_func ("/ovf/many", test_many);
  g_test_add_func ("/ovf/manifest", test_manifest);

  return g_test_run ();
}
