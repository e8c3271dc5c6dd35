/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/ovf-system.h"

#include "provision/xml.h"

#include <string.h>

/* Systems whose version others name. CIM: CIM_OperatingSystem.OSType (DMTF); VMware: the virtual machine's guestOS
 * identifier; VirtualBox: the identifiers that "VBoxManage list ostypes" prints. Those without a name are for systems
 * of which only the kind is known. */
static const struct
{
  const char *os, *name;
  DioOvfSystem system;
} systems[] = {
  { "http://microsoft.com/win/11", "Microsoft Windows 11", { 103, "windows11_64Guest", "Windows11_64" } },
  { "http://microsoft.com/win/10", "Microsoft Windows 10", { 103, "windows9_64Guest", "Windows10_64" } },
  { "http://microsoft.com/win/8.1", "Microsoft Windows 8.1", { 103, "windows8_64Guest", "Windows81_64" } },
  { "http://microsoft.com/win/7", "Microsoft Windows 7", { 103, "windows7_64Guest", "Windows7_64" } },
  { "http://microsoft.com/win/2k25",
    "Microsoft Windows Server 2025",
    { 103, "windows2022srvNext_64Guest", "Windows2025_64" } },
  { "http://microsoft.com/win/2k22",
    "Microsoft Windows Server 2022",
    { 103, "windows2019srvNext_64Guest", "Windows2022_64" } },
  { "http://microsoft.com/win/2k19",
    "Microsoft Windows Server 2019",
    { 103, "windows2019srv_64Guest", "Windows2019_64" } },
  { "http://debian.org/debian/13", "Debian 13", { 96, "debian13_64Guest", "Debian13_64" } },
  { "http://debian.org/debian/12", "Debian 12", { 96, "debian12_64Guest", "Debian12_64" } },
  { "http://debian.org/debian/11", "Debian 11", { 96, "debian11_64Guest", "Debian11_64" } },
  { "http://debian.org/debian/10", "Debian 10", { 96, "debian10_64Guest", "Debian10_64" } },
  { "http://ubuntu.com/ubuntu/24.04", "Ubuntu 24.04 LTS", { 94, "ubuntu64Guest", "Ubuntu24_LTS_64" } },
  { "http://ubuntu.com/ubuntu/22.04", "Ubuntu 22.04 LTS", { 94, "ubuntu64Guest", "Ubuntu22_LTS_64" } },
  { "http://ubuntu.com/ubuntu/20.04", "Ubuntu 20.04 LTS", { 94, "ubuntu64Guest", "Ubuntu20_LTS_64" } },
  { "http://redhat.com/rhel/9", "Red Hat Enterprise Linux 9", { 80, "rhel9_64Guest", "RedHat9_64" } },
  { "http://redhat.com/rhel/8", "Red Hat Enterprise Linux 8", { 80, "rhel8_64Guest", "RedHat8_64" } },
  { "http://microsoft.com/", NULL, { 103, "windows9_64Guest", "Windows10_64" } },
  { "http://debian.org/", NULL, { 96, "debian12_64Guest", "Debian_64" } },
  { "http://ubuntu.com/", NULL, { 94, "ubuntu64Guest", "Ubuntu_64" } },
  { "http://fedoraproject.org/", NULL, { 101, "fedora64Guest", "Fedora_64" } },
  { "http://redhat.com/", NULL, { 80, "rhel9_64Guest", "RedHat_64" } },
  { "http://", NULL, { 101, "otherLinux64Guest", "Linux_64" } },
};

/* The same name may stand for several versions; then the version is not known. */
static void
set_os (DioOvf *ovf, const char *vmware, const char *virtualbox)
{
  guint n = 0, found = 0;

  for (guint i = 0; i < G_N_ELEMENTS (systems); i++)
    if (systems[i].name != NULL && (g_strcmp0 (systems[i].system.vmware, vmware) == 0 ||
                                    g_strcmp0 (systems[i].system.virtualbox, virtualbox) == 0))
      {
        found = i;
        n++;
      }
  if (n != 1)
    return;
  ovf->os = g_strdup (systems[found].os);
  ovf->os_name = g_strdup (systems[found].name);
}

static gboolean
starts_with (const char *text, const char *prefix)
{
  return text != NULL && g_ascii_strncasecmp (text, prefix, strlen (prefix)) == 0;
}

static void
read_os (DioOvf *ovf, xmlNode *section)
{
  g_autofree char *vmware = dio_xml_dup_attribute (section, "osType");
  g_autofree char *virtualbox = dio_xml_dup_text (section, "OSType");

  set_os (ovf, vmware, virtualbox);
  /* Windows keeps the hardware clock in local time, and runs better with what it knows of Hyper-V. */
  if (starts_with (vmware, "win") || starts_with (virtualbox, "win"))
    g_object_set (ovf->config, "clock-local", TRUE, "hyperv", TRUE, NULL);
}

/* VMware's <vmw:Config vmw:key="firmware" vmw:value="efi"/>. */
static gboolean
config_is (xmlNode *hardware, const char *key, const char *value)
{
  return dio_xml_attribute_is (dio_xml_find_by (hardware, "Config", "key", key), "value", value) ||
         dio_xml_attribute_is (dio_xml_find_by (hardware, "ExtraConfig", "key", key), "value", value);
}

static void
read_firmware (DioOvf *ovf, xmlNode *system, xmlNode *hardware)
{
  xmlNode *machine = dio_xml_find (system, "Machine"); /* VirtualBox' */
  xmlNode *box = dio_xml_find (machine, "Hardware");
  xmlNode *firmware = dio_xml_find (box, "Firmware");
  xmlNode *tpm = dio_xml_find (box, "TrustedPlatformModule");
  g_autofree char *kind = dio_xml_dup_attribute (firmware, "type");
  g_autofree char *tpm_kind = dio_xml_dup_attribute (tpm, "type");
  gboolean secure = config_is (hardware, "bootOptions.efiSecureBootEnabled", "true") ||
                    config_is (hardware, "uefi.secureBoot.enabled", "true");

  if (config_is (hardware, "firmware", "efi") || starts_with (kind, "EFI"))
    g_object_set (ovf->config, "firmware", secure ? DIO_FIRMWARE_UEFI_SECURE : DIO_FIRMWARE_UEFI, NULL);
  if (tpm_kind != NULL && !g_str_equal (tpm_kind, "None"))
    g_object_set (ovf->config, "tpm", TRUE, NULL);
}

void
dio_ovf_read_system (DioOvf *ovf, xmlNode *system, xmlNode *hardware)
{
  xmlNode *section = dio_xml_find (system, "OperatingSystemSection");

  read_os (ovf, section != NULL ? section : dio_xml_find (system, "OperatingSystem"));
  read_firmware (ovf, system, hardware);
}

DioOvfSystem
dio_ovf_describe_system (const char *os)
{
  for (guint i = 0; os != NULL && i < G_N_ELEMENTS (systems); i++)
    if (systems[i].name != NULL ? g_str_equal (systems[i].os, os) : g_str_has_prefix (os, systems[i].os))
      return systems[i].system;
  return (DioOvfSystem) { 1, "otherGuest64", "Other_64" };
}
