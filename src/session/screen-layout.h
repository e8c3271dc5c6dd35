/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/agent.h"
#include "session/head.h"
#include "session/pointer-route.h"

G_BEGIN_DECLS

/* Where a machine's screens lie on its guest's desktop: side by side in the order of their numbers, their upper edges
 * in a line, each as wide as its present picture. It tells the guest so (SetUIInfo's offsets; virtio-gpu hands them on
 * as the place that the host suggests), and while more than one screen is lit, has pointers move over all of them:
 * guests stretch an absolute pointer over their whole desktop. A guest that does not follow its screens' sizes is told
 * them by its agent, if it has one: its agent sets them there. Main thread only. */
#define DIO_TYPE_SCREEN_LAYOUT (dio_screen_layout_get_type ())
G_DECLARE_FINAL_TYPE (DioScreenLayout, dio_screen_layout, DIO, SCREEN_LAYOUT, GObject)

DioScreenLayout *dio_screen_layout_new (void);

/* QMP: (nullable): of the machine that the heads belong to. HEADS: in the order of their numbers. */
void dio_screen_layout_set (DioScreenLayout *self, DioQmp *qmp, GPtrArray *heads);
/* The guest's, as it comes and goes; (nullable). */
void dio_screen_layout_set_agent (DioScreenLayout *self, DioAgent *agent);

G_END_DECLS
