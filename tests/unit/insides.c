/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/confine.h"
#include "image/insides.h"
#include "image/node.h"
#include "image/qemu-img.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)

static char *folder;

static char *
in (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* What the tools of a Linux system make; they have to succeed. */
static void
make (const char *script)
{
  g_autofree char *tool = dio_qemu_tool_find ("qemu-img", NULL);
  g_autofree char *text =
      g_strdup_printf ("set -e; PATH=$PATH:/usr/sbin:/sbin; cd '%s'; qemu_img=%s\n%s", folder, tool, script);
  const char *const argv[] = { "sh", "-c", text, NULL };
  g_autofree char *errors = NULL;
  int status;

  g_assert_true (
      g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &errors, &status, NULL));
  if (status != 0)
    g_error ("%s: %s", script, errors);
}

static gboolean
lacks (const char *const *tools)
{
  for (; *tools != NULL; tools++)
    {
      g_autofree char *path = g_find_program_in_path (*tools);
      g_autofree char *beside = g_build_filename ("/usr/sbin", *tools, NULL);

      if (path == NULL && !g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
        {
          g_autofree char *reason = g_strdup_printf ("%s is not installed", *tools);

          g_test_skip (reason);
          return TRUE;
        }
    }
  return FALSE;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static DioImageInsides *
look_at (const char *name, const char *format, DioImageFlags flags, const char *encryption, const char *passphrase,
         GError **error)
{
  g_autofree char *path = in (name);
  DioImageFile file = { .path = path, .host_path = path, .format = format };
  DioImageFile *files[] = { &file };
  const DioImageReport report = { .flags = flags, .encryption = encryption, .files = files, .n_files = 1 };
  g_autoptr (GBytes) bytes = passphrase != NULL ? g_bytes_new (passphrase, strlen (passphrase)) : NULL;
  g_autoptr (GAsyncResult) result = NULL;
  gint64 start = g_get_monotonic_time ();
  DioImageInsides *insides;

  dio_image_look_inside_async (&report, bytes, NULL, on_looked, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  insides = dio_image_look_inside_finish (result, error);
  g_test_message ("%s: %" G_GINT64_FORMAT " ms", name, (g_get_monotonic_time () - start) / 1000);
  return insides;
}

static DioImageInsides *
look (const char *name, const char *format, DioImageFlags flags)
{
  g_autoptr (GError) error = NULL;
  DioImageInsides *insides = look_at (name, format, flags, NULL, NULL, &error);

  g_assert_no_error (error);
  return insides;
}

/* A disk as installers leave it: GPT, an EFI system partition, Linux on ext4 whose files are behind symbolic links. */
static const char make_linux[] =
    "truncate -s 40M linux.raw\n"
    "printf 'label: gpt\\nstart=2048,size=1M,type=21686148-6449-6E6F-744E-656564454649\\n"
    "start=4096,size=8M,type=U,name=esp\\nstart=20480,size=20M,type=L\\n' | sfdisk -q linux.raw\n"
    "truncate -s 8M esp.raw; mkfs.vfat -n EFI esp.raw >/dev/null\n"
    "printf MZ >loader; mmd -i esp.raw ::EFI ::EFI/BOOT ::EFI/debian\n"
    "mcopy -i esp.raw loader ::EFI/BOOT/BOOTRISCV64.EFI; mcopy -i esp.raw loader ::EFI/BOOT/bootx64.efi\n"
    "mkdir -p tree/etc tree/usr/lib tree/usr/bin; ln -s ../usr/lib/os-release tree/etc/os-release\n"
    "printf '# comment\\nNAME=x\\nID=gull\\nVERSION_ID=\"7.1\"\\nPRETTY_NAME=\"Gull Linux 7 \\\\\"Fish\\\\\"\"\\n' "
    ">tree/usr/lib/os-release\n"
    "printf '\\177ELF\\2\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\3\\0\\267\\0' >tree/usr/bin/elf; ln -s /usr/bin/elf "
    "tree/usr/bin/true\n"
    "mke2fs -q -F -t ext4 -L root -d tree -E offset=10485760 linux.raw 20M\n"
    "dd if=esp.raw of=linux.raw bs=1M seek=2 conv=notrunc status=none\n";

static void
check_linux (const DioImageInsides *insides)
{
  g_assert_cmpint ((int) insides->boot, ==,
                   (int) (DIO_IMAGE_BOOT_BIOS | DIO_IMAGE_BOOT_UEFI | DIO_IMAGE_BOOT_UEFI_RISCV));
  g_assert_cmpstr (insides->table, ==, "gpt");
  g_assert_cmpuint (insides->n_partitions, ==, 3);
  g_assert_cmpstr (insides->partitions[0].type, ==, "BIOS boot");
  g_assert_null (insides->partitions[0].file_system);
  g_assert_cmpstr (insides->partitions[1].type, ==, "ESP");
  g_assert_cmpstr (insides->partitions[1].file_system, ==, "vfat");
  g_assert_cmpstr (insides->partitions[1].label, ==, "EFI");
  g_assert_cmpuint (insides->partitions[2].start, ==, 10 * MIB);
  g_assert_cmpuint (insides->partitions[2].size, ==, 20 * MIB);
  g_assert_cmpstr (insides->partitions[2].file_system, ==, "ext4");
  g_assert_cmpstr (insides->partitions[2].label, ==, "root");
  g_assert_cmpstr (insides->os_id, ==, "gull");
  g_assert_cmpstr (insides->os_version, ==, "7.1");
  g_assert_cmpstr (insides->os_name, ==, "Gull Linux 7 \"Fish\"");
  g_assert_cmpstr (insides->arch, ==, "aarch64");
}

static void
test_linux (void)
{
  static const char *const formats[] = { "raw", "qcow2", "vmdk", "vdi", "vhdx" };

  if (lacks ((const char *const[]) { "sfdisk", "mkfs.vfat", "mcopy", "mke2fs", NULL }))
    return;
  make (make_linux);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *name = g_strdup_printf ("linux.%s", formats[i]);
      g_autofree char *script = g_strdup_printf ("$qemu_img convert -f raw -O %s linux.raw %s", formats[i], name);
      g_autoptr (DioImageInsides) insides = NULL;

      if (i > 0)
        make (script);
      insides = look (name, formats[i], 0);
      check_linux (insides);
    }
}

/* An old table, with logical partitions far from each other, seen through NBD. */
static void
test_logical (void)
{
  g_autoptr (DioImageInsides) insides = NULL;

  if (lacks ((const char *const[]) { "sfdisk", "mke2fs", NULL }))
    return;
  make ("truncate -s 64M dos.raw; printf 'label: dos\\nstart=2048,size=8M,type=a6\\nstart=20480,size=50M,type=5\\n"
        "start=22528,size=4M,type=83\\nstart=81920,size=4M,type=83\\n' | sfdisk -q dos.raw\n"
        "mke2fs -q -F -L far -E offset=41943040 dos.raw 4M\n"
        "$qemu_img convert -f raw -O qcow2 dos.raw dos.qcow2");
  insides = look ("dos.qcow2", "qcow2", 0);
  g_assert_cmpint ((int) insides->boot, ==, 0);
  g_assert_cmpstr (insides->table, ==, "dos");
  g_assert_cmpuint (insides->n_partitions, ==, 4);
  g_assert_cmpuint (insides->partitions[3].start, ==, 40 * MIB);
  g_assert_cmpstr (insides->partitions[3].label, ==, "far");
  g_assert_cmpstr (insides->os_id, ==, "openbsd");
}

static void
test_disc (void)
{
  g_autoptr (DioImageInsides) insides = NULL;

  if (lacks ((const char *const[]) { "xorriso", "mkfs.vfat", "mcopy", NULL }))
    return;
  make ("mkdir disc; truncate -s 2k disc/bios; truncate -s 1440k disc/efi; mkfs.vfat disc/efi >/dev/null\n"
        "printf MZ >aa64; mmd -i disc/efi ::EFI ::EFI/BOOT; mcopy -i disc/efi aa64 ::EFI/BOOT/BOOTAA64.EFI\n"
        "xorriso -as mkisofs -quiet -V 'A Disc' -o disc.iso -b bios -no-emul-boot -boot-load-size 4 -eltorito-alt-boot "
        "-e efi -no-emul-boot disc");
  insides = look ("disc.iso", "raw", DIO_IMAGE_OPTICAL);
  g_assert_cmpint ((int) insides->boot, ==, (int) (DIO_IMAGE_BOOT_BIOS | DIO_IMAGE_BOOT_UEFI_ARM));
  g_assert_null (insides->table);
  g_assert_cmpuint (insides->n_partitions, ==, 1);
  g_assert_cmpstr (insides->partitions[0].file_system, ==, "iso9660");
  g_assert_cmpstr (insides->partitions[0].label, ==, "A Disc");
}

static void
test_nothing (void)
{
  g_autoptr (DioImageInsides) insides = NULL;
  g_autoptr (DioImageInsides) huge = NULL;

  make ("truncate -s 4M empty.raw; $qemu_img create -q -f qcow2 -o cluster_size=2M huge.qcow2 1000000T");
  insides = look ("empty.raw", "raw", 0);
  g_assert_cmpuint (insides->n_partitions, ==, 0);
  g_assert_cmpint ((int) insides->boot, ==, 0);
  huge = look ("huge.qcow2", "qcow2", 0);
  g_assert_cmpuint (huge->n_partitions, ==, 0);
}

static void
test_encrypted (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioImageInsides) insides = NULL;
  g_autofree char *node = NULL;

  node = dio_image_node_to_json ((const char *const[]) { "/a", "/b" }, (const char *const[]) { "qcow2", "raw" }, 2,
                                 FALSE, "aes", "key");
  g_assert_cmpstr (node, ==,
                   "{\"node-name\":\"disk\",\"driver\":\"qcow2\",\"read-only\":true,"
                   "\"encrypt\":{\"format\":\"aes\",\"key-secret\":\"key\"},"
                   "\"file\":{\"driver\":\"file\",\"filename\":\"/a\",\"locking\":\"off\"},"
                   "\"backing\":{\"driver\":\"raw\",\"read-only\":true,"
                   "\"file\":{\"driver\":\"file\",\"filename\":\"/b\",\"locking\":\"off\"}}}");
  if (lacks ((const char *const[]) { "cryptsetup", NULL }))
    return;
  make ("truncate -s 8M locked.img; printf secret | cryptsetup luksFormat --type luks1 --batch-mode "
        "--pbkdf-force-iterations 1000 --key-file - locked.img");
  insides = look_at ("locked.img", "luks", 0, "luks", "secret", &error);
  g_assert_no_error (error);
  g_assert_nonnull (insides);
  g_assert_null (look_at ("locked.img", "luks", 0, "luks", "guess", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_nonnull (strstr (error->message, "Enter it again"));
  g_clear_error (&error);
  g_assert_null (look_at ("locked.img", "luks", 0, "luks", NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
}

/* --- images that name other files --- */

static const struct
{
  const char *name, *format, *script;
} attacks[] = {
  { "data.qcow2", "qcow2",
    "$qemu_img create -q -f qcow2 -o data_file=$PWD/secret,data_file_raw=on data.qcow2 1M; printf SECRET >secret; "
    "truncate -s 1M secret" },
  { "flat.vmdk", "vmdk",
    "printf '# Disk DescriptorFile\\nversion=1\\nCID=fffffffe\\nparentCID=ffffffff\\ncreateType=\"monolithicFlat\"\\n"
    "RW 2048 FLAT \"%s\" 0\\n' $PWD/secret >flat.vmdk" },
  { "over.qcow2", "qcow2", "$qemu_img create -q -u -f qcow2 -F raw -b $PWD/secret over.qcow2 1M" },
};

static gboolean
has_secret (const char *path)
{
  g_autofree char *content = NULL;
  gsize length = 0;

  return g_file_get_contents (path, &content, &length, NULL) && length >= 6 && memcmp (content, "SECRET", 6) == 0;
}

/* Past all that looks at headers: the tool itself is given such an image, and cannot open what that names. */
static void
test_attacks (void)
{
  make ("printf SECRET >secret; truncate -s 1M secret");
  for (guint i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      g_autofree char *path = in (attacks[i].name);
      g_autofree char *stolen = in ("stolen");
      g_autofree char *node = NULL;
      g_autofree char *name = NULL;
      g_autofree char *free = NULL;
      g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, NULL);
      g_autoptr (DioImageInsides) insides = NULL;
      g_autoptr (GError) error = NULL;

      make (attacks[i].script);
      node = dio_image_node_to_json ((const char *const[]) { path }, &attacks[i].format, 1, FALSE, NULL, NULL);
      name = g_strconcat ("json:", node, NULL);
      g_assert_true (dio_confine_give (tool, path, FALSE, NULL));
      g_assert_true (dio_confine_give_new (tool, stolen, NULL));
      if (dio_qemu_img_run (tool, (const char *const[]) { "convert", "-O", "raw", name, stolen, NULL }, NULL, NULL,
                            NULL, NULL, NULL, &error))
        g_assert_false (has_secret (stolen));
      else
        g_test_message ("%s: %s", attacks[i].name, error->message);
      g_clear_error (&error);
      insides = look_at (attacks[i].name, attacks[i].format, 0, NULL, NULL, &error);
      g_test_message ("%s: %s", attacks[i].name, error != NULL ? error->message : "looked at");

      /* It is worth trying: without the lock, and with nothing said of what is below, it works. */
      free = g_strdup_printf ("$qemu_img convert -f %s -O raw %s stolen", attacks[i].format, attacks[i].name);
      make (free);
      g_assert_true (has_secret (stolen));
      g_unlink (stolen);
    }
}

/* The lines of strace's log, those in one that were cut by others'. */
static GStrv
read_log (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GHashTable) starts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GStrvBuilder) whole = g_strv_builder_new ();
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *process = g_strndup (lines[i], strcspn (lines[i], " "));
      char *cut = strstr (lines[i], " <unfinished ...>");
      const char *end = strstr (lines[i], " resumed>");

      if (cut != NULL)
        {
          *cut = '\0';
          g_hash_table_replace (starts, g_steal_pointer (&process), g_strdup (lines[i]));
        }
      else if (end != NULL)
        g_strv_builder_take (whole, g_strconcat ((const char *) g_hash_table_lookup (starts, process),
                                                 end + strlen (" resumed>"), NULL));
      else
        g_strv_builder_add (whole, lines[i]);
    }
  return g_strv_builder_end (whole);
}

static gboolean
may_be_opened (const char *line)
{
  static const char *const places[] = { "\"/lib", "\"/usr/lib", "\"/etc/ld.so.cache\"", "\"/dev/null\"",
                                        "\"/proc/self/fd/" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (strstr (line, places[i]) != NULL)
      return TRUE;
  return strstr (line, folder) != NULL;
}

/* Which files are opened, after it is locked in, by a program or its threads: this one again, below strace, as PROGRAM
 * --attack FOLDER. */
static void
test_traced (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *log = in ("log");
  const char *const argv[] = { "strace", "-f",       "-qq",  "-e", "trace=open,openat,execveat", "-o", log,
                               self,     "--attack", folder, NULL };
  /* No leak is looked for by one that is traced already. */
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "ASAN_OPTIONS", "detect_leaks=0", TRUE);
  g_auto (GStrv) lines = NULL;
  guint n_opened = 0, n_denied = 0, n_programs = 0;
  g_autoptr (GHashTable) locked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  int status;

  if (lacks ((const char *const[]) { "strace", NULL }))
    return;
  g_assert_true (g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                               NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  lines = read_log (log);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *process = g_strndup (lines[i], strcspn (lines[i], " "));

      if (strstr (lines[i], "/secret\"") != NULL)
        {
          g_assert_nonnull (strstr (lines[i], "EACCES"));
          n_denied++;
        }
      if (strstr (lines[i], " execveat(") != NULL)
        n_programs += g_hash_table_add (locked, g_steal_pointer (&process));
      else if (g_hash_table_contains (locked, process) && strstr (lines[i], " open") != NULL &&
               strstr (lines[i], " = -1 ") == NULL)
        {
          if (!may_be_opened (lines[i]))
            g_error ("opened: %s", lines[i]);
          n_opened++;
        }
    }
  g_test_message ("%u programs opened %u files, were denied %u", n_programs, n_opened, n_denied);
  g_assert_cmpuint (n_programs, >=, 3 * G_N_ELEMENTS (attacks));
  g_assert_cmpuint (n_opened, >, n_programs);
  g_assert_cmpuint (n_denied, >=, 4); /* two of the attacks, on two programs */
}

static int
attack (const char *where)
{
  folder = g_strdup (where);
  for (guint i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      g_autofree char *path = in (attacks[i].name);
      g_autofree char *node =
          dio_image_node_to_json ((const char *const[]) { path }, &attacks[i].format, 1, FALSE, NULL, NULL);
      g_autofree char *name = g_strconcat ("json:", node, NULL);
      g_autoptr (DioConfine) tool = dio_qemu_img_new (TRUE, NULL);
      g_autoptr (DioImageInsides) insides = NULL;

      dio_confine_give (tool, path, FALSE, NULL);
      dio_qemu_img_run (tool, (const char *const[]) { "info", name, NULL }, NULL, NULL, NULL, NULL, NULL, NULL);
      insides = look_at (attacks[i].name, attacks[i].format, 0, NULL, NULL, NULL);
    }
  return 0;
}

static void
test_check (void)
{
  g_autofree char *path = in ("check.qcow2");
  DioImageFile file = { .path = path, .host_path = path, .format = "qcow2" };
  DioImageFile *files[] = { &file };
  const DioImageReport report = { .files = files, .n_files = 1 };
  g_autoptr (GError) error = NULL;
  guint64 leaks = 9, errors = 9;
  g_autofd int fd = -1;

  make ("$qemu_img create -q -f qcow2 check.qcow2 16M; truncate -s 16M random; "
        "head -c 1M /dev/urandom | dd of=random conv=notrunc status=none; "
        "$qemu_img convert -f raw -O qcow2 random check.qcow2");
  g_assert_true (dio_image_check (&report, NULL, &leaks, &errors, NULL, &error));
  g_assert_cmpuint (leaks + errors, ==, 0);
  /* A reference count that is too high costs room, one that is too low is damage. The table is the third cluster. */
  fd = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (pwrite (fd, "\0\2", 2, 2 * 65536 + 2 * 6), ==, 2);
  g_assert_true (dio_image_check (&report, NULL, &leaks, &errors, NULL, &error));
  g_assert_cmpuint (leaks + errors, >, 0);
  g_assert_cmpint (pwrite (fd, "\0\0", 2, 2 * 65536 + 2 * 6), ==, 2);
  g_assert_true (dio_image_check (&report, NULL, &leaks, &errors, NULL, &error));
  g_assert_cmpuint (errors, >, 0);
  file.format = "raw";
  g_assert_true (dio_image_check (&report, NULL, &leaks, &errors, NULL, &error));
  g_assert_cmpuint (leaks + errors, ==, 0);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--attack"))
    return attack (argv[2]);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  folder = g_dir_make_tmp ("insides-XXXXXX", NULL);
  g_test_add_func ("/insides/linux", test_linux);
  g_test_add_func ("/insides/logical", test_logical);
  g_test_add_func ("/insides/disc", test_disc);
  g_test_add_func ("/insides/nothing", test_nothing);
  g_test_add_func ("/insides/encrypted", test_encrypted);
  g_test_add_func ("/insides/attacks", test_attacks);
  g_test_add_func ("/insides/traced", test_traced);
  g_test_add_func ("/insides/check", test_check);
  return g_test_run ();
}
