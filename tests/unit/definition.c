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
                                 "        \"encryption\" : \"luks\",\n"
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
  g_assert_cmpstr (disk->encryption, ==, "luks");
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

typedef struct
{
  const char *top, *machine, *named;
} Hostile;

static const Hostile hostile[] = {
  { "", "\"memory\": \"lots\"", "“machine.memory” must be a whole number from 64 to 16777216." },
  { "", "\"memory\": 4294967296", "“machine.memory”" },
  { "", "\"memory\": -1", "“machine.memory”" },
  { "", "\"memory\": 1e99", "“machine.memory”" },
  { "", "\"memory\": [2048]", "“machine.memory”" },
  { "", "\"cpus\": 2.5", "“machine.cpus”" },
  { "", "\"cpus\": 256", "“machine.cpus”" },
  { "", "\"audio\": 1", "“machine.audio” must be true or false." },
  { "", "\"firmware\": \"coreboot\"", "“machine.firmware” must be one of “bios”, “uefi”, “uefi-secure”." },
  { "", "\"firmware\": 1", "“machine.firmware” must be a text." },
  { "", "\"arch\": \"../x\"", "“machine.arch”" },
  { "", "\"arch\": \"\"", "“machine.arch”" },
  { "", "\"kernel\": \"../vmlinuz\"", "“machine.kernel” must be a path inside" },
  { "", "\"kernel\": \"a/../../vmlinuz\"", "“machine.kernel”" },
  { "", "\"kernel\": \"..\"", "“machine.kernel”" },
  { "", "\"kernel\": \"\"", "“machine.kernel”" },
  { "", "\"kernel\": \"a\\nb\"", "“machine.kernel” must not have control characters." },
  { "", "\"kernel\": \"file:///a%0ab\"", "“machine.kernel”" },
  { "", "\"kernel\": \"file://host/a\"", "“machine.kernel”" },
  { "", "\"kernel\": \"file:a\"", "“machine.kernel”" },
  { "", "\"extra-arguments\": \"-device\"", "“machine.extra-arguments” must be a list" },
  { "", "\"extra-arguments\": [1]", "“machine.extra-arguments” must be a text." },
  { "", "\"disks\": {}", "“machine.disks” must be a list" },
  { "", "\"disks\": [[]]", "“machine.disks[0]” must be an object." },
  { "", "\"disks\": [{\"path\": \"../o/disk.qcow2\", \"format\": \"qcow2\"}]", "“machine.disks[0].path”" },
  { "", "\"disks\": [{\"path\": \"a\"}]", "“machine.disks[0].format” is missing." },
  { "", "\"disks\": [{\"format\": \"raw\"}]", "“machine.disks[0].path” is missing." },
  { "", "\"disks\": [{\"path\": \"a\", \"format\": \"nbd\"}]", "“machine.disks[0].format” must be one of" },
  { "", "\"disks\": [{\"path\": \"a\", \"format\": \"raw\", \"bus\": \"ide\"}]", "“machine.disks[0].bus”" },
  { "", "\"disks\": [{\"path\": \"a\", \"format\": \"qcow2\", \"encryption\": \"rot13\"}]",
    "“machine.disks[0].encryption” must be one of" },
  { "", "\"disks\": [{\"path\": \"a\", \"format\": \"raw\", \"layers\": [{\"path\": \"b\"}]}]",
    "“machine.disks[0].layers[0].format” is missing." },
  { "", "\"forwards\": [{\"host-port\": 0, \"guest-port\": 1}]", "“machine.forwards[0].host-port”" },
  { "", "\"forwards\": [{\"host-port\": 1}]", "“machine.forwards[0].guest-port” is missing." },
  { "", "\"forwards\": [{\"host-port\": 1, \"guest-port\": 65536}]", "“machine.forwards[0].guest-port”" },
  { "", "\"forwards\": [{\"host-port\": 1, \"guest-port\": 1, \"protocol\": \"sctp\"}]",
    "“machine.forwards[0].protocol”" },
  { "", "\"forwards\": [{\"host-port\": 1, \"guest-port\": 1, \"address\": \"::1,x\"}]",
    "“machine.forwards[0].address”" },
  { "", "\"shares\": [{\"tag\": \"a b\", \"path\": \"/\"}]", "“machine.shares[0].tag”" },
  { "", "\"shares\": [{\"tag\": \"abcdefghijklmnopqrstuvwxyz123456\", \"path\": \"/\"}]", "“machine.shares[0].tag”" },
  { "", "\"shares\": [{\"tag\": \"a\"}]", "“machine.shares[0].path” is missing." },
  { "\"os\": \"a\\u001bb\"", "", "“os” must not have control characters." },
  { "\"group\": \"a\\nb\"", "", "“group”" },
  { "\"notes\": \"a\\u0007\"", "", "“notes”" },
  { "\"icon\": \"../../picture.png\"", "", "“icon”" },
  { "\"icon\": \".hidden\"", "", "“icon”" },
  { "\"autostart\": \"yes\"", "", "“autostart”" },
  { "\"created\": \"yesterday\"", "", "“created”" },
  { "\"name\": \"\"", "", "“name”" },
  { "\"name\": \"a\\nb\"", "", "“name”" },
  { "\"name\": 5", "", "“name”" },
  { "\"uuid\": \"../../../../etc/passwd\"", "", "“uuid”" },
};

