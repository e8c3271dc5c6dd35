/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/confine-filter.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* Names that an architecture does not have are passed over. No call here makes a process, a socket or a name, changes
 * a file's permissions, or reaches another process. */
static const char *const allowed[] = {
  /* files that are open, or that Landlock lets be opened */
  "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek",
  "_llseek", "close", "close_range", "fstat", "fstat64", "fstatfs", "fstatfs64", "getcwd", "getdents64", "fcntl",
  "fcntl64", "flock", "dup", "dup2", "dup3", "fsync", "fdatasync", "sync_file_range", "fallocate", "ftruncate",
  "ftruncate64", "copy_file_range", "fadvise64", "fadvise64_64", "memfd_create", "pipe", "pipe2", "umask",
  /* waiting */
  "eventfd", "eventfd2", "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
  "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "timerfd_create",
  "timerfd_settime", "timerfd_settime64", "signalfd", "signalfd4", "nanosleep", "clock_nanosleep",
  "clock_nanosleep_time64", "restart_syscall",
  /* sockets that it was given */
  "listen", "accept", "accept4", "recvmsg", "sendmsg", "recvfrom", "sendto", "recv", "send", "shutdown", "getsockname",
  "getpeername", "getsockopt", "setsockopt",
  /* its own memory and threads */
  "mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "brk", "msync", "mincore", "membarrier", "futex",
  "futex_time64", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "arch_prctl", "set_tls",
  "set_thread_area", "cacheflush", "riscv_flush_icache", "riscv_hwprobe", "sched_yield", "sched_getaffinity",
  "sched_getparam", "sched_getscheduler", "getcpu", "exit", "exit_group", "rt_sigaction", "rt_sigprocmask",
  "rt_sigreturn", "sigreturn", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_sigsuspend", "rt_sigpending",
  "sigaltstack",
  /* what it may know */
  "getrandom", "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday", "time",
  "gettid", "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getuid32",
  "geteuid32", "getgid32", "getegid32", "getpgrp", "getrusage", "getrlimit", "ugetrlimit", "times", "uname", "sysinfo"
};

/* Landlock lets everybody see which files there are, how large and how old they are. Nobody who asks for that here
 * needs the answer; as if it were not allowed, since libraries try something else where a call does not exist. */
static const char *const refused[] = { "stat",       "stat64",   "lstat",      "lstat64", "newfstatat",
                                       "fstatat64",  "statx",    "statfs",     "access",  "faccessat",
                                       "faccessat2", "readlink", "readlinkat", "statfs64" };

/* C libraries of today (glibc 2.39) call fstat() so, where the kernel has it. */
#if defined(__NR_fstat) && defined(__GLIBC__) && __GLIBC_PREREQ(2, 39)
static const bool has_fstat = true;
#else
static const bool has_fstat = false;
#endif

typedef struct
{
  scmp_filter_ctx context;
  int result;
} Filter;

/* NAME with arguments as in the N CONDITIONS. */
static void
allow (Filter *filter, const char *name, unsigned n, const struct scmp_arg_cmp *conditions)
{
  int call = seccomp_syscall_resolve_name (name);

  /* Negative: not one of this architecture's. */
  if (filter->result == 0 && call >= 0)
    filter->result = seccomp_rule_add_array (filter->context, SCMP_ACT_ALLOW, call, n, conditions);
}

static void
allow_if (Filter *filter, const char *name, struct scmp_arg_cmp condition)
{
  allow (filter, name, 1, &condition);
}

static void
refuse_if (Filter *filter, int call, unsigned n, const struct scmp_arg_cmp *conditions)
{
  if (filter->result == 0)
    filter->result = seccomp_rule_add_array (filter->context, SCMP_ACT_ERRNO (EACCES), call, n, conditions);
}

/* Where fstat() is not a call of its own it is one of these with no path: whoever has taken over a program there can
 * still see more. */
