/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/sentence.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

/* Those that say nothing but what they say. */
static const char *const sentences[] = {
  [DIO_IMAGE_EMPTY] = N_ ("It is empty. If it was downloaded, download it again."),
  [DIO_IMAGE_WEB_PAGE] = N_ ("It is a web page, not an image: the download went wrong. Download it again."),
  [DIO_IMAGE_LFS_POINTER] = N_ ("It only says where the image is kept (a Git LFS pointer). Fetch the image itself with "
                                "“git lfs pull”."),
  [DIO_IMAGE_TEXT] = N_ ("It is text, not an image. Look at it with a text editor: it may say where the image is."),
  [DIO_IMAGE_COMPRESSED] = N_ ("It is compressed. Unpack it first."),
  [DIO_IMAGE_UNKNOWN] =
      N_ ("It is not a disk image, or one that nothing can start from. Diorama opens ISO, QCOW2, VMDK, "
          "VDI, VHD, VHDX and raw images."),
  [DIO_IMAGE_TRUNCATED] = N_ ("A part of it is missing: a download or a copy broke off. Download or copy it again."),
  [DIO_IMAGE_PARENT_LOOP] = N_ ("The files that it is written over name one another in a circle, so that none is the "
                                "first. Get it from where it was made again, with all of its files."),
  [DIO_IMAGE_ENCRYPTED] = N_ ("It is encrypted. It can be opened with its passphrase."),
  [DIO_IMAGE_CORRUPT] =
      N_ ("It is damaged: what last wrote to it has marked it so. Repair a copy of it, or get it again."),
};

static char *
format_unreadable (int error_number)
{
  switch (error_number)
    {
    case ENOENT:
    case ENOTDIR:
      return g_strdup (
          _ ("It is not there. It was moved, renamed or deleted, or the drive that it is on was taken out."));
    case EACCES:
    case EPERM:
      return g_strdup (_ ("You are not allowed to read it. Change its permissions, or ask its owner."));
    case EISDIR:
      return g_strdup (_ ("It is a folder. Open a disk image inside it."));
    case ENOTSUP:
    case ENXIO:
      return g_strdup (_ ("It is not an ordinary file. Open a file that is a disk image."));
    case ELOOP:
      return g_strdup (_ ("It is a link that leads to itself. Open the file that it was meant to lead to."));
    case EILSEQ:
      return g_strdup (_ ("Its name has characters that cannot be used (it is not UTF-8). Rename it."));
    default:
      return g_strdup_printf (_ ("It cannot be read (%s). Check the drive that it is on."), g_strerror (error_number));
    }
}

static char *
format_reference (const DioHeader *header)
{
  const char *name = header->reference;

  switch (header->reference_kind)
    {
    case DIO_IMAGE_REFERENCE_DATA_FILE:
    case DIO_IMAGE_REFERENCE_EXTENT:
      return name == NULL
                 ? g_strdup (
                       _ ("Its data is kept in another file, which it would make this computer open. Convert it to an "
                          "image that stands alone where it was made."))
                 : g_strdup_printf (
                       _ ("Its data is kept in other files (“%s”), which it would make this computer open. "
                          "Convert it to an image that stands alone where it was made."),
                       name);
    case DIO_IMAGE_REFERENCE_JSON:
      return g_strdup_printf (_ ("It would make this computer open something that it describes in code (“%s”). That is "
                                 "never done; get an image that stands alone."),
                              name);
    case DIO_IMAGE_REFERENCE_NETWORK:
      return g_strdup_printf (_ ("It would make this computer open “%s”, over the network or in another special way. "
                                 "That is never done; get an image that stands alone."),
                              name);
    case DIO_IMAGE_REFERENCE_DEVICE:
      return g_strdup_printf (
          _ ("It would make this computer open “%s”, which is a device or a folder and no disk image. "
             "That is never done; get an image that stands alone."),
          name);
    case DIO_IMAGE_REFERENCE_OUTSIDE:
      return g_strdup_printf (_ ("It would make this computer open “%s”, outside of the folder that it is in. That is "
                                 "never done; get an image that stands alone."),
                              name);
    default:
      return name == NULL
                 ? g_strdup (_ ("It only holds the changes to another disk. Merge the two where it was made."))
                 : g_strdup_printf (_ ("It only holds the changes to another disk, “%s”. Merge the two where it "
                                       "was made."),
                                    name);
    }
}

