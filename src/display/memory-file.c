/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/memory-file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

gboolean
dio_memory_file_seal (int fd)
{
  struct statfs status;
  int seals = fcntl (fd, F_GET_SEALS);

  if (seals < 0)
    return FALSE;
  /* Huge pages can run out under whoever reads; ordinary memory is there, or the kernel ends somebody for want
   * of it. */
  if (fstatfs (fd, &status) < 0 || status.f_type != TMPFS_MAGIC)
    return FALSE;
  return (seals & F_SEAL_SHRINK) || (!(seals & F_SEAL_SEAL) && fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
}
