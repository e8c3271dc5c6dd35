/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Downloads from a server in this process that does what servers and networks do on bad days. */
#include "certificates.h"
#include "provision/checksum-list.h"
#include "provision/download.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE (3 * 1024 * 1024)
#define SPEAKS_UP_TO (1024 * 1024) /* one that breaks off */
#define RETRY 5                    /* milliseconds */

typedef enum
{
  WELL,
  BREAKS,       /* each connection after SPEAKS_UP_TO bytes */
  NO_RANGES,    /* breaks once, and always gives all of it */
  LIES,         /* says that it begins where it was asked to, and does not */
  HANGS,        /* gives one byte, and waits */
  UNCOUNTED,    /* does not tell the size */
  TOO_BIG,      /* has an exabyte */
  TOO_MUCH,     /* sends more than it said */
  CHANGED_RANGE /* gives a part of another file, as if nothing were */
} Habit;

/* Stands before the C library's: what is renamed, and to what, before our lock is taken. */
static const char *finished_part, *finished;

int flock (int fd, int operation);

int
flock (int fd, int operation)
{
  if (finished_part)
    g_assert_cmpint (g_rename (g_steal_pointer (&finished_part), finished), ==, 0);
  return (int) syscall (SYS_flock, fd, operation);
}

/* What the server does, and what it was asked; set while no download runs. */
static struct
{
  Habit habit;
  const char *tag;
  const char *sums; /* content of SHA256SUMS */
  guint8 *content;
  guint port, port_own, port_other, port_old; /* each with the certificate of its name */
  int n_gets, n_ranges;
} server;

static char *
write_sum (const guint8 *bytes)
{
  g_autofree char *digits = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, SIZE);

  return g_strdup (digits);
}

/* --- the server --- */

static void
say (GOutputStream *out, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_output_stream_write_all (out, text, strlen (text), NULL, NULL, NULL);
}

static void
give_file (GOutputStream *out, gboolean head, guint64 first, GInputStream *in)
{
  gboolean partial = first > 0 && server.habit != NO_RANGES;
  guint64 said = server.habit == TOO_BIG ? (guint64) 1 << 60 : SIZE - (partial ? first : 0);
  gsize n = SIZE - (partial ? first : 0);
  char byte;

  if (server.habit == TOO_MUCH)
    said /= 2;
  server.n_gets += !head;
  server.n_ranges += partial;
  if (partial)
    say (out, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %" G_GUINT64_FORMAT "-%d/%d\r\n",
         server.habit == LIES ? first - 1 : first, SIZE - 1, SIZE);
  else
    say (out, "HTTP/1.1 200 OK\r\n");
  if (server.habit != UNCOUNTED)
    say (out, "Content-Length: %" G_GUINT64_FORMAT "\r\n", said);
  say (out, "ETag: %s\r\nConnection: close\r\n\r\n", server.tag);
  if (head)
    return;
  if (server.habit == HANGS)
    {
      g_output_stream_write_all (out, server.content, 1, NULL, NULL, NULL);
      g_input_stream_read (in, &byte, 1, NULL, NULL); /* until the other side has gone */
      return;
    }
  if (server.habit == BREAKS || (server.habit == NO_RANGES && server.n_gets == 1) || server.habit == LIES)
    n = MIN (n, SPEAKS_UP_TO);
  g_output_stream_write_all (out, server.content + (partial ? first : 0), n, NULL, NULL, NULL);
}

/* Returns: the value of a header; (transfer full) (nullable) */
static char *
find_header (char **lines, const char *name)
{
  for (guint i = 1; lines[i]; i++)
    if (g_ascii_strncasecmp (lines[i], name, strlen (name)) == 0 && lines[i][strlen (name)] == ':')
      return g_strdup (g_strstrip (lines[i] + strlen (name) + 1));
  return NULL;
}

