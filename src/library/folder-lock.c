/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/folder-lock.h"

#include "library/durable-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MAX_TEXT 4096 /* bytes */
#define MAX_WAIT_MS 2000
#define WAIT_STEP_MS 10
#define MAX_SHOWN 64 /* characters of a name that another computer wrote */

/* The lock's file. */
typedef struct
{
  dev_t device;
  ino_t inode;
} LockId;

struct _DioFolderLock
{
  int fd;
  gboolean told; /* the text is ours */
  LockId id;
};

/* Those that this process has: flock() does not say whose a lock is. */
static GMutex own_mutex;
static GArray *own_locks; /* LockId */

typedef struct
{
  char *host; /* what tells this computer from others */
  char *boot; /* this run of it */
  char *name; /* its name */
  char *user;
  char *process; /* this run of the program: a sandbox gives each the same number */
  gint64 pid;
  gint64 since; /* seconds since 1970 */
} Owner;

static void
owner_free (Owner *owner)
{
  g_free (owner->host);
  g_free (owner->boot);
  g_free (owner->name);
  g_free (owner->user);
  g_free (owner->process);
  g_free (owner);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Owner, owner_free)

/* --- who we are --- */

static char *
read_line (const char *path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_strdup (g_strstrip (text)) : NULL;
}

/* The computer's id is not for others' eyes (machine-id(5)), and the file may be seen by many: it is hashed. */
static char *
make_host_id (void)
{
  static const char *const files[] = { "/etc/machine-id", "/var/lib/dbus/machine-id" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *id = read_line (files[i]);
      g_autofree char *hash = NULL;

      if (!id || strlen (id) < 16)
        continue;
      hash = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) id, strlen (id), "Diorama", -1);
      hash[32] = '\0';
      return g_steal_pointer (&hash);
    }
  return g_strconcat ("name:", g_get_host_name (), NULL);
}

static const Owner *
get_own (void)
{
  static Owner *own;

  if (g_once_init_enter_pointer (&own))
    {
      Owner *owner = g_new0 (Owner, 1);

      owner->host = make_host_id ();
      owner->boot = read_line ("/proc/sys/kernel/random/boot_id");
      owner->name = g_strdup (g_get_host_name ());
      owner->user = g_strdup (g_get_user_name ());
      owner->process = g_uuid_string_random ();
      g_once_init_leave_pointer (&own, owner);
    }
  return own;
}

/* --- the text --- */

static char *
make_text (void)
{
  const Owner *own = get_own ();
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *name = g_utf8_make_valid (own->name, -1);
  g_autofree char *user = g_utf8_make_valid (own->user, -1);
  g_autofree char *json = NULL;

  json_builder_begin_object (builder);
  json_builder_add_string_value (json_builder_set_member_name (builder, "host"), own->host);
  json_builder_add_string_value (json_builder_set_member_name (builder, "boot"), own->boot ? own->boot : "");
  json_builder_add_string_value (json_builder_set_member_name (builder, "name"), name);
  json_builder_add_string_value (json_builder_set_member_name (builder, "user"), user);
  json_builder_add_string_value (json_builder_set_member_name (builder, "process"), own->process);
  json_builder_add_int_value (json_builder_set_member_name (builder, "pid"), getpid ());
  json_builder_add_int_value (json_builder_set_member_name (builder, "since"), g_get_real_time () / G_USEC_PER_SEC);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, TRUE);
  return g_strconcat (json, "\n", NULL);
}

static char *
get_text (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  gboolean is_text = node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
  GString *shown = g_string_new (NULL);

  for (const char *c = is_text ? json_node_get_string (node) : ""; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_isprint (g_utf8_get_char (c)) && shown->len < MAX_SHOWN)
      g_string_append_unichar (shown, g_utf8_get_char (c));
  return g_string_free_and_steal (shown);
}

static gint64
get_int (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64
             ? json_node_get_int (node)
             : 0;
}

/* Returns: (transfer full) (nullable): who the file FD says has it; NULL when it has no text. What else makes no sense
 * is nobody that we know of, on another computer. */
static Owner *
read_owner (int fd)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (Owner) owner = g_new0 (Owner, 1);
  char text[MAX_TEXT];
  gssize length = pread (fd, text, sizeof text, 0);
  JsonNode *root = NULL;
  JsonObject *object;

  /* Some file systems leave zeroes where the power was cut before the text was there. */
  if (length <= 0 || text[0] == '\0')
    return NULL;
  if (g_utf8_validate_len (text, (gsize) length, NULL) && json_parser_load_from_data (parser, text, length, NULL))
    root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return g_steal_pointer (&owner);
  object = json_node_get_object (root);
  owner->host = get_text (object, "host");
  owner->boot = get_text (object, "boot");
  owner->name = get_text (object, "name");
  owner->user = get_text (object, "user");
  owner->process = get_text (object, "process");
  owner->pid = get_int (object, "pid");
  owner->since = get_int (object, "since");
  return g_steal_pointer (&owner);
}

