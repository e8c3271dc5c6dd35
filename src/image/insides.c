/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/insides.h"

#include "base/own-files.h"

#include "image/confine.h"
#include "image/insides-json.h"
#include "image/node.h"
#include "image/qemu-img.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_SECONDS 10
#define MAX_MEMORY (G_GUINT64_CONSTANT (512) << 20)
#define MAX_CHECK_MEMORY (G_GUINT64_CONSTANT (4) << 30) /* reference counts of big images are held at once */
#define MAX_CHECK_SECONDS 120

/* What one look needs, for its thread. */
typedef struct
{
  GStrv paths, formats;
  guint n;
  gboolean optical;
  const char *encryption; /* static */
  GBytes *passphrase;
} Look;

static void
look_free (Look *look)
{
  g_strfreev (look->paths);
  g_strfreev (look->formats);
  g_clear_pointer (&look->passphrase, g_bytes_unref);
  g_free (look);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static Look *
look_new (const DioImageReport *report, GBytes *passphrase)
{
  Look *look = g_new0 (Look, 1);

  look->n = report->n_files;
  look->paths = g_new0 (char *, look->n + 1);
  look->formats = g_new0 (char *, look->n + 1);
  for (guint i = 0; i < look->n; i++)
    {
      look->paths[i] = g_strdup (report->files[i]->path);
      look->formats[i] = g_strdup (report->files[i]->format);
    }
  look->optical = (report->flags & DIO_IMAGE_OPTICAL) != 0;
  look->encryption = report->encryption;
  look->passphrase = passphrase != NULL ? g_bytes_ref (passphrase) : NULL;
  return look;
}

/* FALSE, for what errno says. */
G_GNUC_PRINTF (2, 3)
static gboolean
fail (GError **error, const char *format, ...)
{
  const int code = g_io_error_from_errno (errno);
  va_list values;

  va_start (values, format);
  g_propagate_error (error, g_error_new_valist (G_IO_ERROR, code, format, values));
  va_end (values);
  return FALSE;
}

/* --- QEMU's storage daemon --- */

/* A socket that listens, and one that is connected to it; nobody else can find it. */
static gboolean
make_sockets (int *listener, int *client, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("diorama-look-XXXXXX", error);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, "nbd", NULL) : NULL;
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofd int server = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofd int peer = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean done;

  if (folder == NULL)
    return FALSE;
  errno = ENAMETOOLONG;
  done = g_strlcpy (address.sun_path, path, sizeof address.sun_path) < sizeof address.sun_path && server >= 0 &&
         peer >= 0 && bind (server, (struct sockaddr *) &address, sizeof address) == 0 && listen (server, 1) == 0 &&
         connect (peer, (struct sockaddr *) &address, sizeof address) == 0;
  if (!done)
    fail (error, _ ("What is on the disk could not be found out: no connection could be made (%s)."),
          g_strerror (errno));
  g_unlink (path);
  g_rmdir (folder);
  *listener = done ? g_steal_fd (&server) : -1;
  *client = done ? g_steal_fd (&peer) : -1;
  return done;
}

static gboolean
add_secret (const char *encryption, GBytes *passphrase, DioConfine *confine, GStrvBuilder *arguments, GError **error)
{
  g_autofree char *secret = NULL;

  if (encryption == NULL)
    return TRUE;
  secret = dio_qemu_tool_give_passphrase (confine, passphrase, error);
  if (secret == NULL)
    return FALSE;
  g_strv_builder_add_many (arguments, "--object", secret, NULL);
  return TRUE;
}