static void
answer (GOutputStream *out, GInputStream *in, char **lines)
{
  g_auto (GStrv) words = g_strsplit (lines[0], " ", 3);
  g_autofree char *range = find_header (lines, "Range"), *tag = find_header (lines, "If-Range");
  const char *path = words[1];
  guint64 first = range ? g_ascii_strtoull (range + strlen ("bytes="), NULL, 10) : 0;
  int left;

  if (first >= SIZE && range)
    say (out, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  else if (g_str_equal (path, "/disc.iso"))
    give_file (out, g_str_equal (words[0], "HEAD"),
               g_strcmp0 (tag, server.tag) == 0 || server.habit == CHANGED_RANGE ? first : 0, in);
  else if (sscanf (path, "/redirect/%d/", &left) == 1 && left > 0)
    say (out, "HTTP/1.1 302 Found\r\nLocation: /redirect/%d/disc.iso\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
         left - 1);
  else if (g_str_has_prefix (path, "/redirect/0"))
    say (out, "HTTP/1.1 302 Found\r\nLocation: ../../disc.iso\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  else if (g_str_equal (path, "/busy.iso"))
    say (out, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  else if (g_str_equal (path, "/SHA256SUMS") && server.sums)
    say (out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen (server.sums),
         server.sums);
  else
    say (out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/* SOURCE: the certificate of where it was asked; NULL: without. */
static gboolean
on_run (GThreadedSocketService *service, GSocketConnection *connection, GObject *source, gpointer user_data)
{
  g_autoptr (GIOStream) stream =
      source ? g_tls_server_connection_new (G_IO_STREAM (connection), G_TLS_CERTIFICATE (source), NULL)
             : G_IO_STREAM (g_object_ref (connection));
  GInputStream *in = g_io_stream_get_input_stream (stream);
  GOutputStream *out = g_io_stream_get_output_stream (stream);
  g_autoptr (GString) request = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;
  char byte;

  /* One that wants to speak TLS begins so, and is not understood. */
  while (*request->str != '\x16' && !strstr (request->str, "\r\n\r\n") &&
         g_input_stream_read (in, &byte, 1, NULL, NULL) == 1)
    g_string_append_c (request, byte);
  lines = g_strsplit (request->str, "\r\n", -1);
  if (*request->str == '\x16')
    say (out, "HTTP/1.1 400 Bad Request\r\n\r\n");
  else if (lines[0] && strchr (lines[0], ' '))
    answer (out, in, lines);
  return TRUE;
}

static guint
add_certificate (GSocketService *service, const char *text)
{
  g_autofree char *pem = g_strconcat (text, server_key, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, &error);

  g_assert_no_error (error);
  return g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), G_OBJECT (certificate), NULL);
}

static void
start_server (void)
{
  GSocketService *service = g_threaded_socket_service_new (8);
  GRand *random = g_rand_new_with_seed (1);

  server.content = g_malloc (SIZE);
  for (gsize i = 0; i < SIZE; i++)
    server.content[i] = g_rand_int (random);
  g_rand_free (random);
  server.port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  g_assert_cmpuint (server.port, !=, 0);
  server.port_own = add_certificate (service, certificate_own);
  server.port_other = add_certificate (service, certificate_other);
  server.port_old = add_certificate (service, certificate_old);
  g_signal_connect (service, "run", G_CALLBACK (on_run), NULL);
  g_socket_service_start (service);
}

/* --- downloading --- */

typedef struct
{
  char *path;
  char *uri;
  DioDownload download;
  GError *error;
  char *result;
} Case;

static Case *
case_new (Habit habit, const char *file)
{
  Case *self = g_new0 (Case, 1);
  g_autofree char *folder = g_dir_make_tmp ("download-XXXXXX", NULL);

  server.habit = habit;
  server.tag = "\"one\"";
  server.sums = NULL;
  server.n_gets = server.n_ranges = 0;
  self->path = g_build_filename (folder, "disc.iso", NULL);
  self->uri = g_strdup_printf ("http://127.0.0.1:%u/%s", server.port, file);
  self->download = (DioDownload) { .uri = self->uri, .path = self->path, .retry = RETRY };
  return self;
}

static void
case_free (Case *self)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  GDir *files = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (files)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_dir_close (files);
  g_rmdir (folder);
  g_clear_error (&self->error);
  g_free (self->result);
  g_free (self->path);
  g_free (self->uri);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Case, case_free)

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Case *self = user_data;

  dio_job_wait_finish (DIO_JOB (source), result, &self->error);
}

static gboolean
download (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Case *self = data;
  g_autofree char *path = NULL;

  if (!dio_download_run (&self->download, job, &path, cancellable, error))
    return FALSE;
  dio_job_set_result (job, path);
  return TRUE;
}

/* CANCEL_AT: as soon as it tells that it is this far; 2: never. */
static gboolean
run_until (Case *self, double cancel_at)
{
  g_autoptr (DioJob) job = dio_job_new ("Downloading", download, self, NULL);

  g_clear_error (&self->error);
  g_clear_pointer (&self->result, g_free);
  dio_job_start (job);
  dio_job_wait_async (job, on_ended, self);
  while (dio_job_get_running (job))
    {
      g_main_context_iteration (NULL, TRUE);
      if (dio_job_get_progress (job) >= cancel_at || (cancel_at == 0 && dio_job_get_detail (job)))
        dio_job_cancel (job);
    }
  self->result = g_strdup (dio_job_get_result (job));
  return self->error == NULL;
}

static gboolean
run (Case *self)
{
  return run_until (self, 2);
}

static void
assert_whole (const char *path)
{
  g_autofree char *content = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  g_assert_cmpmem (content, size, server.content, SIZE);
}

static gboolean
has_part (Case *self)
{
  g_autofree char *part = g_strconcat (self->path, ".part", NULL);

  return g_file_test (part, G_FILE_TEST_EXISTS);
}

/* Nothing but FILES in the folder. */
static void
assert_alone (Case *self, guint n_files)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);

  while (g_dir_read_name (files))
    g_assert_cmpuint (n_files--, >, 0);
  g_assert_cmpuint (n_files, ==, 0);
}

