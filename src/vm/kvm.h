/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether this computer's processor can run machines (KVM), and if not, why and what to do. */
typedef enum
{
  DIO_KVM_USABLE,        /* so far: only running a guest shows whether it works */
  DIO_KVM_MISSING,       /* no /dev/kvm */
  DIO_KVM_NO_PERMISSION, /* to open it */
  DIO_KVM_BUSY,          /* another hypervisor has the processor */
  DIO_KVM_FAULTY,        /* it opens but does nothing useful */
} DioKvmStatus;

typedef struct
{
  DioKvmStatus status;
  int error;              /* errno that came with it, or 0 */
  gboolean cpu_capable;   /* the processor tells of virtualisation (vmx, svm) */
  gboolean in_machine;    /* this computer is a virtual machine itself */
  gboolean in_sandbox;    /* a Flatpak: devices have to be let in */
  gboolean smm;           /* it has the mode in which Secure Boot keeps its variables; told when it is usable */
  char group[64];         /* that may open /dev/kvm, or "" */
} DioKvmFacts;

/* Takes some milliseconds at most. */
void dio_kvm_probe (DioKvmFacts *facts);
/* A sentence that says why KVM is not used and one with the remedy; NULL when it is usable. Pure. (transfer full) */
char *dio_kvm_explain (const DioKvmFacts *facts);

/* Whether a guest could not run on KVM while this program ran: then it is not tried again. */
gboolean dio_kvm_get_failed (void);
void dio_kvm_set_failed (gboolean failed);

G_END_DECLS
