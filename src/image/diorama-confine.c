/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Locks itself in, then becomes another program: see confine.h. Started by confine.c only, as
 *
 *   diorama-confine --status=FD --parent=PID --first-free=FD [--memory=BYTES] [--cpu=SECONDS] [--bubblewrap]
 *                   [--read=FD:PATH | --write=FD:PATH | --bytes=FD]… -- PROGRAM [ARGUMENT…]
 *
 * What goes wrong before PROGRAM runs is told as a DioConfineFailure through the pipe FD, which otherwise just ends. */
#include "image/confine-filter.h"
#include "image/confine-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's uapi/linux/landlock.h, of which a system's own may be older: the numbers of its calls are the same on
 * all architectures, its structures only grow. */
#define SYS_CREATE_RULESET 444
#define SYS_ADD_RULE 445
#define SYS_RESTRICT_SELF 446
#define RULESET_VERSION 1
#define RULE_PATH_BENEATH 1
#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_TRUNCATE (1ULL << 14)

typedef struct
{
  unsigned long long files, network, scopes;
} Ruleset;

typedef struct
{
  unsigned long long access;
  int fd;
} __attribute__ ((packed)) PathRule;

/* Where libraries are, and what the loader needs to find them. */
static const char *const library_places[] = { "/lib",           "/lib64",   "/usr/lib",        "/usr/lib64",
                                              "/usr/local/lib", "/app/lib", "/etc/ld.so.cache" };
static const char *const loaders[] = { "/lib/ld-*.so*", "/lib64/ld-*.so*" };

typedef struct
{
  int fd;
  const char *path; /* NULL: memory, opened as /proc/self/fd/FD */
  bool writable;
} Given;

typedef struct
{
  int status, first_free;
  pid_t parent;
  unsigned long long memory, cpu; /* 0: no bound */
  bool bubblewrap;
  Given *given;
  unsigned n_given;
  char **argv; /* of the program */
  int program;
} Request;

static int status_fd = -1;

static _Noreturn void
fail (DioConfineStep step)
{
  DioConfineFailure failure = { .step = (int) step, .error_number = errno };

  if (status_fd >= 0 && write (status_fd, &failure, sizeof failure) < 0)
    perror ("diorama-confine");
  _exit (126);
}

static void
require (bool done, DioConfineStep step)
{
  if (!done)
    fail (step);
}

/* --- what is asked for --- */

static unsigned long long
parse_number (const char *text, char end, unsigned long long max, const char **rest)
{
  char *stop;
  unsigned long long number;

  errno = 0;
  number = strtoull (text, &stop, 10);
  if (errno == 0 && (stop == text || *stop != end || number > max))
    errno = EINVAL;
  require (errno == 0, DIO_CONFINE_STEP_ARGUMENTS);
  if (rest != NULL)
    *rest = stop + 1;
  return number;
}

static bool
starts (const char *text, const char *start, const char **rest)
{
  *rest = text + strlen (start);
  return strncmp (text, start, strlen (start)) == 0;
}

static void
parse_option (Request *request, const char *text)
{
  const char *value;

  if (starts (text, "--status=", &value))
    request->status = status_fd = (int) parse_number (value, '\0', INT_MAX, NULL);
  else if (starts (text, "--parent=", &value))
    request->parent = (pid_t) parse_number (value, '\0', INT_MAX, NULL);
  else if (starts (text, "--first-free=", &value))
    request->first_free = (int) parse_number (value, '\0', INT_MAX, NULL);
  else if (starts (text, "--memory=", &value))
    request->memory = parse_number (value, '\0', LLONG_MAX, NULL);
  else if (starts (text, "--cpu=", &value))
    request->cpu = parse_number (value, '\0', INT_MAX, NULL);
  else if (strcmp (text, "--bubblewrap") == 0)
    request->bubblewrap = true;
  else if (starts (text, "--read=", &value) || starts (text, "--write=", &value))
    {
      Given *given = &request->given[request->n_given++];

      given->writable = text[2] == 'w';
      given->fd = (int) parse_number (value, ':', INT_MAX, &given->path);
    }
  else if (starts (text, "--bytes=", &value))
    request->given[request->n_given++].fd = (int) parse_number (value, '\0', INT_MAX, NULL);
  else
    {
      errno = EINVAL;
      fail (DIO_CONFINE_STEP_ARGUMENTS);
    }
}