/* Shows the guest's view of the disk to whoever comes to LISTENER (taken). */
static GSubprocess *
start_daemon (const Look *look, int listener, GError **error)
{
  g_autofd int server = listener;
  g_autofree char *program = dio_qemu_tool_find ("qemu-storage-daemon", error);
  g_autoptr (DioConfine) confine = program != NULL ? dio_confine_new (program) : NULL;
  g_autoptr (GStrvBuilder) arguments = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;

  if (confine == NULL || !add_secret (look->encryption, look->passphrase, confine, arguments, error))
    return NULL;
  for (guint i = 0; i < look->n; i++)
    if (!dio_confine_give (confine, look->paths[i], FALSE, error))
      return NULL;
  dio_confine_set_limits (confine, MAX_MEMORY, MAX_SECONDS, 0);
  g_strv_builder_add (arguments, "--blockdev");
  g_strv_builder_take (arguments,
                       dio_image_node_to_json ((const char *const *) look->paths, (const char *const *) look->formats,
                                               look->n, FALSE, look->encryption, DIO_QEMU_PASSPHRASE));
  g_strv_builder_add (arguments, "--nbd-server");
  g_strv_builder_take (arguments, g_strdup_printf ("addr.type=fd,addr.str=%d,max-connections=1",
                                                   dio_confine_give_fd (confine, g_steal_fd (&server))));
  g_strv_builder_add_many (arguments, "--export", "type=nbd,id=disk,node-name=disk,name=disk,writable=off", NULL);
  words = g_strv_builder_end (arguments);
  return dio_confine_spawn (confine, (const char *const *) words,
                            G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
}

/* What the daemon had to say, which has ended, or is ended now. */
static char *
end_daemon (GSubprocess *daemon)
{
  g_autofree char *messages = NULL;

  g_subprocess_force_exit (daemon);
  if (!g_subprocess_communicate_utf8 (daemon, NULL, NULL, NULL, &messages, NULL) || messages == NULL)
    return g_strdup ("");
  return g_steal_pointer (&messages);
}

/* --- looking --- */

static DioImageInsides *
inspect (const Look *look, const char *kind, int fd, GCancellable *cancellable, GError **error)
{
  g_autofd int theirs = fd;
  g_autofree char *program = dio_own_helper ("image", "diorama-inspect");
  g_autoptr (DioConfine) confine = dio_confine_new (program);
  g_autofree char *number = g_strdup_printf ("%d", dio_confine_give_fd (confine, g_steal_fd (&theirs)));
  g_autofree char *output = NULL;
  g_autofree char *messages = NULL;
  int status;

  dio_confine_set_limits (confine, MAX_MEMORY, MAX_SECONDS, MAX_SECONDS);
  if (!dio_confine_run (confine, (const char *const[]) { kind, number, look->optical ? "disc" : "disk", NULL }, NULL,
                        NULL, cancellable, &output, &messages, &status, error))
    return NULL;
  if (status == 0)
    return dio_image_insides_from_json (output, -1, error);
  g_debug ("diorama-inspect ended with %x: %s", (guint) status, messages);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                       _ ("What is on the disk could not be found out. It may be damaged, or made to do harm."));
  return NULL;
}

