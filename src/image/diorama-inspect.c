/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Finds out what is on a disk, and tells it as JSON (insides-json.h): diorama-inspect raw|nbd FD disk|disc, FD being
 * the image's file, or a connection to QEMU's storage daemon. Started by insides.c only, locked in. */
#include "image/insides-json.h"
#include "image/inspect.h"

#include <errno.h>
#include <libnbd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_EXT 8

static gboolean
read_raw (guint64 offset, gpointer buffer, gsize length, gpointer data)
{
  char *to = buffer;

  while (length > 0)
    {
      ssize_t n = pread (GPOINTER_TO_INT (data), to, length, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      to += n;
      offset += (guint64) n;
      length -= (gsize) n;
    }
  return TRUE;
}

static gboolean
read_nbd (guint64 offset, gpointer buffer, gsize length, gpointer data)
{
  return nbd_pread (data, buffer, length, offset, 0) == 0;
}

static void
set_system (DioImageInsides *insides, const char *id, const char *name)
{
  if (insides->os_id != NULL)
    return;
  insides->os_id = g_strdup (id);
  if (insides->os_name == NULL)
    insides->os_name = g_strdup (name);
}

/* What the kinds of partitions tell of the system, or of its computer (the "Discoverable Partitions Specification"). */
static void
judge_types (DioImageInsides *insides)
{
  static const struct
  {
    const char *type, *id, *name, *arch;
  } types[] = {
    { "e3c9e316-0b5c-4db8-817d-f92df00215ae", "windows", "Windows", NULL }, /* "reserved" */
    { "de94bba4-06d1-4d40-a16a-bfd50179d6ac", "windows", "Windows", NULL }, /* recovery */
    { "83bd6b9d-7f41-11dc-be0b-001560b84f0f", "freebsd", "FreeBSD", NULL },
    { "516e7cb4-6ecf-11d6-8ff8-00022d09712b", "freebsd", "FreeBSD", NULL },
    { "516e7cb6-6ecf-11d6-8ff8-00022d09712b", "freebsd", "FreeBSD", NULL },
    { "516e7cba-6ecf-11d6-8ff8-00022d09712b", "freebsd", "FreeBSD", NULL },
    { "824cc7a0-36a8-11e3-890a-952519ad3f61", "openbsd", "OpenBSD", NULL },
    { "49f48d5a-b10e-11dc-b99b-0019d1879648", "netbsd", "NetBSD", NULL },
    { "7c3457ef-0000-11aa-aa11-00306543ecac", "macos", "macOS", NULL },
    { "0xa5", "freebsd", "FreeBSD", NULL },
    { "0xa6", "openbsd", "OpenBSD", NULL },
    { "0xa9", "netbsd", "NetBSD", NULL },
    { "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", NULL, NULL, "x86_64" },
    { "44479540-f297-41b2-9af7-d131d5f0458a", NULL, NULL, "i686" },
    { "b921b045-1df0-41c3-af44-4c6f280d3fae", NULL, NULL, "aarch64" },
    { "72ec70a6-cf74-40e6-bd49-4bda08e8f224", NULL, NULL, "riscv64" },
  };

  for (guint i = 0; i < insides->n_partitions; i++)
    for (guint k = 0; k < G_N_ELEMENTS (types); k++)
      if (g_str_equal (insides->partitions[i].type, types[k].type))
        {
          if (types[k].id != NULL)
            set_system (insides, types[k].id, types[k].name);
          else if (insides->arch == NULL)
            insides->arch = g_strdup (types[k].arch);
        }
}

static void
judge (const DioSource *disk, DioImageInsides *insides, const char *loaders_of)
{
  guint n_ext = 0;
  gboolean ntfs = FALSE;

  for (guint i = 0; i < insides->n_partitions && insides->os_id == NULL; i++)
    {
      const DioImagePartition *partition = &insides->partitions[i];
      const DioSource part = dio_source_part (disk, partition->start, partition->size);

      ntfs |= g_strcmp0 (partition->file_system, "ntfs") == 0;
      if (partition->file_system != NULL && g_str_has_prefix (partition->file_system, "ext") && n_ext++ < MAX_EXT)
        dio_inspect_ext (&part, insides);
    }
  if (loaders_of != NULL)
    set_system (insides, loaders_of, g_str_equal (loaders_of, "windows") ? "Windows" : NULL);
  judge_types (insides);
  /* Before there was UEFI it was started from its own partition. */
  if (ntfs && g_strcmp0 (insides->table, "dos") == 0 && (insides->boot & DIO_IMAGE_BOOT_BIOS))
    set_system (insides, "windows", "Windows");
}

static gboolean
open_nbd (DioSource *disk, int fd)
{
  struct nbd_handle *handle = nbd_create ();
  gint64 size;

  if (handle == NULL || nbd_set_export_name (handle, "disk") < 0 || nbd_connect_socket (handle, fd) < 0 ||
      (size = nbd_get_size (handle)) < 0)
    {
      fprintf (stderr, "%s\n", nbd_get_error ());
      return FALSE;
    }
  *disk = (DioSource) { read_nbd, handle, 0, (guint64) size };
  return TRUE;
}

static gboolean
open_raw (DioSource *disk, int fd)
{
  struct stat status;

  if (fstat (fd, &status) < 0 || status.st_size < 0)
    return FALSE;
  *disk = (DioSource) { read_raw, GINT_TO_POINTER (fd), 0, (guint64) status.st_size };
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (DioImageInsides) insides = g_new0 (DioImageInsides, 1);
  g_autofree char *loaders_of = NULL;
  g_autofree char *text = NULL;
  gboolean raw = argc == 4 && strcmp (argv[1], "raw") == 0;
  gboolean optical = argc == 4 && strcmp (argv[3], "disc") == 0;
  int fd = argc == 4 ? atoi (argv[2]) : -1;
  DioSource disk;

  if (fd < 0 || !(raw ? open_raw (&disk, fd) : open_nbd (&disk, fd)))
    return 1;
  dio_inspect_partitions (&disk, raw ? fd : -1, insides);
  dio_inspect_boot (&disk, optical, insides, &loaders_of);
  judge (&disk, insides, loaders_of);
  text = dio_image_insides_to_json (insides);
  return puts (text) < 0 || fflush (stdout) != 0;
}