static void
parse (Request *request, int argc, char **argv)
{
  int i;

  request->given = calloc ((size_t) argc, sizeof *request->given);
  require (request->given != NULL, DIO_CONFINE_STEP_ARGUMENTS);
  for (i = 1; i < argc && strcmp (argv[i], "--") != 0; i++)
    parse_option (request, argv[i]);
  errno = EINVAL;
  require (i + 1 < argc && request->first_free > request->status && request->status > 2, DIO_CONFINE_STEP_ARGUMENTS);
  request->argv = argv + i + 1;
}

/* --- what needs no lock --- */

static void
set_limit (int what, unsigned long long value)
{
  struct rlimit limit;

  require (getrlimit (what, &limit) == 0, DIO_CONFINE_STEP_LIMITS);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
    value = limit.rlim_max;
  limit.rlim_cur = limit.rlim_max = value;
  require (setrlimit (what, &limit) == 0, DIO_CONFINE_STEP_LIMITS);
}

static void
settle (Request *request)
{
  sigset_t none;

  require (fcntl (request->status, F_SETFD, FD_CLOEXEC) == 0, DIO_CONFINE_STEP_ARGUMENTS);
  syscall (SYS_close_range, request->first_free, ~0U, 0);
  setpgid (0, 0);
  require (prctl (PR_SET_PDEATHSIG, SIGKILL) == 0, DIO_CONFINE_STEP_LIMITS);
  if (getppid () != request->parent)
    _exit (126); /* nobody is left to be told */
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  for (int i = 1; i < NSIG; i++)
    signal (i, SIG_DFL);
  /* A file that may not grow further is a failed write, not the end of the process. */
  signal (SIGXFSZ, SIG_IGN);
  set_limit (RLIMIT_CORE, 0);
  set_limit (RLIMIT_NOFILE, 512);
  if (request->cpu > 0)
    set_limit (RLIMIT_CPU, request->cpu);
  if (request->memory > 0)
    set_limit (RLIMIT_AS, request->memory);
  require (chdir ("/") == 0, DIO_CONFINE_STEP_LIMITS);
  require (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, DIO_CONFINE_STEP_LIMITS);
}

/* --- Landlock --- */