static void
test_hostile (void)
{
  g_autofree char *long_name = g_strnfill (256, 'n'), *long_path = g_strnfill (5000, 'p');
  g_autofree char *name = g_strdup_printf ("\"name\": \"%s\"", long_name);
  g_autofree char *path = g_strdup_printf ("\"kernel\": \"%s\"", long_path);
  g_autoptr (GArray) cases = g_array_new (FALSE, FALSE, sizeof (Hostile));

  g_array_append_vals (cases, hostile, G_N_ELEMENTS (hostile));
  g_array_append_vals (cases, &(Hostile) { name, "", "“name” must be a text of 1 to 255 characters." }, 1);
  g_array_append_vals (cases, &(Hostile) { "", path, "“machine.kernel” must be at most 4096 bytes long." }, 1);
  for (guint i = 0; i < cases->len; i++)
    {
      const Hostile *try = &g_array_index (cases, Hostile, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (DioDefinition) definition = parse_members (try->top, try->machine, &error);

      if (definition)
        g_error ("%s %s was taken", try->top, try->machine);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      if (!strstr (error->message, try->named))
        g_error ("%s %s: %s", try->top, try->machine, error->message);
      g_assert_true (g_str_has_suffix (error->message, "."));
    }
}

/* What is no definition at all. */
static void
test_garbage (void)
{
  g_autofree char *deep = g_strnfill (500000, '['), *large = g_strnfill (DIO_DEFINITION_MAX + 1, ' ');
  const char *const texts[] = {
    "",
    " ",
    "{",
    "null",
    "[]",
    "5",
    "\"diorama\"",
    "{}",
    "{\"name\": \"x\"}",
    "{\"diorama\": \"1\"}",
    "{\"diorama\": -1}",
    "{\"diorama\": 1}",
    "{\"diorama\": 1, \"machine\": {}}",
    "{\"diorama\": 1, \"name\": \"x\", \"uuid\": \"" UUID "\", \"machine\": []}",
    "\xff\xfe{\"diorama\": 1}",
    "{\"diorama\": 1, \"name\": \"x\", \"uuid\": \"" UUID "\", \"machine\": {\"x\": [{\"y\": -1e310}]}}",
    deep,
    large,
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (DioDefinition) definition = parse (texts[i], &error);

      g_assert_null (definition);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_true (g_str_has_suffix (error->message, "."));
    }
}

/* What we do not know stays, at each level, with what it belongs to. */
static void
test_unknown (void)
{
  static const char top[] = "\"future\": {\"a\": [1, 2.5, null, {\"b\": true}]}, \"os\": \"o\"";
  static const char machine[] = "\"warp\": \"nine\", \"disks\": ["
                                "{\"path\": \"one\", \"format\": \"raw\", \"rpm\": 7200, \"layers\": "
                                "[{\"path\": \"base\", \"format\": \"raw\", \"depth\": 9}]}, "
                                "{\"path\": \"two\", \"format\": \"raw\", \"rpm\": 5400}], "
                                "\"forwards\": [{\"host-port\": 1, \"guest-port\": 2, \"comment\": \"ssh\"}], "
                                "\"shares\": [{\"tag\": \"t\", \"path\": \"/x\", \"mode\": \"ro\"}]";
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = parse_members (top, machine, &error);
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autofree char *text = NULL;
  DioMachineConfig *config;
  const char *two, *one;

  g_assert_no_error (error);
  config = dio_definition_get_config (definition);
  /* Turned round, and one of them changed. */
  g_ptr_array_add (disks, (gpointer) dio_machine_config_get_disk (config, 1));
  g_ptr_array_add (disks, (gpointer) dio_machine_config_get_disk (config, 0));
  g_object_set (config, "disks", disks, "cpus", 9, NULL);
  text = write_text (definition);
  one = strstr (text, "\"one\"");
  two = strstr (text, "\"two\"");
  g_assert_true (two < one);
  g_assert_true (strstr (two, "5400") < one);
  g_assert_nonnull (strstr (one, "7200"));
  g_assert_nonnull (strstr (one, "\"depth\" : 9"));
  g_assert_nonnull (strstr (text, "\"comment\" : \"ssh\""));
  g_assert_nonnull (strstr (text, "\"mode\" : \"ro\""));
  g_assert_nonnull (strstr (text, "\"warp\" : \"nine\""));
  g_assert_nonnull (strstr (text, "\"cpus\" : 9"));
  g_assert_nonnull (strstr (text, "2.5"));
  g_assert_true (strstr (text, "\"future\"") > strstr (text, "\"machine\""));
}

/* A disc is changed: what is known of the drive stays with the drive, and not with two. */
static void
test_unknown_follows (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = parse_members (
      "", "\"disks\": [{\"path\": \"/a.iso\", \"format\": \"raw\", \"cdrom\": true, \"tray\": 1}]", &error);
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);
  g_autofree char *text = NULL, *later = NULL;
  DioDisk *disk;

  g_assert_no_error (error);
  disk = dio_disk_copy (dio_machine_config_get_disk (dio_definition_get_config (definition), 0));
  g_set_str (&disk->path, "/b.iso");
  g_ptr_array_add (disks, disk);
  g_object_set (dio_definition_get_config (definition), "disks", disks, NULL);
  text = write_text (definition);
  g_assert_nonnull (strstr (text, "\"tray\" : 1"));
  disk = dio_disk_copy (disk);
  g_set_str (&disk->path, "/a.iso");
  g_ptr_array_insert (disks, 0, disk);
  g_object_set (dio_definition_get_config (definition), "disks", disks, NULL);
  later = write_text (definition);
  g_assert_cmpuint (strstr (later, "tray") < strstr (later, "/b.iso"), ==, TRUE);
  g_assert_null (strstr (strstr (later, "tray") + 1, "tray"));
}

