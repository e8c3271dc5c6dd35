/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

/* What diorama-confine tells confine.c through the status pipe, which just ends when all went well. */
typedef enum
{
  DIO_CONFINE_STEP_ARGUMENTS,
  DIO_CONFINE_STEP_LIMITS,
  DIO_CONFINE_STEP_LOCK,    /* the kernel has Landlock, but refuses these rules */
  DIO_CONFINE_STEP_NO_LOCK, /* there is neither Landlock nor bubblewrap */
  DIO_CONFINE_STEP_FILTER,
  DIO_CONFINE_STEP_EXECUTE
} DioConfineStep;

typedef struct
{
  int step; /* DioConfineStep */
  int error_number;
} DioConfineFailure;