static void
test_well (void)
{
  g_autoptr (Case) self = case_new (WELL, "disc.iso");
  g_autofree char *sum = write_sum (server.content);

  self->download.checksum = sum;
  g_assert_true (run (self));
  g_assert_cmpstr (self->result, ==, self->path);
  assert_whole (self->path);
  assert_alone (self, 1);
  g_assert_cmpint (server.n_gets, ==, 1);

  /* It is there: not again. */
  g_assert_true (run (self));
  g_assert_cmpstr (self->result, ==, self->path);
  g_assert_cmpint (server.n_gets, ==, 1);
}

static void
test_uncounted (void)
{
  g_autoptr (Case) self = case_new (UNCOUNTED, "disc.iso");

  g_assert_true (run (self));
  assert_whole (self->path);
}

/* Somebody's own file of that name is no business of ours. */
static void
test_name_taken (void)
{
  g_autoptr (Case) self = case_new (WELL, "disc.iso");
  g_autofree char *kept = NULL;

  g_assert_true (g_file_set_contents (self->path, "mine", 4, NULL));
  g_assert_true (run (self));
  g_assert_true (g_str_has_suffix (self->result, "/disc (2).iso"));
  assert_whole (self->result);
  g_assert_true (g_file_get_contents (self->path, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "mine");
}

/* --- going on --- */

static void
test_breaks (void)
{
  g_autoptr (Case) self = case_new (BREAKS, "disc.iso");

  g_assert_true (run (self));
  assert_whole (self->path);
  assert_alone (self, 1);
  g_assert_cmpint (server.n_gets, ==, 3);
  g_assert_cmpint (server.n_ranges, ==, 2);
}

static void
test_no_ranges (void)
{
  g_autoptr (Case) self = case_new (NO_RANGES, "disc.iso");

  g_assert_true (run (self));
  assert_whole (self->path);
  g_assert_cmpint (server.n_gets, ==, 2);
}

/* A half is there, from a download that was cancelled. */
static void
cancel_halfway (Case *self)
{
  server.habit = BREAKS;
  self->download.retry = 60000; /* cancelled while it waits */
  g_assert_false (run_until (self, 0.3));
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (self->result);
  g_assert_true (has_part (self));
  self->download.retry = RETRY;
  server.n_gets = server.n_ranges = 0;
  server.habit = WELL;
}

static void
test_cancel (void)
{
  g_autoptr (Case) self = case_new (BREAKS, "disc.iso");

  cancel_halfway (self);
  g_assert_true (run (self));
  assert_whole (self->path);
  g_assert_cmpint (server.n_ranges, ==, 1);
  assert_alone (self, 1);
}

static void
test_discard (void)
{
  g_autoptr (Case) self = case_new (BREAKS, "disc.iso");

  cancel_halfway (self);
  dio_download_discard (self->path);
  assert_alone (self, 0);
}

static void
test_changed (void)
{
  g_autoptr (Case) self = case_new (BREAKS, "disc.iso");

  cancel_halfway (self);
  server.tag = "\"two\"";
  server.content[0] ^= 1;
  g_assert_true (run (self));
  assert_whole (self->path);
  g_assert_cmpint (server.n_ranges, ==, 0);

  /* The same from a server that does not heed If-Range. */
  g_unlink (self->path);
  server.tag = "\"one\"";
  cancel_halfway (self);
  server.tag = "\"two\"";
  server.content[0] ^= 1;
  server.habit = CHANGED_RANGE;
  g_assert_true (run (self));
  assert_whole (self->path);
  g_assert_cmpint (server.n_ranges, ==, 1);
}

/* What is there of another file is none of this one. */
static void
test_other_address (void)
{
  g_autoptr (Case) self = case_new (BREAKS, "disc.iso");
  g_autofree char *note = NULL, *folder = g_path_get_dirname (self->path);

  cancel_halfway (self);
  note = g_build_filename (folder, ".disc.iso.part-from", NULL);
  g_assert_true (
      g_file_set_contents (note, "[download]\nuri=http://elsewhere.example/\nvalidator=\"one\"\n", -1, NULL));
  g_assert_true (run (self));
  assert_whole (self->path);
  g_assert_cmpint (server.n_ranges, ==, 0);
}

static void
test_lies (void)
{
  g_autoptr (Case) self = case_new (BREAKS, "disc.iso");

  cancel_halfway (self);
  server.habit = LIES;
  /* It never gets further than a connection takes it, but what is kept is never wrong. */
  g_assert_false (run (self));
  server.habit = WELL;
  g_assert_true (run (self));
  assert_whole (self->path);
}

static void
test_hangs (void)
{
  g_autoptr (Case) self = case_new (HANGS, "disc.iso");

  g_assert_false (run_until (self, 0));
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- what cannot go well --- */

static void
test_checksum (void)
{
  g_autoptr (Case) self = case_new (WELL, "disc.iso");
  g_autofree char *sum = write_sum (server.content);
  g_autofree char *list = NULL;

  sum[0] = sum[0] == '0' ? '1' : '0';
  self->download.checksum = sum;
  g_assert_false (run (self));
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  assert_alone (self, 0);

  /* The same from the list beside it; and the right one. */
  self->download.checksum = NULL;
  list = g_strdup_printf ("%s *disc.iso\n", sum);
  server.sums = list;
  g_assert_false (run (self));
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_free (list);
  g_set_str (&sum, NULL);
  sum = write_sum (server.content);
  list = g_strdup_printf ("%s *disc.iso\n", sum);
  server.sums = list;
  g_assert_true (run (self));
  assert_whole (self->path);
}

static void
test_redirects (void)
{
  g_autoptr (Case) few = case_new (WELL, "redirect/5/disc.iso");
  g_autoptr (Case) many = NULL;

  g_assert_true (run (few));
  assert_whole (few->path);
  many = case_new (WELL, "redirect/50/disc.iso");
  g_assert_false (run (many));
  g_assert_nonnull (strstr (many->error->message, "without an end"));
}

static void
test_not_there (void)
{
  g_autoptr (Case) self = case_new (WELL, "nothing.iso");

  g_assert_false (run (self));
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (self->error->message, "nothing.iso"));
}

static void
test_busy (void)
{
  g_autoptr (Case) self = case_new (WELL, "busy.iso");

  g_assert_false (run (self));
  g_assert_nonnull (strstr (self->error->message, "503"));
}

/* Another download of the same file ends between ours opening its part and locking it: that one's file stays whole. */
static void
test_overtaken (void)
{
  g_autoptr (Case) self = case_new (WELL, "disc.iso");
  g_autofree char *part = g_strconcat (self->path, ".part", NULL), *other = g_strconcat (self->path, "-other", NULL);
  g_autofree char *kept = NULL;

  g_assert_true (g_file_set_contents (part, "all of the other", -1, NULL));
  finished_part = part;
  finished = other;
  g_assert_true (run (self));
  g_assert_null (finished_part);
  assert_whole (self->result);
  g_assert_true (g_file_get_contents (other, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "all of the other");
}

static void
test_no_network (void)
{
  g_autoptr (Case) self = case_new (WELL, "disc.iso");

  self->download.uri = "http://127.0.0.1:1/disc.iso"; /* where nobody listens */
  g_assert_false (run (self));
  g_assert_nonnull (strstr (self->error->message, "127.0.0.1"));
  g_assert_nonnull (strstr (self->error->message, "try again"));
  assert_alone (self, 0);
}

/* What a server shows that cannot prove who it is, and what is told of that. Nothing is downloaded. */
static void
test_not_safe (void)
{
  const struct
  {
    guint port;
    const char *says;
  } cases[] = {
    { server.port, "could not prove" },
    { server.port_other, "Another server answers in the place of “127.0.0.1”" },
    { server.port_old, "date is right" },
    { server.port_own, "Nobody whom this computer trusts vouches for “127.0.0.1”" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Case) self = case_new (WELL, "disc.iso");
      g_autofree char *secure = g_strdup_printf ("https://127.0.0.1:%u/disc.iso", cases[i].port);

      self->download.uri = secure;
      g_assert_false (run (self));
      g_assert_true (self->error->domain == G_TLS_ERROR);
      if (!strstr (self->error->message, cases[i].says))
        g_error ("“%s” is not in: %s", cases[i].says, self->error->message);
      g_assert_cmpint (server.n_gets, ==, 0);
      assert_alone (self, 0);
    }
}

static void
test_no_room (void)
{
  g_autoptr (Case) self = case_new (TOO_BIG, "disc.iso");
  struct rlimit old, limit;

  g_assert_false (run (self));
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);

  /* It ends while the file comes. */
  server.habit = WELL;
  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &old);
  limit = (struct rlimit) { .rlim_cur = SIZE / 2, .rlim_max = old.rlim_max };
  setrlimit (RLIMIT_FSIZE, &limit);
  g_assert_false (run (self));
  setrlimit (RLIMIT_FSIZE, &old);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_true (has_part (self));

  /* Room was made. */
  g_assert_true (run (self));
  assert_whole (self->path);
  g_assert_cmpint (server.n_ranges, ==, 1);
}