static void
test_versions (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) newer = NULL, older = NULL, strange = NULL;
  g_autofree char *text = NULL;

  newer = parse ("{\"diorama\": 2, \"name\": \"N\", \"uuid\": \"" UUID "\", \"more\": 1, "
                 "\"machine\": {\"graphics\": \"hologram\", \"cpus\": 5}}",
                 &error);
  g_assert_no_error (error);
  g_assert_false (dio_definition_get_writable (newer));
  g_assert_cmpuint (dio_machine_config_get_cpus (dio_definition_get_config (newer)), ==, 5);
  g_assert_cmpint (dio_machine_config_get_graphics (dio_definition_get_config (newer)), ==, DIO_GRAPHICS_2D);

  strange =
      parse ("{\"diorama\": 9223372036854775807, \"name\": \"N\", \"uuid\": \"" UUID "\", \"machine\": 7}", &error);
  g_assert_null (strange);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);

  older = parse ("{\"diorama\": 0, \"name\": \"O\", \"uuid\": \"" UUID "\", \"cpus\": 6, \"kept\": true, "
                 "\"disks\": [{\"path\": \"d\", \"format\": \"raw\", \"odd\": 1}]}",
                 &error);
  g_assert_no_error (error);
  g_assert_true (dio_definition_get_writable (older));
  g_assert_cmpuint (dio_machine_config_get_cpus (dio_definition_get_config (older)), ==, 6);
  g_assert_cmpuint (dio_machine_config_get_n_disks (dio_definition_get_config (older)), ==, 1);
  text = write_text (older);
  g_assert_nonnull (strstr (text, "\"diorama\" : 1"));
  g_assert_true (strstr (text, "\"cpus\" : 6") > strstr (text, "\"machine\""));
  g_assert_nonnull (strstr (text, "\"kept\" : true"));
  g_assert_nonnull (strstr (text, "\"odd\" : 1"));
}

