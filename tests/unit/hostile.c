/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a program would do that an image has taken over: PROGRAM WHAT [ARGUMENT…]. "all SECRET GIVEN WRITABLE PORT
 * SOCKET" tries everything and prints a line for each: what it is, and "done" or why not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void
tell (const char *what, int done)
{
  printf ("%s: %s\n", what, done ? "done" : strerror (errno));
  fflush (stdout);
}

static int
can_open (const char *path, int flags)
{
  int fd = open (path, flags, 0600);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static void
try_files (const char *secret, const char *given)
{
  char other[4096], root[4096];
  struct statx more;
  struct stat status;
  DIR *dir;

  snprintf (other, sizeof other, "%s.new", secret);
  snprintf (root, sizeof root, "/proc/self/root%s", secret);
  tell ("read /etc/passwd", can_open ("/etc/passwd", O_RDONLY));
  tell ("read a secret", can_open (secret, O_RDONLY));
  tell ("read it through /proc", can_open (root, O_RDONLY));
  tell ("see that a secret is there", access (secret, F_OK) == 0);
  tell ("see how large it is", stat (secret, &status) == 0);
  tell ("see how old it is", statx (AT_FDCWD, secret, 0, STATX_BASIC_STATS, &more) == 0);
  tell ("see what a link leads to", readlink ("/proc/self/exe", root, sizeof root) > 0);
  tell ("list /etc", (dir = opendir ("/etc/ssl")) != NULL);
  tell ("make a file", can_open (other, O_WRONLY | O_CREAT));
  unlink (other);
  tell ("link", link (secret, other) == 0);
  unlink (other);
  tell ("symlink", symlink (secret, other) == 0);
  unlink (other);
  tell ("rename", rename (secret, other) == 0 && rename (other, secret) == 0);
  tell ("chmod", chmod (secret, 0640) == 0);
  tell ("truncate", truncate (secret, 2) == 0);
  tell ("truncate by opening", can_open (secret, O_RDONLY | O_TRUNC));
  tell ("write what is to be read", can_open (given, O_RDWR));
  tell ("truncate what is to be read", can_open (given, O_RDONLY | O_TRUNC));
  tell ("change its times", utimensat (AT_FDCWD, given, NULL, 0) == 0);
}

static int
can_connect (const void *address, socklen_t size)
{
  int fd = socket (((const struct sockaddr *) address)->sa_family, SOCK_STREAM, 0);

  return fd >= 0 && connect (fd, address, size) == 0;
}

static void
try_network (const char *port, const char *path)
{
  struct sockaddr_in tcp = { .sin_family = AF_INET, .sin_port = htons ((in_port_t) atoi (port)) };
  struct sockaddr_un local = { .sun_family = AF_UNIX };
  int pair[2];

  tcp.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  tell ("connect to 127.0.0.1", can_connect (&tcp, sizeof tcp));
  strncpy (local.sun_path, path, sizeof local.sun_path - 1);
  tell ("connect to a socket", can_connect (&local, sizeof local));
  strncpy (local.sun_path + 1, path, sizeof local.sun_path - 2);
  local.sun_path[0] = '\0';
  tell ("connect to an abstract socket",
        can_connect (&local, (socklen_t) (offsetof (struct sockaddr_un, sun_path) + 1 + strlen (path))));
  tell ("make a pair of sockets", socketpair (AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
}

static int
ends_well (pid_t child)
{
  int status;

  if (child == 0)
    _exit (0);
  return child > 0 && waitpid (child, &status, 0) == child;
}

static int
run_shell (void)
{
  char *const argv[] = { (char *) "sh", (char *) "-c", (char *) "exit 7", NULL };
  int fd = open ("/bin/sh", O_PATH);
  int status;
  pid_t child = fork ();

  /* Where there are no other processes, this one. */
  if (child <= 0)
    {
      execv ("/bin/sh", argv);
      syscall (SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
      if (can_open ("/bin/sh", O_RDONLY))
        execv ("/lib64/ld-linux-x86-64.so.2", (char *const[]) { (char *) "ld.so", (char *) "/bin/sh", NULL });
    }
  return child > 0 && waitpid (child, &status, 0) == child && WEXITSTATUS (status) == 7;
}

static void
try_processes (void)
{
  char word = 0, environ_path[64];
  struct iovec to = { &word, 1 }, from = { &environ, 1 };
  struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

  snprintf (environ_path, sizeof environ_path, "/proc/%d/environ", (int) getppid ());
  tell ("fork", ends_well ((pid_t) syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)));
  tell ("fork by the library", ends_well (fork ()));
  tell ("run a shell", run_shell ());
  tell ("signal its parent", kill (getppid (), 0) == 0);
  tell ("signal everybody", kill (-1, 0) == 0);
  tell ("trace its parent",
        ptrace (PTRACE_SEIZE, getppid (), NULL, NULL) == 0 && ptrace (PTRACE_DETACH, getppid (), NULL, NULL) >= -1);
  tell ("read its parent's memory", process_vm_readv (getppid (), &to, 1, &from, 1, 0) == 1);
  tell ("read its parent's environment", can_open (environ_path, O_RDONLY));
  tell ("leave its group", setpgid (0, getpgid (getppid ())) == 0 || setsid () >= 0);
  tell ("outlive its parent", prctl (PR_SET_PDEATHSIG, 0) == 0);
  tell ("have a core", setrlimit (RLIMIT_CORE, &limit) == 0);
  tell ("have more than 2 GiB",
        mmap (NULL, 2UL << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED);
  tell ("have HOME", getenv ("HOME") != NULL);
}

static void
try_kernel (void)
{
  char parameters[256] = { 0 };

  tell ("make a user namespace", unshare (CLONE_NEWUSER) == 0);
  tell ("use io_uring", syscall (SYS_io_uring_setup, 1, parameters) >= 0);
  tell ("use userfaultfd", syscall (SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */) >= 0);
  tell ("use keyrings", syscall (SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3, 1) >= 0);
  tell ("use bpf", syscall (SYS_bpf, 0, NULL, 0) >= 0 || errno == EFAULT || errno == EINVAL);
  tell ("make a landlock", syscall (SYS_landlock_create_ruleset, NULL, 0, 1) >= 0);
}

int
main (int argc, char **argv)
{
  if (argc == 7 && strcmp (argv[1], "all") == 0)
    {
      char byte;
      int given = open (argv[3], O_RDONLY), writable = open (argv[4], O_RDWR | O_TRUNC);

      tell ("read what it was given", read (given, &byte, 1) == 1);
      tell ("write what it was given", write (writable, "written", 7) == 7);
      try_files (argv[2], argv[3]);
      try_network (argv[5], argv[6]);
      try_processes ();
      try_kernel ();
      return 0;
    }
  if (argc == 2 && strcmp (argv[1], "spin") == 0)
    for (volatile unsigned i = 0;; i++)
      ;
  if (argc == 2 && strcmp (argv[1], "hang") == 0)
    {
      close (1);
      close (2);
      for (;;)
        pause ();
    }
  if (argc == 2 && strcmp (argv[1], "talk") == 0)
    for (unsigned i = 0; i < 1 << 20; i++)
      puts ("more");
  if (argc == 3 && strcmp (argv[1], "cat") == 0)
    {
      char bytes[64];
      ssize_t n = read (atoi (argv[2]), bytes, sizeof bytes);

      return n > 0 && write (1, bytes, (size_t) n) == n ? 0 : 1;
    }
  return 3;
}
