/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/folder-lock.h"
#include "library/folder-look.h"
#include "library/library-machine.h"

G_BEGIN_DECLS

/* Whether a machine's folder is where it was. */
typedef enum
{
  DIO_FOLDER_THERE,
  DIO_FOLDER_LEFT_OUT, /* it may be, but the user took its place out of the library */
  DIO_FOLDER_GONE,
} DioFolderPresence;

struct _DioLibraryMachine
{
  GObject parent_instance;

  gint64 looked_at;      /* monotonic, µs */
  DioFolderLook *look;   /* NULL: it is being made by JOB, and has no folder of its own yet */
  char *uuid;            /* (nullable): no other machine of the library has it; mostly the definition's */
  GFileMonitor *monitor; /* (nullable): of its folder */
  gboolean watched;      /* that was tried */
  gboolean looking;
  gboolean look_again;
  gboolean offline;
  DioFolderPresence presence;
  DioJob *job;
  gint64 disk_use;
  gboolean measuring;

  DioDefinition *definition; /* (nullable) */
  DioStamp stamp;            /* of the file that it was read from, or written to */

  gboolean saving;
  GPtrArray *waiting;    /* GTasks that end with the next write */
  GPtrArray *work_later; /* GTasks of dio_library_machine_run_and_look(), when what is being written is written */

  DioMachine *machine;
  gboolean active;      /* it was started and has not ended */
  gboolean adopt_later; /* it was started, and waits until what is being written is written */
  gboolean preparing;   /* it is being made ready to start */
  GTask *prepare_later; /* (nullable): that, when what is being written is written */
  gboolean locking;     /* it is being read and locked for that: nothing is written meanwhile */
  DioFolderLock *lock;
  gboolean tidying;       /* what a system was installed from goes */
  gboolean release_later; /* the lock, when what is being written is written */
};

/* LOOK: (transfer full). */
DioLibraryMachine *dio_library_machine_new (DioFolderLook *look);
/* The tile of what JOB makes. */
DioLibraryMachine *dio_library_machine_new_for_job (DioJob *job);
/* Something was found out about its folder. LOOK: (transfer full). */
void dio_library_machine_take_look (DioLibraryMachine *self, DioFolderLook *look);
void dio_library_machine_set_offline (DioLibraryMachine *self, gboolean offline);
/* There is another machine with the UUID of its definition. */
void dio_library_machine_set_uuid (DioLibraryMachine *self, const char *uuid);
/* Signal "gone" when it has to go from the list, as its folder is not THERE: at once, or when it has ended. */
void dio_library_machine_set_presence (DioLibraryMachine *self, DioFolderPresence presence);
/* What is known of its folder; NULL for a job's. (transfer none) */
DioFolderLook *dio_library_machine_get_look (DioLibraryMachine *self);
/* Whether what was seen of its folder at TIME (monotonic) is older than what is known. */
gboolean dio_library_machine_knows_better (DioLibraryMachine *self, gint64 time);
gboolean dio_library_machine_is_active (DioLibraryMachine *self);

/* Under the lock, as it starts: what another program has written since it was read is what holds. On the main thread:
 * one system call, unless there is something to read. */
gboolean dio_library_machine_catch_up (DioLibraryMachine *self, GError **error);
/* Nothing is being written any more: what waited for that goes on. */
void dio_library_machine_go_on (DioLibraryMachine *self);
/* What was to be saved meanwhile is. */
void dio_library_machine_save_late (DioLibraryMachine *self);
/* Gives the lock back, unless it is needed. */
void dio_library_machine_release (DioLibraryMachine *self);
void dio_library_machine_set_machine (DioLibraryMachine *self, DioMachine *machine);
/* Looks into the folder, in a thread, and takes what it finds. */
void dio_library_machine_look (DioLibraryMachine *self);
/* Runs WORK with the folder, in a thread, looks into it then, and ends a task that CALLBACK gets with what came of
 * WORK. */
typedef gboolean (*DioFolderWork) (const char *folder, GError **error);
void dio_library_machine_run_and_look (DioLibraryMachine *self, gpointer tag, DioFolderWork work,
                                       GAsyncReadyCallback callback, gpointer user_data);
/* Follows what others do in its folder. FALSE when that is done already. */
gboolean dio_library_machine_watch (DioLibraryMachine *self);
/* It ended; if its folder is gone it goes from the list. */
void dio_library_machine_end (DioLibraryMachine *self);

G_END_DECLS