static void
test_too_much (void)
{
  g_autoptr (Case) self = case_new (TOO_MUCH, "disc.iso");

  /* What is beyond what was said is not read. */
  g_assert_true (run (self));
  {
    GStatBuf info;

    g_assert_cmpint (g_stat (self->path, &info), ==, 0);
    g_assert_cmpint (info.st_size, ==, SIZE / 2);
  }
}

/* --- the small things --- */

static void
test_names (void)
{
  static const char *const cases[][2] = {
    { "https://example.org/a/b/disc.iso", "disc.iso" },        { "https://example.org/disc.iso?x=/../y", "disc.iso" },
    { "https://example.org/a%2F..%2Fetc%2Fpasswd", "passwd" }, { "https://example.org/..", "download.iso" },
    { "https://example.org/.bashrc", "download.iso" },         { "https://example.org/", "download.iso" }
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = dio_download_dup_path (cases[i][0]);
      g_autofree char *name = g_path_get_basename (path);

      g_assert_true (g_path_is_absolute (path));
      g_assert_cmpstr (name, ==, cases[i][1]);
    }
}

static void
test_lists (void)
{
  g_autofree char *digits = g_strnfill (64, 'A'), *lower = g_strnfill (64, 'a');
  g_autofree char *gnu = g_strdup_printf ("# x\n%s  other.iso\r\n%s *./x/disc.iso\r\n", lower, digits);
  g_autofree char *bsd = g_strdup_printf ("SHA256 (disc.iso) = %s\n", digits);
  g_autofree char *wrong = g_strdup_printf ("%s0 disc.iso\nSHA256 )(disc.iso = \n(\n\n \n", digits);
  g_autofree char *of_gnu = dio_checksum_list_find (gnu, "disc.iso");
  g_autofree char *of_bsd = dio_checksum_list_find (bsd, "disc.iso");

  g_assert_cmpstr (of_gnu, ==, lower);
  g_assert_cmpstr (of_bsd, ==, lower);
  g_assert_null (dio_checksum_list_find (wrong, "disc.iso"));
  g_assert_null (dio_checksum_list_find (gnu, "iso"));
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(guint64 *) user_data = dio_download_measure_finish (result, NULL);
}

