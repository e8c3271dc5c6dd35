/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Descriptors that wait for the message they belong to. They come with some byte of it (D-Bus Specification, "Header
 * Fields", UNIX_FDS), and so with the bytes of one receive, which may end the message before. Positions are of the
 * stream, in bytes. */
#define DIO_FD_QUEUE_MAX 16

typedef struct
{
  int fd;               /* -1: one that this process had no room for */
  guint64 since, until; /* the bytes that were received with it */
} DioQueuedFd;

typedef struct
{
  DioQueuedFd entries[DIO_FD_QUEUE_MAX];
  guint n;
} DioFdQueue;

/* Takes over FD, or closes it where there are too many. -1 stands for those of one receive that were lost. */
void dio_fd_queue_push (DioFdQueue *self, int fd, guint64 since, guint64 until);
/* The WANTED descriptors of the message from START to END: in FDS (transfer full). FALSE, with as many as there are in
 * RET_N, when they did not come; TRUE and none when they came and were lost. */
gboolean dio_fd_queue_pop (DioFdQueue *self, guint64 start, guint64 end, guint wanted, int fds[DIO_FD_QUEUE_MAX],
                           guint *ret_n);
/* Closes those that came with nothing at or behind POSITION. */
void dio_fd_queue_forget (DioFdQueue *self, guint64 position);

G_END_DECLS
