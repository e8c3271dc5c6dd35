/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/engine.h"
#include "vm/machine-config.h"

G_BEGIN_DECLS

#define DIO_RUN_NO_SHARE (-1)
/* The virtio-serial port that SPICE's agent in the guest opens, and the name of its character device on D-Bus. */
#define DIO_AGENT_PORT "com.redhat.spice.0"

/* What belongs to one run of a machine and not to its definition. Absolute paths. */
typedef struct
{
  int qmp_fd;                   /* in the child: a connected socket for QMP */
  const char *uefi_vars;        /* the firmware's variables, which are written; needed with UEFI */
  const char *uefi_vars_format; /* "raw" or "qcow2" */
  const char *const *overlays;  /* (nullable): for each disk the qcow2 file that takes what is written, or "" */
  int tpm_fd;                   /* in the child: swtpm's control channel; needed with a TPM */
  int network_fd;               /* in the child: PASST: a listening stream socket; ISOLATED: a datagram socket */
  const int *share_fds;   /* (nullable): for each share in the child a socket of virtiofsd's, 0: QEMU shares it itself
                           * (9p), or DIO_RUN_NO_SHARE: it is left out */
  const int *secret_fds;  /* (nullable): for each disk in the child the file with its passphrase, or -1 */
  const int *overlay_fds; /* (nullable): the same with the key of its overlay; -1: that is not encrypted */
  const char *const *unlocked; /* (nullable): images that QEMU opens without locks, as those of the document portal */
  const char *control_socket;  /* where QEMU listens for the control port; needed when the machine has one */
  const char *audio;           /* QEMU's audio driver: "pipewire", "pa" or "none" */
  const char *render_node;     /* of the graphics card, or NULL: none that can be opened */
  gboolean shares_memory;      /* /dev/udmabuf can be opened: memory of ours can become a buffer of the card's */
} DioRunPaths;

/* The argument list, program first, for CONFIG as ENGINE can run it. Pure: no I/O, the same for the same. ACCEL: KVM or
 * TCG, not AUTO. Fails with G_IO_ERROR_NOT_SUPPORTED when ENGINE lacks what CONFIG needs (naming the package), and with
 * G_IO_ERROR_INVALID_ARGUMENT when CONFIG asks for what no machine can have. (transfer full) */
char **dio_argv_build (DioMachineConfig *config, DioEngine *engine, const DioRunPaths *paths, DioAccel accel,
                       GError **error);

G_END_DECLS
