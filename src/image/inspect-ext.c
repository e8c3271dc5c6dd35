/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/inspect.h"

#include <ext2fs/ext2fs.h>
#include <string.h>

#define MAX_RELEASE (16 * 1024)
#define ELF_HEADER 20

/* libext2fs opens by a name; there is one at a time. */
static const DioSource *opened;
static struct struct_io_manager source_manager;

static errcode_t
on_open (const char *name, int flags, io_channel *ret_channel)
{
  io_channel channel;
  errcode_t failed = ext2fs_get_mem (sizeof *channel, &channel);

  if (failed != 0)
    return failed;
  memset (channel, 0, sizeof *channel);
  channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
  channel->manager = &source_manager;
  channel->block_size = 1024;
  channel->refcount = 1;
  *ret_channel = channel;
  return 0;
}

static errcode_t
on_close (io_channel channel)
{
  if (--channel->refcount == 0)
    ext2fs_free_mem (&channel);
  return 0;
}

static errcode_t
on_set_size (io_channel channel, int size)
{
  channel->block_size = size;
  return 0;
}

/* COUNT: blocks, or, negative, bytes. */
static errcode_t
on_read (io_channel channel, unsigned long long block, int count, void *data)
{
  guint64 offset;
  gsize length = count < 0 ? (gsize) - (gint64) count : (gsize) count * (gsize) channel->block_size;

  return g_uint64_checked_mul (&offset, block, (guint64) channel->block_size) &&
                 dio_source_read (opened, offset, data, length)
             ? 0
             : EXT2_ET_SHORT_READ;
}

static errcode_t
on_read_32 (io_channel channel, unsigned long block, int count, void *data)
{
  return on_read (channel, block, count, data);
}

static errcode_t
on_write (io_channel channel, unsigned long long block, int count, const void *data)
{
  return EXT2_ET_RO_FILSYS;
}

static errcode_t
on_write_32 (io_channel channel, unsigned long block, int count, const void *data)
{
  return EXT2_ET_RO_FILSYS;
}

static errcode_t
on_flush (io_channel channel)
{
  return 0;
}

static struct struct_io_manager source_manager = { .magic = EXT2_ET_MAGIC_IO_MANAGER,
                                                   .name = "source",
                                                   .open = on_open,
                                                   .close = on_close,
                                                   .set_blksize = on_set_size,
                                                   .read_blk = on_read_32,
                                                   .write_blk = on_write_32,
                                                   .flush = on_flush,
                                                   .read_blk64 = on_read,
                                                   .write_blk64 = on_write };

/* The start of the file at PATH, through symbolic links inside. Returns: how much of LENGTH. */
static gsize
read_file (ext2_filsys fs, const char *path, gpointer buffer, gsize length)
{
  ext2_ino_t inode;
  struct ext2_inode info;
  ext2_file_t file;
  unsigned int n = 0;

  if (ext2fs_namei_follow (fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, &inode) != 0 ||
      ext2fs_read_inode (fs, inode, &info) != 0 || !LINUX_S_ISREG (info.i_mode) ||
      ext2fs_file_open (fs, inode, 0, &file) != 0)
    return 0;
  if (ext2fs_file_read (file, buffer, (unsigned int) length, &n) != 0)
    n = 0;
  ext2fs_file_close (file);
  return n;
}

/* A line NAME=VALUE of os-release(5), without what quotes it. */
static char *
get_value (GStrv lines, const char *name)
{
  gsize length = strlen (name);

  for (guint i = 0; lines[i] != NULL; i++)
    if (strncmp (lines[i], name, length) == 0 && lines[i][length] == '=')
      {
        g_autofree char *value = g_shell_unquote (lines[i] + length + 1, NULL);

        return value != NULL && *value != '\0' ? g_utf8_make_valid (value, -1) : NULL;
      }
  return NULL;
}

static gboolean
read_release (ext2_filsys fs, DioImageInsides *insides)
{
  static const char *const paths[] = { "/etc/os-release", "/usr/lib/os-release" };
  g_autofree char *text = g_malloc0 (MAX_RELEASE + 1);
  g_auto (GStrv) lines = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (paths) && *text == '\0'; i++)
    text[read_file (fs, paths[i], text, MAX_RELEASE)] = '\0';
  if (*text == '\0')
    return FALSE;
  lines = g_strsplit (text, "\n", 256);
  insides->os_id = get_value (lines, "ID");
  insides->os_version = get_value (lines, "VERSION_ID");
  insides->os_name = get_value (lines, "PRETTY_NAME");
  return insides->os_id != NULL || insides->os_name != NULL;
}

/* ELF's machines (elf.h), as QEMU names them. */
static const char *
name_machine (const guint8 *header)
{
  gboolean wide = header[4] == 2;
  gboolean little = header[5] == 1;

  switch (little ? header[18] | header[19] << 8 : header[18] << 8 | header[19])
    {
    case 3:
      return "i686";
    case 62:
      return "x86_64";
    case 40:
      return "armv7l";
    case 183:
      return "aarch64";
    case 243:
      return wide ? "riscv64" : "riscv32";
    case 21:
      return little ? "ppc64le" : "ppc64";
    case 22:
      return "s390x";
    case 258:
      return "loongarch64";
    default:
      return NULL;
    }
}

static void
read_machine (ext2_filsys fs, DioImageInsides *insides)
{
  static const char *const paths[] = { "/usr/bin/true", "/bin/true", "/sbin/init", "/bin/busybox", "/bin/sh" };
  guint8 header[ELF_HEADER];

  for (guint i = 0; i < G_N_ELEMENTS (paths) && insides->arch == NULL; i++)
    if (read_file (fs, paths[i], header, sizeof header) == sizeof header && memcmp (header, "\177ELF", 4) == 0)
      insides->arch = g_strdup (name_machine (header));
}

gboolean
dio_inspect_ext (const DioSource *partition, DioImageInsides *insides)
{
  ext2_filsys fs;
  gboolean found;

  opened = partition;
  if (ext2fs_open ("source", EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_CSUM_ERRORS, 0, 0, &source_manager, &fs) != 0)
    return FALSE;
  found = read_release (fs, insides);
  if (found)
    read_machine (fs, insides);
  ext2fs_free (fs);
  return found;
}