static char *
format_parent (const DioHeader *header)
{
  const char *name = header->reference != NULL ? header->reference : "?";

  switch ((int) header->problem)
    {
    case DIO_IMAGE_PARENT_MISSING:
      return g_strdup_printf (_ ("It only holds the changes to another file, “%s”, which is not beside it. Find that "
                                 "file, or put both into one folder."),
                              name);
    case DIO_IMAGE_PARENT_UNDECLARED:
      return g_strdup_printf (
          _ ("It only holds the changes to another file, “%s”, and does not say of what format that "
             "one is. Guessing would not be safe; have it said where the image was made."),
          name);
    default:
      return g_strdup_printf (_ ("It only holds the changes to another file, “%s”, which cannot be used. %s"), name,
                              header->detail != NULL ? header->detail : "");
    }
}

static char *
format_detail (const DioHeader *header)
{
  const char *detail = header->detail != NULL ? header->detail : "?";

  switch ((int) header->problem)
    {
    case DIO_IMAGE_PACKED:
      return g_strdup_printf (_ ("It is an archive (%s). Unpack it first, then open the disk image that was inside."),
                              detail);
    case DIO_IMAGE_OTHER_FILE:
      return g_strdup_printf (_ ("It is no disk image, but %s. Open it with another app."), detail);
    case DIO_IMAGE_OTHER_FORMAT:
      if (g_str_equal (detail, DIO_HEADER_LUKS_2))
        return g_strdup (_ ("It is encrypted in a way that Diorama cannot open: LUKS 2. Attach and unlock it with the "
                            "app “Disks”, make an image of what is unlocked there, and open that. It is not encrypted "
                            "any more."));
      return g_strdup_printf (
          _ ("It is a disk of a kind that Diorama cannot open: %s. Convert it to QCOW2 where it was "
             "made."),
          detail);
    case DIO_IMAGE_NEWER:
      return g_strdup_printf (_ ("It needs a newer version of Diorama: it uses what this one does not know (%s)."),
                              detail);
    default:
      return g_strdup_printf (_ ("It is damaged: %s. Download or copy it again."), detail);
    }
}

char *
dio_sentence_of_header (const DioHeader *header, int error_number)
{
  switch (header->problem)
    {
    case DIO_IMAGE_GOOD:
      return NULL;
    case DIO_IMAGE_UNREADABLE:
      return format_unreadable (error_number);
    case DIO_IMAGE_REFERS:
      return format_reference (header);
    case DIO_IMAGE_PARENT_MISSING:
    case DIO_IMAGE_PARENT_UNDECLARED:
    case DIO_IMAGE_PARENT_BAD:
      return format_parent (header);
    case DIO_IMAGE_TEXT:
      if (header->detail != NULL)
        return g_strdup_printf (_ ("It is no disk image, but text (%s). Open it with another app."), header->detail);
      break;
    case DIO_IMAGE_PACKED:
    case DIO_IMAGE_OTHER_FILE:
    case DIO_IMAGE_OTHER_FORMAT:
    case DIO_IMAGE_NEWER:
    case DIO_IMAGE_BROKEN:
      return format_detail (header);
    case DIO_IMAGE_EMPTY:
    case DIO_IMAGE_WEB_PAGE:
    case DIO_IMAGE_LFS_POINTER:
    case DIO_IMAGE_COMPRESSED:
    case DIO_IMAGE_UNKNOWN:
    case DIO_IMAGE_TRUNCATED:
    case DIO_IMAGE_PARENT_LOOP:
    case DIO_IMAGE_ENCRYPTED:
    case DIO_IMAGE_CORRUPT:
      break;
    }
  return g_strdup (_ (sentences[header->problem]));
}
