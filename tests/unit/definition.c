/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/definition.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define FOLDER "/home/anna/Diorama/Debian.diorama"
#define UUID "11111111-2222-4333-8444-555555555555"

static DioDefinition *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return dio_definition_parse (bytes, FOLDER, error);
}

/* A definition with these members, and these of "machine". */
static DioDefinition *
parse_members (const char *top, const char *machine, GError **error)
{
  g_autofree char *text =
      g_strdup_printf ("{\"diorama\": 1, \"name\": \"Debian\", \"uuid\": \"" UUID "\"%s%s, \"machine\": {%s}}",
                       *top ? ", " : "", top, machine);

  return parse (text, error);
}

static char *
write_text (DioDefinition *definition)
{
  g_autoptr (GBytes) bytes = dio_definition_to_bytes (definition);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
test_new (void)
{
  g_autoptr (DioDefinition) definition = dio_definition_new ("Debian", FOLDER), again = NULL;
  g_autofree char *text = NULL, *second = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (dio_definition_get_writable (definition));
  g_assert_cmpint (dio_definition_get_created (definition), >, 0);
  text = write_text (definition);
  again = parse (text, &error);
  g_assert_no_error (error);
  g_assert_cmpint (dio_definition_get_created (again), ==, dio_definition_get_created (definition));
  second = write_text (again);
  g_assert_cmpstr (text, ==, second);
}

/* Everything that can be set. */
static const char everything[] = "{\n"
                                 "  \"diorama\" : 1,\n"
                                 "  \"name\" : \"Debian\",\n"
                                 "  \"uuid\" : \"" UUID "\",\n"
                                 "  \"created\" : \"2026-11-21T18:20:00Z\",\n"
                                 "  \"os\" : \"http://debian.org/debian/13\",\n"
                                 "  \"os-name\" : \"Debian 13\",\n"
                                 "  \"icon\" : \"debian\",\n"
                                 "  \"group\" : \"Servers\",\n"
                                 "  \"notes\" : \"one\\ntwo\",\n"
                                 "  \"autostart\" : true,\n"
                                 "  \"machine\" : {\n"
                                 "    \"firmware\" : \"uefi\",\n"
                                 "    \"cpus\" : 3,\n"
                                 "    \"memory\" : 4096,\n"
                                 "    \"audio\" : false,\n"
                                 "    \"kernel\" : \"boot/vmlinuz\",\n"
                                 "    \"kernel-arguments\" : \"quiet\",\n"
                                 "    \"extra-arguments\" : [\n"
                                 "      \"-device\",\n"
                                 "      \"edu\"\n"
                                 "    ],\n"
                                 "    \"uefi-vars\" : \"/elsewhere/vars.qcow2\",\n"
                                 "    \"disks\" : [\n"
                                 "      {\n"
                                 "        \"path\" : \"disk-1.qcow2\",\n"
                                 "        \"format\" : \"qcow2\",\n"
                                 "        \"bus\" : \"virtio\",\n"
                                 "        \"cache\" : \"direct\",\n"
                                 "        \"layers\" : [\n"
                                 "          {\n"
                                 "            \"path\" : \"/images/base.raw\",\n"
                                 "            \"format\" : \"raw\"\n"
                                 "          }\n"
                                 "        ]\n"
                                 "      },\n"
                                 "      {\n"
                                 "        \"format\" : \"raw\",\n"
                                 "        \"bus\" : \"sata\",\n"
                                 "        \"cdrom\" : true\n"
                                 "      }\n"
                                 "    ],\n"
                                 "    \"forwards\" : [\n"
                                 "      {\n"
                                 "        \"protocol\" : \"udp\",\n"
                                 "        \"address\" : \"127.0.0.1\",\n"
                                 "        \"host-port\" : 2222,\n"
                                 "        \"guest-port\" : 22\n"
                                 "      }\n"
                                 "    ],\n"
                                 "    \"shares\" : [\n"
                                 "      {\n"
                                 "        \"tag\" : \"home\",\n"
                                 "        \"path\" : \"/home/anna\",\n"
                                 "        \"read-only\" : true\n"
                                 "      }\n"
                                 "    ]\n"
                                 "  }\n"
                                 "}\n";

static void
test_everything (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = parse (everything, &error);
  g_autofree char *written = NULL;
  DioMachineConfig *config;
  const DioDisk *disk;

  g_assert_no_error (error);
  config = dio_definition_get_config (definition);
  g_assert_cmpstr (dio_machine_config_get_name (config), ==, "Debian");
  g_assert_cmpuint (dio_machine_config_get_cpus (config), ==, 3);
  g_assert_false (dio_machine_config_get_audio (config));
  g_assert_cmpint (dio_machine_config_get_firmware (config), ==, DIO_FIRMWARE_UEFI);
  g_assert_cmpstr (dio_machine_config_get_kernel (config), ==, FOLDER "/boot/vmlinuz");
  g_assert_cmpstr (dio_machine_config_get_uefi_vars (config), ==, "/elsewhere/vars.qcow2");
  disk = dio_machine_config_get_disk (config, 0);
  g_assert_cmpstr (disk->path, ==, FOLDER "/disk-1.qcow2");
  g_assert_cmpint (disk->cache, ==, DIO_DISK_CACHE_DIRECT);
  g_assert_cmpstr (disk->layers[0], ==, "/images/base.raw");
  disk = dio_machine_config_get_disk (config, 1);
  g_assert_null (disk->path);
  g_assert_true (disk->read_only);
  g_assert_cmpstr (dio_definition_get_notes (definition), ==, "one\ntwo");
  g_assert_true (dio_definition_get_autostart (definition));
  g_assert_cmpint (dio_definition_get_created (definition), ==, 1795285200);

  written = write_text (definition);
  g_assert_cmpstr (written, ==, everything);
}

static void
test_hostile (void)
{
  static const struct
  {
    const char *top, *machine, *named;
  } cases[] = {
    { "", "\"memory\": \"lots\"", "“machine.memory” must be a whole number from 64 to 16777216." },
    { "", "\"memory\": 4294967296", "“machine.memory”" },
    { "", "\"cpus\": 2.5", "“machine.cpus”" },
    { "", "\"firmware\": \"coreboot\"", "“machine.firmware” must be one of “bios”, “uefi”, “uefi-secure”." },
    { "", "\"disks\": [{\"path\": \"../other/disk.qcow2\", \"format\": \"qcow2\"}]", "“machine.disks[0].path”" },
    { "", "\"disks\": [{\"path\": \"a\"}]", "“machine.disks[0].format” is missing." },
    { "\"os\": \"a\\u001bb\"", "", "“os” must not have control characters." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (DioDefinition) definition = parse_members (cases[i].top, cases[i].machine, &error);

      g_assert_null (definition);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, cases[i].named));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/definition/new", test_new);
  g_test_add_func ("/definition/everything", test_everything);
  g_test_add_func ("/definition/hostile", test_hostile);
  return g_test_run ();
}