static gboolean
is_own_host (const Owner *owner)
{
  return g_strcmp0 (owner->host, get_own ()->host) == 0;
}

static gboolean
is_own (const Owner *owner)
{
  return is_own_host (owner) && g_strcmp0 (owner->process, get_own ()->process) == 0 && owner->pid == getpid ();
}

/* Whether OWNER, of this computer, can still be there, as far as that can be told where flock() tells nothing. */
static gboolean
may_live (const Owner *owner)
{
  if (g_strcmp0 (owner->boot, get_own ()->boot) != 0 || owner->pid <= 0 || owner->pid > G_MAXINT)
    return FALSE;
  return !is_own (owner) && (kill ((pid_t) owner->pid, 0) == 0 || errno == EPERM);
}

/* Returns: (transfer full): who has the machine, as a sentence. OWNER: (nullable). */
static char *
tell_owner (const Owner *owner)
{
  g_autoptr (GDateTime) time = owner && owner->since > 0 ? g_date_time_new_from_unix_local (owner->since) : NULL;
  g_autofree char *since = time ? g_date_time_format (time, "%x %R") : NULL;
  const char *user = owner && owner->user && *owner->user ? owner->user : _ ("somebody");
  const char *name = owner && owner->name && *owner->name ? owner->name : _ ("another computer");

  if (!owner)
    return g_strdup (_ ("Another Diorama is using this machine. Wait until it is done, then try again."));
  if (is_own (owner))
    return g_strdup (_ ("This machine is in use here. Shut it down, then try again."));
  if (is_own_host (owner))
    return g_strdup_printf (_ ("Another Diorama of %s on this computer (process %" G_GINT64_FORMAT
                               ") is using this machine. Shut it down there, then try again."),
                            user, owner->pid);
  return since
             ? g_strdup_printf (_ ("%s is using this machine on “%s” since %s. Shut it down there, or take it over if "
                                   "that is certain to have ended."),
                                user, name, since)
             : g_strdup_printf (_ ("%s is using this machine on “%s”. Shut it down there, or take it over if that is "
                                   "certain to have ended."),
                                user, name);
}

/* --- our own --- */

static gboolean
find_own_lock (const LockId *id, guint *ret_index)
{
  for (guint i = 0; own_locks && i < own_locks->len; i++)
    {
      const LockId *own = &g_array_index (own_locks, LockId, i);

      if (own->inode != id->inode || own->device != id->device)
        continue;
      *ret_index = i;
      return TRUE;
    }
  return FALSE;
}

static void
note_own (DioFolderLock *self, const struct stat *status)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&own_mutex);

  self->id = (LockId) { status->st_dev, status->st_ino };
  if (!own_locks)
    own_locks = g_array_new (FALSE, FALSE, sizeof (LockId));
  g_array_append_val (own_locks, self->id);
}

static void
forget_own (DioFolderLock *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&own_mutex);
  guint i;

  if (find_own_lock (&self->id, &i))
    g_array_remove_index_fast (own_locks, i);
}

static gboolean
is_ours (int fd)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&own_mutex);
  struct stat status;
  guint i;

  return fstat (fd, &status) == 0 && find_own_lock (&(LockId) { status.st_dev, status.st_ino }, &i);
}

/* --- taking it --- */

static int
open_lock (const char *folder, int flags)
{
  g_autofree char *path = g_build_filename (folder, DIO_LOCK_FILE, NULL);

  return open (path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);
}

/* The file's time tells when the machine was used last: of one that has no lock yet, never. */
static void
set_never_used (int fd)
{
  static const struct timespec never[2] = { { 0, 0 }, { 0, 0 } };

  if (futimens (fd, never) < 0)
    g_debug ("The time of a new lock: %s", g_strerror (errno));
}

static int
open_or_make_lock (const char *folder)
{
  int fd = open_lock (folder, O_RDWR);

  if (fd >= 0 || errno != ENOENT)
    return fd;
  fd = open_lock (folder, O_RDWR | O_CREAT | O_EXCL);
  if (fd >= 0)
    set_never_used (fd);
  else if (errno == EEXIST)
    fd = open_lock (folder, O_RDWR);
  return fd;
}

/* Whether the file system has no flock(), as that of Flatpak's document portal. */
static gboolean
is_unsupported (int number)
{
  return number == ENOSYS || number == ENOTSUP || number == ENOLCK || number == EINVAL;
}

/* Whether the lock FD is held for a moment only: without a text by who writes, or with that of a process that has died
 * by who looks. */
static gboolean
is_momentary (int fd)
{
  struct stat status;
  g_autoptr (Owner) owner = read_owner (fd);

  if (!owner)
    return fstat (fd, &status) == 0 && status.st_size == 0;
  return is_own_host (owner) && !is_own (owner) && !may_live (owner);
}

