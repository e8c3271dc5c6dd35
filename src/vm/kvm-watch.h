/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "qmp/qmp.h"

G_BEGIN_DECLS

/* Watches, for the first half minute, whether a guest gets anywhere on KVM. There are computers (nested virtualisation,
 * mostly) where KVM starts a guest and reports no error, but the guest stands still, or KVM interprets each instruction
 * itself: slower by far than QEMU's emulation. The kernel's own counters tell. */
typedef struct _DioKvmWatch DioKvmWatch;

typedef void (*DioKvmWatchFunc) (gpointer user_data);

/* ON_STUCK is called once at most; it may free the watch. Kernels without the counters (before 5.14) are not judged. */
DioKvmWatch *dio_kvm_watch_new (DioQmp *qmp, DioKvmWatchFunc on_stuck, gpointer user_data);
void dio_kvm_watch_free (DioKvmWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioKvmWatch, dio_kvm_watch_free)

/* The counters of all processors of a guest together. */
typedef struct
{
  guint64 exits;       /* how often the guest gave the processor back to KVM */
  guint64 interpreted; /* instructions that KVM did itself */
  gboolean waiting;    /* no processor has anything to do */
} DioKvmSample;

/* Reads the answer to query-stats. FALSE when the counters are not there. */
gboolean dio_kvm_sample_read (JsonNode *answer, DioKvmSample *sample);
/* Whether a guest that went from BEFORE to AFTER in five seconds is stuck. Pure. */
gboolean dio_kvm_sample_is_stuck (const DioKvmSample *before, const DioKvmSample *after);

G_END_DECLS
