/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The clipboard of a Wayland session for a program without a window: by ext-data-control-v1 or, where there is only
 * that, its forerunner wlr-data-control-unstable-v1. Selections and kinds are guest-tools/agent.h's. */
typedef struct _DioDataControl DioDataControl;

typedef struct
{
  /* Another program has copied something (KINDS), or there is nothing any more (0). */
  void (*copied) (void *data, unsigned selection, uint32_t kinds);
  /* A program pastes what dio_data_control_set() told of: it is to be written to FD, which is the callee's now. */
  void (*pastes) (void *data, unsigned selection, uint32_t kind, int fd);
} DioDataControlEvents;

typedef enum
{
  DIO_DATA_CONTROL_OK,
  DIO_DATA_CONTROL_NO_SESSION,  /* nothing listens at WAYLAND_DISPLAY */
  DIO_DATA_CONTROL_NOT_OFFERED, /* the compositor has neither protocol */
} DioDataControlStatus;

/* EVENTS come from dio_data_control_read(). Returns: NULL unless STATUS is OK. */
DioDataControl *dio_data_control_new (const DioDataControlEvents *events, void *data, DioDataControlStatus *status);
void dio_data_control_free (DioDataControl *self);

/* For poll(). Before it: dio_data_control_prepare() tells what to poll for (0: the session has ended), after it:
 * dio_data_control_read(), with what poll() said; false: the session has ended. */
int dio_data_control_get_fd (DioDataControl *self);
short dio_data_control_prepare (DioDataControl *self);
bool dio_data_control_read (DioDataControl *self, short revents);

/* What the session may paste from now on; 0: nothing, unless another program has copied something since. */
void dio_data_control_set (DioDataControl *self, unsigned selection, uint32_t kinds);
/* Begins to read what another program has copied. Returns: what does not block, to be read to its end; -1: it is gone.
 */
int dio_data_control_receive (DioDataControl *self, unsigned selection, uint32_t kind);
uint32_t dio_data_control_get_kinds (DioDataControl *self, unsigned selection);