/* Takes the lock FD, FALSE with errno. Who has it for a moment is waited for. */
static gboolean
take (int fd, gboolean wait)
{
  gint64 end = g_get_monotonic_time () + MAX_WAIT_MS * 1000;

  while (flock (fd, LOCK_EX | LOCK_NB) < 0)
    {
      if (errno != EWOULDBLOCK)
        return FALSE;
      if (!wait || !is_momentary (fd) || g_get_monotonic_time () > end)
        {
          errno = EWOULDBLOCK;
          return FALSE;
        }
      g_usleep (WAIT_STEP_MS * 1000);
    }
  return TRUE;
}

/* Returns: (nullable) (transfer full): who keeps us from taking the lock FD, as a sentence. */
static char *
find_owner (int fd, DioLockKind kind)
{
  gboolean taken = take (fd, kind != DIO_LOCK_USE_NOW);
  gboolean blind = !taken && is_unsupported (errno);
  g_autoptr (Owner) owner = read_owner (fd);

  if (!taken && !blind && !owner && is_ours (fd))
    return g_strdup (_ ("Diorama is busy with this machine: it is being copied, exported or changed. Wait until that "
                        "is done, then try again."));
  if (!taken && !blind)
    return tell_owner (owner);
  if (!owner || kind == DIO_LOCK_BREAK)
    return NULL;
  if (!is_own_host (owner) || (blind && may_live (owner)))
    return tell_owner (owner);
  return NULL;
}

/* What stands there is the text of a process that has died, or was broken. It was used when that was written. */
static gboolean
clear_text (DioFolderLock *self, GError **error)
{
  struct stat status;

  if (fstat (self->fd, &status) < 0 || (status.st_size > 0 && ftruncate (self->fd, 0) < 0))
    {
      dio_set_file_error (error, errno, _ ("The machine's folder cannot be locked"));
      return FALSE;
    }
  if (status.st_size > 0)
    futimens (self->fd, (struct timespec[2]) { { 0, UTIME_OMIT }, status.st_mtim });
  return TRUE;
}

/* Whether FOLDER has the lock of STATUS still: it may have been renamed, trashed or removed before we had that. */
static gboolean
is_in_place (const char *folder, const struct stat *status)
{
  g_autofree char *path = g_build_filename (folder, DIO_LOCK_FILE, NULL);
  struct stat now;

  return lstat (path, &now) == 0 && now.st_dev == status->st_dev && now.st_ino == status->st_ino;
}

DioFolderLock *
dio_folder_lock_take (const char *folder, DioLockKind kind, GError **error)
{
  g_autoptr (DioFolderLock) self = g_new0 (DioFolderLock, 1);
  g_autofree char *owner = NULL;
  struct stat status;

  self->fd = open_or_make_lock (folder);
  if (self->fd < 0 || fstat (self->fd, &status) < 0)
    {
      dio_set_file_error (error, errno, _ ("The machine's folder cannot be locked"));
      return NULL;
    }
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   _ ("The machine's folder cannot be locked. “%s” in it is not a file. Delete that."), DIO_LOCK_FILE);
      return NULL;
    }
  owner = find_owner (self->fd, kind);
  if (owner)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, owner);
      return NULL;
    }
  if (!is_in_place (folder, &status))
    {
      dio_set_file_error (error, ENOENT, _ ("The machine's folder cannot be locked"));
      return NULL;
    }
  note_own (self, &status);
  if (!clear_text (self, error))
    return NULL;
  if ((kind == DIO_LOCK_USE || kind == DIO_LOCK_USE_NOW) && !dio_folder_lock_use (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
dio_folder_lock_use (DioFolderLock *self, GError **error)
{
  g_autofree char *text = make_text ();
  gssize length = (gssize) strlen (text);

  self->told = TRUE;
  errno = ENOSPC; /* of a write that was cut short */
  if (pwrite (self->fd, text, (gsize) length, 0) == length)
    return TRUE;
  dio_set_file_error (error, errno, _ ("The machine's folder cannot be locked"));
  return FALSE;
}

void
dio_folder_lock_set_unused (DioFolderLock *self)
{
  if (self->told && ftruncate (self->fd, 0) == 0)
    self->told = FALSE;
  set_never_used (self->fd);
}

void
dio_folder_lock_free (DioFolderLock *self)
{
  if (self->told && ftruncate (self->fd, 0) < 0)
    g_debug ("A lock's text stays: %s", g_strerror (errno));
  forget_own (self);
  g_clear_fd (&self->fd, NULL);
  g_free (self);
}

char *
dio_folder_lock_look (const char *folder)
{
  g_autofd int fd = open_lock (folder, O_RDONLY);
  g_autoptr (Owner) owner = fd >= 0 ? read_owner (fd) : NULL;

  if (!owner || is_own (owner))
    return NULL;
  if (!is_own_host (owner))
    return tell_owner (owner);
  if (flock (fd, LOCK_SH | LOCK_NB) == 0)
    return NULL;
  return errno == EWOULDBLOCK || may_live (owner) ? tell_owner (owner) : NULL;
}
