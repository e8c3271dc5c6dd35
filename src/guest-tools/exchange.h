/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "guest-tools/agent.h"
#include "guest-tools/data-control.h"

#include <poll.h>

#define DIO_N_PASTES 16
#define DIO_N_COPIES 8
#define DIO_EXCHANGE_FDS (DIO_N_PASTES + DIO_N_COPIES)

/* A program of the guest's that pastes what the host has copied. */
typedef struct
{
  bool used;
  bool asked; /* the host was; of each selection one at a time */
  bool ended; /* the host has sent all */
  unsigned selection;
  uint32_t kind;
  int fd; /* -1: it went away meanwhile */
  int64_t deadline;
  uint8_t *bytes; /* what it has not taken yet */
  size_t begin, n;
} DioPaste;

/* The host reads what a program of the guest's has copied. */
typedef struct
{
  bool used;
  unsigned selection;
  uint32_t kind;
  int fd;
  int64_t deadline;
  uint8_t *bytes;
  size_t n, size;
} DioCopy;

/* Moves the content between the programs' pipes and the host. Nothing waits: who does not take, or give, anything for a
 * while is given up, and what is held meanwhile is bounded. Times are milliseconds, monotonic. */
typedef struct
{
  DioAgent *agent;
  DioDataControl *control;
  int64_t now;
  DioPaste pastes[DIO_N_PASTES];
  DioPaste *receiving; /* whose content arrives */
  DioCopy copies[DIO_N_COPIES];
} DioExchange;

extern const DioAgentHost dio_exchange_host;           /* DATA: a DioExchange */
extern const DioDataControlEvents dio_exchange_events; /* the same */

/* Fills FDS, of which there are DIO_EXCHANGE_FDS. Returns: the next deadline, or INT64_MAX. */
int64_t dio_exchange_prepare (DioExchange *self, struct pollfd *fds);
/* FDS as poll() left them. */
void dio_exchange_move (DioExchange *self, const struct pollfd *fds);
/* Nothing is to be read from the host until a program has taken some of what is there. */
bool dio_exchange_rests (const DioExchange *self);
/* The host is gone. */
void dio_exchange_clear (DioExchange *self);