static void
allow_fd (int ruleset, int fd, unsigned long long access)
{
  PathRule rule = { .access = access, .fd = fd };

  require (syscall (SYS_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0, DIO_CONFINE_STEP_LOCK);
}

/* What is not there needs no rule. */
static void
allow_path (int ruleset, const char *path, unsigned long long access)
{
  int fd = open (path, O_PATH | O_CLOEXEC);
  int directory = fd < 0 ? -1 : openat (fd, ".", O_PATH | O_CLOEXEC);

  if (fd >= 0)
    allow_fd (ruleset, fd, directory >= 0 ? access | FS_READ_DIR : access);
  if (directory >= 0)
    close (directory);
  if (fd >= 0)
    close (fd);
}

/* A QEMU that was put elsewhere as a whole has its libraries in PREFIX/lib. Returns: (nullable) */
static char *
find_own_libraries (const char *program)
{
  char *copy = strdup (program);
  char *path = NULL;

  if (copy == NULL || asprintf (&path, "%s/../lib", dirname (copy)) < 0)
    path = NULL;
  free (copy);
  return path;
}

static void
allow_program (int ruleset, const Request *request)
{
  char *own = find_own_libraries (request->argv[0]);
  glob_t found;

  for (unsigned i = 0; i < sizeof library_places / sizeof *library_places; i++)
    allow_path (ruleset, library_places[i], FS_READ_FILE);
  if (own != NULL)
    allow_path (ruleset, own, FS_READ_FILE);
  free (own);
  for (unsigned i = 0; i < sizeof loaders / sizeof *loaders; i++)
    if (glob (loaders[i], 0, NULL, &found) == 0)
      {
        for (size_t k = 0; k < found.gl_pathc; k++)
          allow_path (ruleset, found.gl_pathv[k], FS_READ_FILE | FS_EXECUTE);
        globfree (&found);
      }
  allow_fd (ruleset, request->program, FS_READ_FILE | FS_EXECUTE);
  /* On which QEMU tries whether it can lock files (OFD locks); without, it would do so in a worse way. */
  allow_path (ruleset, "/dev/null", FS_READ_FILE | FS_WRITE_FILE);
}

/* Returns: false when this kernel has none, or has it switched off. */
static bool
lock_files (const Request *request)
{
  long version = syscall (SYS_CREATE_RULESET, NULL, 0, RULESET_VERSION);
  Ruleset rules = { .files = (1ULL << 13) - 1 };
  size_t size = sizeof rules.files;
  unsigned long long writing = FS_READ_FILE | FS_WRITE_FILE;
  int ruleset;

  if (version < 1)
    return false;
  rules.files |= version >= 2 ? 1ULL << 13 : 0; /* linking and renaming across folders */
  rules.files |= version >= 3 ? FS_TRUNCATE : 0;
  rules.files |= version >= 5 ? 1ULL << 15 : 0; /* ioctl() of devices */
  rules.network = version >= 4 ? 3 : 0;         /* TCP: bind, connect */
  rules.scopes = version >= 6 ? 3 : 0;          /* abstract sockets and signals of others */
  writing |= rules.files & FS_TRUNCATE;
  size = version >= 6 ? sizeof rules : version >= 4 ? 2 * sizeof rules.files : size;
  ruleset = (int) syscall (SYS_CREATE_RULESET, &rules, size, 0);
  require (ruleset >= 0 && fcntl (ruleset, F_SETFD, FD_CLOEXEC) == 0, DIO_CONFINE_STEP_LOCK);
  allow_program (ruleset, request);
  for (unsigned i = 0; i < request->n_given; i++)
    if (request->given[i].path != NULL)
      {
        allow_fd (ruleset, request->given[i].fd, request->given[i].writable ? writing : FS_READ_FILE);
        close (request->given[i].fd);
      }
  require (syscall (SYS_RESTRICT_SELF, ruleset, 0) == 0, DIO_CONFINE_STEP_LOCK);
  close (ruleset);
  return true;
}

/* --- bubblewrap --- */

static void
add (char **argv, unsigned *n, const char *a, const char *b, const char *c)
{
  const char *const words[] = { a, b, c };

  for (unsigned i = 0; i < 3 && words[i] != NULL; i++)
    argv[(*n)++] = (char *) words[i];
}

static char *
number (int value)
{
  char *text;

  require (asprintf (&text, "%d", value) >= 0, DIO_CONFINE_STEP_ARGUMENTS);
  return text;
}

/* What is there under its usual name, where there is no /proc. */
static char *
name_memory (int fd)
{
  char *text;

  require (asprintf (&text, "/proc/self/fd/%d", fd) >= 0, DIO_CONFINE_STEP_ARGUMENTS);
  return text;
}

/* Does not return but when there is no bubblewrap. What it cannot do, it says on standard error. */
static void
become_bubblewrap (const Request *request)
{
  unsigned n = 0, n_words = 64 + 3 * request->n_given;
  const char *program = request->argv[0];
  char *own = find_own_libraries (program);
  char **argv;

  for (char **word = request->argv; *word != NULL; word++)
    n_words++;
  argv = calloc (n_words, sizeof *argv);
  require (argv != NULL && own != NULL, DIO_CONFINE_STEP_ARGUMENTS);
  add (argv, &n, "bwrap", "--unshare-all", "--die-with-parent");
  for (unsigned i = 0; i < sizeof library_places / sizeof *library_places; i++)
    add (argv, &n, "--ro-bind-try", library_places[i], library_places[i]);
  add (argv, &n, "--ro-bind-try", own, own);
  add (argv, &n, "--dev-bind", "/dev/null", "/dev/null");
  add (argv, &n, "--ro-bind-fd", number (request->program), program);
  for (unsigned i = 0; i < request->n_given; i++)
    if (request->given[i].path != NULL)
      add (argv, &n, request->given[i].writable ? "--bind-fd" : "--ro-bind-fd", number (request->given[i].fd),
           request->given[i].path);
    else
      add (argv, &n, "--ro-bind-data", number (request->given[i].fd), name_memory (request->given[i].fd));
  add (argv, &n, "--remount-ro", "/", NULL);
  add (argv, &n, "--seccomp", number (dio_confine_filter_export ()), "--");
  require (fcntl (request->program, F_SETFD, 0) == 0, DIO_CONFINE_STEP_EXECUTE);
  for (char **word = request->argv; *word != NULL; word++)
    argv[n++] = *word;
  execv ("/usr/bin/bwrap", argv);
}

int
main (int argc, char **argv)
{
  Request request = { .program = -1 };

  parse (&request, argc, argv);
  settle (&request);
  request.program = open (request.argv[0], O_PATH | O_CLOEXEC);
  require (request.program >= 0, DIO_CONFINE_STEP_EXECUTE);
  if (request.bubblewrap || !lock_files (&request))
    {
      become_bubblewrap (&request);
      fail (DIO_CONFINE_STEP_NO_LOCK);
    }
  require (dio_confine_filter_load (request.program), DIO_CONFINE_STEP_FILTER);
  syscall (SYS_execveat, request.program, "", request.argv, environ, AT_EMPTY_PATH);
  fail (DIO_CONFINE_STEP_EXECUTE);
}
