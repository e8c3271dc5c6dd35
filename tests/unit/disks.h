/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/job.h"
#include "vm/machine-parts.h"

G_BEGIN_DECLS

/* What the tests of src/provision share. */

/* A new, empty folder below the test's own. (transfer full) */
char *disks_make_folder (const char *name);
/* A raw disk with a boot sector, some blocks of bytes made from SEED, and nothing in between. */
void disks_fill (const char *path, guint64 size, guint seed);
/* qemu-img ARGUMENTS, which have to succeed. */
void disks_qemu_img (const char *const *arguments);
/* The guest would see the same. Formats as qemu-img has them. */
void disks_assert_same (const char *a, const char *a_format, const char *b, const char *b_format);
/* Whether the file at PATH has TEXT anywhere in it. */
gboolean disks_contains (const char *path, const char *text);
/* All that is below FOLDER, with sizes, sorted: a line each. (transfer full) */
char *disks_list (const char *folder);
/* Runs JOB, which it takes, to its end. Returns: its result, NULL with ERROR. (transfer full) */
char *disks_run (DioJob *job, GError **error);
/* The same, cancelled as soon as its progress is at least FRACTION; -1: at once. */
char *disks_run_cancelled (DioJob *job, double fraction, GError **error);
/* No file may grow beyond SIZE bytes, here and in children, as on a full disk; 0: as before. */
void disks_limit (guint64 size);

G_END_DECLS
