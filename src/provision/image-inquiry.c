/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/image-inquiry.h"

#include "vm/image-lock.h"
#include "vm/kvm.h"

#include <glib/gi18n-lib.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

typedef struct
{
  char *path;
  GStrv granted;
} Question;

static void
question_free (Question *question)
{
  g_free (question->path);
  g_strfreev (question->granted);
  g_free (question);
}

void
dio_image_inquiry_free (DioImageInquiry *self)
{
  g_clear_pointer (&self->report, dio_image_report_free);
  g_free (self->holder);
  g_free (self->folder);
  g_free (self->kvm);
  g_free (self);
}

/* The kernel's own estimate (proc(5), "MemAvailable"). */
static guint64
read_memory (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    return G_MAXUINT64;
  line = strstr (text, "\nMemAvailable:");
  return line ? g_ascii_strtoull (line + strlen ("\nMemAvailable:"), NULL, 10) * 1024 : G_MAXUINT64;
}

static void
look_at_drive (DioImageInquiry *self, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct statfs info = { 0 };

  self->free = G_MAXUINT64;
  if (statfs (path, &info) == 0 && info.f_blocks > 0 &&
      !g_uint64_checked_mul (&self->free, info.f_bavail, (guint64) info.f_bsize))
    self->free = G_MAXUINT64;
  self->fat = info.f_type == MSDOS_SUPER_MAGIC;
  if (!(self->report->flags & DIO_IMAGE_PORTAL) && access (folder, W_OK) == 0)
    self->folder = g_steal_pointer (&folder);
}

static void
inquire (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Question *question = task_data;
  DioImageInquiry *self = g_new0 (DioImageInquiry, 1);
  DioKvmFacts facts;

  self->report = dio_image_report_new (question->path, (const char *const *) question->granted);
  if (self->report->problem != DIO_IMAGE_UNREADABLE && !(self->report->flags & DIO_IMAGE_OPTICAL))
    self->holder = dio_image_lock_dup_holder (question->path);
  if (dio_image_report_require_good (self->report, NULL))
    self->overlay = dio_image_overlay_look (self->report);
  look_at_drive (self, question->path);
  self->memory = read_memory ();
  dio_kvm_probe (&facts);
  self->kvm = dio_kvm_explain (&facts);
  if (!self->kvm && dio_kvm_get_failed ())
    self->kvm = g_strdup (_ ("This computer's processor (KVM) did not run the machine that was started before."));
  g_task_return_pointer (task, self, (GDestroyNotify) dio_image_inquiry_free);
}

void
dio_image_inquire_async (const char *path, const char *const *granted, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);

  g_task_set_source_tag (task, dio_image_inquire_async);
  question->path = g_strdup (path);
  question->granted = g_strdupv ((GStrv) granted);
  g_task_set_task_data (task, question, (GDestroyNotify) question_free);
  /* A drive that does not answer keeps the thread, not whoever has closed the sheet. */
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, inquire);
}

DioImageInquiry *
dio_image_inquire_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