static void
test_paths (void)
{
  static const struct
  {
    const char *path, *text;
  } cases[] = {
    { FOLDER "/disk.qcow2", "disk.qcow2" },
    { FOLDER "/a/./b/../c", "a/c" },
    { FOLDER "/file:x", "./file:x" },
    { FOLDER ".old/disk", FOLDER ".old/disk" },
    { "/images/d.raw", "/images/d.raw" },
    { "/images/\xff.raw", "file:///images/%FF.raw" },
    { "/images/\xf0\x9f\x90\xa7.raw", "/images/\xf0\x9f\x90\xa7.raw" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (DioDefinition) definition = dio_definition_new ("x", FOLDER), again = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL, *quoted = g_strdup_printf ("\"path\" : \"%s\"", cases[i].text);
      g_autofree char *canonical = g_canonicalize_filename (cases[i].path, NULL);

      dio_machine_config_add_disk (dio_definition_get_config (definition), cases[i].path, "raw", DIO_DISK_BUS_SATA,
                                   FALSE);
      text = write_text (definition);
      if (!strstr (text, quoted))
        g_error ("%s is not in %s", quoted, text);
      again = parse (text, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (dio_machine_config_get_disk (dio_definition_get_config (again), 0)->path, ==, canonical);
    }
}

static void
test_moved (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = parse (everything, &error);
  DioMachineConfig *config;
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  dio_definition_set_folder (definition, "/mnt/usb/Debian 2.diorama");
  config = dio_definition_get_config (definition);
  g_assert_cmpstr (dio_machine_config_get_disk (config, 0)->path, ==, "/mnt/usb/Debian 2.diorama/disk-1.qcow2");
  g_assert_cmpstr (dio_machine_config_get_disk (config, 0)->layers[0], ==, "/images/base.raw");
  g_assert_cmpstr (dio_machine_config_get_kernel (config), ==, "/mnt/usb/Debian 2.diorama/boot/vmlinuz");
  g_assert_cmpstr (dio_machine_config_get_uefi_vars (config), ==, "/elsewhere/vars.qcow2");
  g_assert_null (dio_machine_config_get_initrd (config));
  text = write_text (definition);
  g_assert_cmpstr (text, ==, everything);
}

/* Whatever a definition is set to, it is not written so that it cannot be read: who saves it finds out. */
static void
test_names (void)
{
  static const char *const names[] = {
    "a", "\xf0\x9f\x90\xa7", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\"quoted\"\\", "..", "/"
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (DioDefinition) definition = dio_definition_new (names[i], FOLDER), again = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *text = write_text (definition);

      again = parse (text, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (dio_machine_config_get_name (dio_definition_get_config (again)), ==, names[i]);
    }
}

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  *(guint *) user_data += 1;
}

static void
test_properties (void)
{
  g_autoptr (DioDefinition) definition = dio_definition_new ("x", FOLDER);
  guint n_notified = 0;

  g_signal_connect (definition, "notify", G_CALLBACK (on_notify), &n_notified);
  g_object_set (definition, "os", "o", "os-name", "O", "icon", "i", "group", "g", "notes", "n", "autostart", TRUE,
                NULL);
  g_object_set (definition, "os", "o", "os-name", "O", "icon", "i", "group", "g", "notes", "n", "autostart", TRUE,
                NULL);
  g_assert_cmpuint (n_notified, ==, 6);
  g_assert_cmpstr (dio_definition_get_os (definition), ==, "o");
  g_assert_cmpstr (dio_definition_get_group (definition), ==, "g");
  g_object_set (definition, "os", NULL, NULL);
  g_assert_null (dio_definition_get_os (definition));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/definition/new", test_new);
  g_test_add_func ("/definition/everything", test_everything);
  g_test_add_func ("/definition/hostile", test_hostile);
  g_test_add_func ("/definition/garbage", test_garbage);
  g_test_add_func ("/definition/unknown", test_unknown);
  g_test_add_func ("/definition/unknown-follows", test_unknown_follows);
  g_test_add_func ("/definition/versions", test_versions);
  g_test_add_func ("/definition/paths", test_paths);
  g_test_add_func ("/definition/moved", test_moved);
  g_test_add_func ("/definition/names", test_names);
  g_test_add_func ("/definition/properties", test_properties);
  return g_test_run ();
}
