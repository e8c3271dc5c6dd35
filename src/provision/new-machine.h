/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"
#include "image/qemu-img.h"

G_BEGIN_DECLS

/* What all work that makes a machine has in common: the folder that is being made, what it will be defined as, and how
 * far the work is. Freed without a commit, nothing of it is left. One thread at a time. */
typedef struct
{
  DioJob *job;               /* (unowned) */
  GCancellable *cancellable; /* (unowned) */
  DioNewFolder *folder;
  DioDefinition *definition; /* of FOLDER */
  double done, part;         /* of the whole work: before, and with, the step that is under way */
  char *detail;              /* (nullable): what is being done */
} DioNewMachine;

/* TEMPLATE: everything but where its files are: paths stay as they are. */
DioNewMachine *dio_new_machine_new (DioDefinition *template, const char *place, DioJob *job, GCancellable *cancellable,
                                    GError **error);
void dio_new_machine_free (DioNewMachine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioNewMachine, dio_new_machine_free)

DioMachineConfig *dio_new_machine_get_config (DioNewMachine *self);
/* The path of NAME inside. (transfer full) */
char *dio_new_machine_build_path (DioNewMachine *self, const char *name);
/* The path of a new disk inside: "disk-2.qcow2". (transfer full) */
char *dio_new_machine_make_disk_path (DioNewMachine *self, const char *format);
void dio_new_machine_add_disk (DioNewMachine *self, const DioDisk *disk);

/* The next step is PART of the whole work (0…1) and called DETAIL (nullable). */
void dio_new_machine_step (DioNewMachine *self, double part, const char *detail);
/* A DioProgressFunc of that step, with SELF for DATA. */
void dio_new_machine_progress (double fraction, gpointer self);

/* Makes it durable and gives it its name; the job's result is its folder. */
gboolean dio_new_machine_commit (DioNewMachine *self, GError **error);

/* A definition like DEFINITION, that belongs to no folder yet: its paths are absolute, wherever they lead. (transfer
 * full) */
DioDefinition *dio_definition_copy_loose (DioDefinition *definition);
/* One like that of a machine that is as CONFIG. (transfer full) */
DioDefinition *dio_definition_new_loose (DioMachineConfig *config);

G_END_DECLS