static DioImageInsides *
look_through_daemon (const Look *look, GCancellable *cancellable, GError **error)
{
  g_autofd int listener = -1, client = -1;
  g_autoptr (GSubprocess) daemon = NULL;
  g_autoptr (GError) reason = NULL;
  g_autofree char *messages = NULL;
  DioImageInsides *insides;

  if (!make_sockets (&listener, &client, error))
    return NULL;
  daemon = start_daemon (look, g_steal_fd (&listener), error);
  if (daemon == NULL)
    return NULL;
  insides = inspect (look, "nbd", g_steal_fd (&client), cancellable, &reason);
  messages = end_daemon (daemon);
  if (insides != NULL)
    return insides;
  g_debug ("qemu-storage-daemon: %s", messages);
  if (strstr (messages, "Invalid password") != NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                         _ ("The passphrase is not the one of this disk. Enter it again."));
  else
    g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Look *look = data;
  GError *error = NULL;
  DioImageInsides *insides = NULL;

  if (look->n > 0 && g_str_equal (look->formats[0], "raw"))
    {
      g_autofd int fd = open (look->paths[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

      if (fd < 0)
        fail (&error, _ ("The disk image cannot be opened (%s)."), g_strerror (errno));
      else
        insides = inspect (look, "raw", g_steal_fd (&fd), cancellable, &error);
    }
  else
    insides = look_through_daemon (look, cancellable, &error);
  if (insides != NULL)
    g_task_return_pointer (task, insides, (GDestroyNotify) dio_image_insides_free);
  else
    g_task_return_error (task, error);
}

void
dio_image_look_inside_async (const DioImageReport *report, GBytes *passphrase, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_return_if_fail (report->n_files > 0);
  g_task_set_source_tag (task, dio_image_look_inside_async);
  g_task_set_task_data (task, look_new (report, passphrase), (GDestroyNotify) look_free);
  g_task_run_in_thread (task, look_in_thread);
}

DioImageInsides *
dio_image_look_inside_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, dio_image_look_inside_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- checking --- */

/* FALSE: qemu-img said something else. */
static gboolean
parse_check (const char *text, guint64 *leaks, guint64 *errors)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root = json_parser_load_from_data (parser, text, -1, NULL) ? json_parser_get_root (parser) : NULL;
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  gint64 corruptions, check_errors, leaked;

  if (object == NULL)
    return FALSE;
  corruptions = json_object_get_int_member_with_default (object, "corruptions", 0);
  check_errors = json_object_get_int_member_with_default (object, "check-errors", 0);
  leaked = json_object_get_int_member_with_default (object, "leaks", 0);
  *errors = (guint64) MAX (0, corruptions) + (guint64) MAX (0, check_errors);
  *leaks = (guint64) MAX (0, leaked);
  return TRUE;
}

gboolean
dio_image_check (const DioImageReport *report, GBytes *passphrase, guint64 *ret_leaks, guint64 *ret_errors,
                 GCancellable *cancellable, GError **error)
{
  const DioImageFile *file = report->files[0];
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *node = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  g_autofree char *output = NULL;
  guint64 leaks = 0, errors = 0;
  int status = 0;

  g_strv_builder_add_many (builder, "check", "--output=json", NULL);
  if (tool == NULL || !dio_confine_give (tool, file->path, FALSE, error) ||
      !add_secret (report->encryption, passphrase, tool, builder, error))
    return FALSE;
  dio_confine_set_limits (tool, MAX_CHECK_MEMORY, MAX_CHECK_SECONDS, MAX_CHECK_SECONDS);
  node = dio_image_node_to_json ((const char *const[]) { file->path }, &file->format, 1, FALSE, report->encryption,
                                 DIO_QEMU_PASSPHRASE);
  g_strv_builder_take (builder, g_strconcat ("json:", node, NULL));
  words = g_strv_builder_end (builder);
  if (!dio_qemu_img_run (tool, (const char *const *) words, NULL, NULL, cancellable, &output, &status, error))
    return FALSE;
  /* 63: the format has nothing to check. */
  if (status != 63 && !parse_check (output, &leaks, &errors))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           _ ("The disk image could not be checked. It may be damaged, or its drive is."));
      return FALSE;
    }
  if (ret_leaks != NULL)
    *ret_leaks = leaks;
  if (ret_errors != NULL)
    *ret_errors = errors;
  return TRUE;
}

const char *
dio_image_insides_find_foreign (const DioImageInsides *self)
{
  static const char *const own[] = { "x86_64", "amd64", "i386", "i486", "i586", "i686", "x86", NULL };

  if (self->boot & (DIO_IMAGE_BOOT_BIOS | DIO_IMAGE_BOOT_UEFI))
    return NULL;
  if (self->boot & DIO_IMAGE_BOOT_UEFI_ARM)
    return "aarch64";
  if (self->boot & DIO_IMAGE_BOOT_UEFI_RISCV)
    return "riscv64";
  if (self->boot & DIO_IMAGE_BOOT_UEFI_IA32)
    return "ia32";
  return self->arch != NULL && !g_strv_contains (own, self->arch) ? self->arch : NULL;
}