static void
test_measure (void)
{
  g_autoptr (Case) self = case_new (WELL, "disc.iso");
  guint64 size = 0;

  dio_download_measure_async (self->uri, NULL, on_measured, &size);
  while (size == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (size, ==, SIZE);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    GTestFunc func;
  } tests[] = {
    { "/download/well", test_well },
    { "/download/uncounted", test_uncounted },
    { "/download/name-taken", test_name_taken },
    { "/download/breaks", test_breaks },
    { "/download/no-ranges", test_no_ranges },
    { "/download/cancel", test_cancel },
    { "/download/discard", test_discard },
    { "/download/changed", test_changed },
    { "/download/other-address", test_other_address },
    { "/download/lies", test_lies },
    { "/download/hangs", test_hangs },
    { "/download/checksum", test_checksum },
    { "/download/redirects", test_redirects },
    { "/download/not-there", test_not_there },
    { "/download/busy", test_busy },
    { "/download/overtaken", test_overtaken },
    { "/download/no-network", test_no_network },
    { "/download/not-safe", test_not_safe },
    { "/download/no-room", test_no_room },
    { "/download/too-much", test_too_much },
    { "/download/names", test_names },
    { "/download/lists", test_lists },
    { "/download/measure", test_measure },
  };

  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE); /* there is no desktop that would tell a proxy */
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  start_server ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_func (tests[i].name, tests[i].func);
  return g_test_run ();
}
