/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

/* Bad days of a disk, for a whole process. This file's functions stand before the C library's own: in a program that
 * has faults.c among its sources, or in any program with libdiorama-faults.so in LD_PRELOAD. Calls that change what is
 * below a folder are counted; from the Nth on, something is wrong:
 *
 *   kill        the process ends before the Nth call
 *   cut         the same, and the power is cut: of what was not synchronised nothing has happened (data, names)
 *   cut-names   the same, but the names are as they were last: only the data are gone
 *   nospace     what needs room fails with ENOSPC (creating, writing, linking, renaming)
 *   denied      what needs a permission fails with EACCES (opening to write, creating, renaming, deleting)
 *   error       every such call fails with EIO
 *
 * A file's data are safe after fsync() of it, a name after fsync() of the folder that has it; sync() is as both.
 * In a process of its own it is told by the environment: DIORAMA_FAULTS_ROOT, the folder; DIORAMA_FAULTS_KIND;
 * DIORAMA_FAULTS_AT, N; DIORAMA_FAULTS_COUNT, a file where the number of calls is left at the end. Not seen: what the
 * C library does for itself (stdio), and what other processes do. */

typedef enum
{
  DIO_FAULT_NONE, /* only counts */
  DIO_FAULT_KILL,
  DIO_FAULT_CUT,
  DIO_FAULT_CUT_NAMES,
  DIO_FAULT_NO_SPACE,
  DIO_FAULT_DENIED,
  DIO_FAULT_ERROR,
} DioFault;

/* With this a process ends by itself at the Nth call. */
#define DIO_FAULTS_EXIT 77

/* ROOT: absolute and canonical. Once a process. */
void dio_faults_arm (const char *root, DioFault fault, unsigned at);
/* How many calls there were. */
unsigned dio_faults_count (void);
const char *dio_faults_name (DioFault fault);
