/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a file is that somebody wants to open as a disk, and what opening it would mean: found in its header and in
 * those of the files that it is written over, by this process, without any tool, before any tool gets it. All of it is
 * hostile. What is inside the disk is found later, by programs that can do no harm: image/insides.h. */

/* What keeps the image from being used as it is, the first that holds; each has a sentence and a remedy of its own. */
typedef enum
{
  DIO_IMAGE_GOOD,
  DIO_IMAGE_UNREADABLE, /* not there, not allowed, a folder, a device; ERRNO says why */
  DIO_IMAGE_EMPTY,
  DIO_IMAGE_WEB_PAGE,     /* HTML: a download that went wrong */
  DIO_IMAGE_LFS_POINTER,  /* a Git LFS pointer */
  DIO_IMAGE_TEXT,         /* other text: a checksum, a torrent's list, a script */
  DIO_IMAGE_COMPRESSED,   /* .xz .gz .zst .bz2 .lz4: DIO_IMAGE_REMEDY_UNPACK */
  DIO_IMAGE_PACKED,       /* .zip .7z .rar .tar: of several files */
  DIO_IMAGE_OTHER_FILE,   /* something else that is known (a picture, a program): "detail" names it */
  DIO_IMAGE_UNKNOWN,      /* nothing that a computer could start from, and no known mark */
  DIO_IMAGE_OTHER_FORMAT, /* a disk of a kind that the engine does not read: DMG, Parallels, … ("detail") */
  DIO_IMAGE_NEWER,        /* features (qcow2's incompatible bits, a version) that nobody here knows: "detail" */
  DIO_IMAGE_BROKEN,       /* a header that contradicts itself: tables outside of the file, impossible sizes: "detail" */
  DIO_IMAGE_TRUNCATED,    /* less of it is there than its header needs: a download that broke off */
  DIO_IMAGE_REFERS,       /* it names something that is never opened: "reference" and "reference-kind" */
  DIO_IMAGE_PARENT_MISSING,    /* a file that it is written over is not there, or not ours to read: "reference" */
  DIO_IMAGE_PARENT_UNDECLARED, /* … and it does not say of what format that one is, which nobody may guess */
  DIO_IMAGE_PARENT_BAD,        /* … and that one cannot be used: "detail" is its sentence */
  DIO_IMAGE_PARENT_LOOP,
  DIO_IMAGE_CORRUPT,   /* QEMU has marked it so: only to be repaired, as a copy (may have "encryption") */
  DIO_IMAGE_ENCRYPTED, /* a passphrase is needed: "encryption" */
} DioImageProblem;

/* Why a reference is never followed. */
typedef enum
{
  DIO_IMAGE_REFERENCE_NONE,
  DIO_IMAGE_REFERENCE_DATA_FILE, /* qcow2: the data is in another file */
  DIO_IMAGE_REFERENCE_EXTENT,    /* VMDK: the same, of one or several */
  DIO_IMAGE_REFERENCE_JSON,      /* "json:…": a wiring of QEMU's */
  DIO_IMAGE_REFERENCE_NETWORK,   /* "nbd:", "http:", "ssh:", any protocol */
  DIO_IMAGE_REFERENCE_DEVICE,    /* below /dev, /proc, /sys, or no ordinary file */
  DIO_IMAGE_REFERENCE_OUTSIDE,   /* with "..": out of the folder that the image is in */
  DIO_IMAGE_REFERENCE_PARENT     /* a parent of a format whose chain we do not follow: VMDK, VHD, VHDX */
} DioImageReferenceKind;

typedef enum
{
  DIO_IMAGE_OPTICAL = 1 << 0,    /* a disc: ISO 9660 or UDF */
  DIO_IMAGE_READ_ONLY = 1 << 1,  /* may not be written: its permissions, its drive's, or its kind (VMDK streams) */
  DIO_IMAGE_DIRTY = 1 << 2,      /* was not closed properly: its reference counts are to be checked */
  DIO_IMAGE_REMOVABLE = 1 << 3,  /* on a drive that can be taken out (udev's word, or below /media, /run/media) */
  DIO_IMAGE_PORTAL = 1 << 4,     /* seen through the document portal: image/host-path.h */
  DIO_IMAGE_MISNAMED = 1 << 5,   /* its name's ending says another format: "detail" is not set by that */
  DIO_IMAGE_SAVED_STATE = 1 << 6 /* a snapshot of it holds a machine's memory */
} DioImageFlags;

typedef struct
{
  char *id, *name; /* UTF-8 */
  gint64 date;     /* seconds since 1970 */
  guint64 state;   /* bytes of memory saved along; 0: the disk only */
} DioImageSnapshot;

/* One file of the chain. */
typedef struct
{
  char *path;           /* absolute, as it can be opened here */
  char *host_path;      /* to be shown: the same, but for portals */
  const char *format;   /* as QEMU names it: "raw", "qcow2", "qcow", "qed", "vmdk", "vdi", "vpc", "vhdx", "luks" */
  guint version;        /* of the format; 0: it has none */
  guint64 virtual_size; /* bytes that a guest sees; 0: not known */
  guint64 used;         /* bytes on the drive */
  guint64 device, inode;
  gint64 modified; /* µs since 1970 */
} DioImageFile;

typedef struct
{
  DioImageProblem problem;
  DioImageFlags flags;
  int error_number; /* of UNREADABLE */
  char *sentence;   /* (nullable) what is the matter and what to do, for the user; NULL when GOOD */
  char *detail;     /* (nullable) UTF-8, bounded */
  char *reference;  /* (nullable) what it names: UTF-8, at most 256 characters */
  DioImageReferenceKind reference_kind;
  const char *encryption;      /* "luks", "aes" (qcow's own, weak), or NULL */
  DioImageFile **files;        /* the image, then what it is written over, nearest first; as far as was followed */
  guint n_files;               /* at least 1 */
  DioImageSnapshot *snapshots; /* of the image itself */
  guint n_snapshots;
  const char *compression; /* of COMPRESSED: "xz", "gzip", "zstd", "bzip2", "lz4" */
  guint64 unpacked_size;   /* of COMPRESSED, when it says so; 0: not known */
} DioImageReport;

/* Looks at PATH (absolute). Never fails: what is wrong is in the report. GRANTED (nullable): folders and files that the
 * user has pointed at as places of missing parents: a parent is looked for by its name in these too. Reads at most a
 * few MiB, and nothing but ordinary files; blocks on the file system: not for the main thread. (transfer full) */
DioImageReport *dio_image_report_new (const char *path, const char *const *granted);
void dio_image_report_free (DioImageReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioImageReport, dio_image_report_free)

/* The layers below the image, as DioDisk has them: path, format, path, format, …; NULL when there are none. (transfer
 * full) (nullable) */
GStrv dio_image_report_dup_layers (const DioImageReport *self);
/* For GError-minded callers: FALSE, with the sentence (G_IO_ERROR_NOT_SUPPORTED; what g_io_error_from_errno() says
 * when UNREADABLE), unless GOOD. */
gboolean dio_image_report_require_good (const DioImageReport *self, GError **error);

G_END_DECLS