static void
refuse (Filter *filter, const char *name)
{
  int call = seccomp_syscall_resolve_name (name);
  bool is_statx = strcmp (name, "statx") == 0;
  struct scmp_arg_cmp without = SCMP_CMP (is_statx ? 2 : 3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0);

  if (call < 0)
    return;
  if (has_fstat || (!is_statx && strcmp (name, "newfstatat") != 0))
    refuse_if (filter, call, 0, NULL);
  else
    {
      allow_if (filter, name, SCMP_CMP (is_statx ? 2 : 3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
      refuse_if (filter, call, 1, &without);
    }
}

/* Landlock before its third version does not see that opening for reading truncates. */
static void
allow_open (Filter *filter, const char *name, unsigned flags)
{
  allow_if (filter, name, SCMP_CMP (flags, SCMP_CMP_MASKED_EQ, O_TRUNC, 0));
  allow_if (filter, name, SCMP_CMP (flags, SCMP_CMP_MASKED_EQ, O_ACCMODE, O_WRONLY));
  allow_if (filter, name, SCMP_CMP (flags, SCMP_CMP_MASKED_EQ, O_ACCMODE, O_RDWR));
}

static void
allow_some (Filter *filter)
{
  static const unsigned names[] = { PR_SET_NAME, PR_GET_NAME,     PR_SET_TIMERSLACK,
                                    PR_SET_VMA,  PR_GET_DUMPABLE, PR_CAPBSET_READ };
#ifdef __s390__
  const unsigned clone_flags = 1;
#else
  const unsigned clone_flags = 0;
#endif
  static const unsigned controls[] = { TCGETS,          FIONREAD,  FIONBIO,    FIOCLEX,
                                       FS_IOC_GETFLAGS, BLKSSZGET, BLKPBSZGET, BLKGETSIZE64 };

  allow_open (filter, "open", 1);
  allow_open (filter, "openat", 2);
  /* Threads, not processes; clone3() hides its flags, and C libraries do without it. */
  allow_if (filter, "clone",
            SCMP_CMP (clone_flags, SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM));
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    allow_if (filter, "prctl", SCMP_CMP (0, SCMP_CMP_EQ, names[i]));
  allow_if (filter, "prlimit64", SCMP_CMP (0, SCMP_CMP_EQ, 0));
  for (unsigned i = 0; i < sizeof controls / sizeof *controls; i++)
    allow_if (filter, "ioctl", SCMP_CMP (1, SCMP_CMP_MASKED_EQ, 0xffffffff, controls[i]));
}

static Filter
make (void)
{
  Filter filter = { .context = seccomp_init (SCMP_ACT_ERRNO (ENOSYS)) };

  if (filter.context == NULL)
    filter.result = -ENOMEM;
  for (unsigned i = 0; i < sizeof allowed / sizeof *allowed; i++)
    allow (&filter, allowed[i], 0, NULL);
  for (unsigned i = 0; i < sizeof refused / sizeof *refused; i++)
    refuse (&filter, refused[i]);
  allow_some (&filter);
  return filter;
}

bool
dio_confine_filter_load (int program)
{
  Filter filter = make ();
  const struct scmp_arg_cmp execute[] = { SCMP_A0 (SCMP_CMP_EQ, (unsigned) program),
                                          SCMP_A4 (SCMP_CMP_EQ, AT_EMPTY_PATH) };

  allow (&filter, "execveat", 2, execute);
  /* abort() */
  allow_if (&filter, "tgkill", SCMP_A0 (SCMP_CMP_EQ, (unsigned) getpid ()));
  if (filter.result == 0)
    filter.result = seccomp_load (filter.context);
  if (filter.context != NULL)
    seccomp_release (filter.context);
  errno = -filter.result;
  return filter.result == 0;
}

int
dio_confine_filter_export (void)
{
  Filter filter = make ();
  int fd = memfd_create ("filter", 0);

  allow (&filter, "execve", 0, NULL);
  allow (&filter, "tgkill", 0, NULL); /* it has its own numbers of processes */
  allow (&filter, "wait4", 0, NULL);  /* the one that bubblewrap adds, to clean up */
  if (filter.result == 0)
    filter.result = seccomp_export_bpf (filter.context, fd);
  if (filter.context != NULL)
    seccomp_release (filter.context);
  if (filter.result == 0 && lseek (fd, 0, SEEK_SET) == 0)
    return fd;
  close (fd);
  return -1;
}
