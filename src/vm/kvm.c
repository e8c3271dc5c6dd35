/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE "/dev/kvm"

static gboolean failed;

gboolean
dio_kvm_get_failed (void)
{
  return failed;
}

void
dio_kvm_set_failed (gboolean value)
{
  failed = value;
}

static gboolean
has_word (const char *text, const char *word)
{
  gsize length = strlen (word);

  for (const char *found = text; (found = strstr (found, word)) != NULL; found += length)
    if ((found == text || found[-1] == ' ' || found[-1] == '\t') && strchr (" \n", found[length]) != NULL)
      return TRUE;
  return FALSE;
}

static void
probe_cpu (DioKvmFacts *facts)
{
  g_autofd int fd = open ("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
  char text[8192]; /* the first processor's lines */
  gssize n = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;

  if (n <= 0)
    return;
  text[n] = '\0';
  facts->cpu_capable = has_word (text, "vmx") || has_word (text, "svm");
  facts->in_machine = has_word (text, "hypervisor");
}

static void
probe_group (DioKvmFacts *facts)
{
  struct stat status;
  struct group group, *found = NULL;
  char buffer[4096];

  if (stat (DEVICE, &status) == 0 && getgrgid_r (status.st_gid, &group, buffer, sizeof buffer, &found) == 0 &&
      found != NULL && status.st_gid != 0)
    g_strlcpy (facts->group, found->gr_name, sizeof facts->group);
}

static DioKvmStatus
status_of_errno (int error)
{
  switch (error)
    {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return DIO_KVM_MISSING;
    case EACCES:
    case EPERM:
      return DIO_KVM_NO_PERMISSION;
    case EBUSY:
      return DIO_KVM_BUSY;
    default:
      return DIO_KVM_FAULTY;
    }
}

void
dio_kvm_probe (DioKvmFacts *facts)
{
  g_autofd int device = open (DEVICE, O_RDWR | O_CLOEXEC);
  g_autofd int machine = -1;

  *facts = (DioKvmFacts) { .status = DIO_KVM_USABLE };
  if (device < 0)
    facts->status = status_of_errno (facts->error = errno);
  else if (ioctl (device, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
    facts->status = DIO_KVM_FAULTY;
  else if ((machine = ioctl (device, KVM_CREATE_VM, 0)) < 0)
    facts->status = (facts->error = errno) == EBUSY ? DIO_KVM_BUSY : DIO_KVM_FAULTY;

  if (facts->status == DIO_KVM_USABLE)
    {
#ifdef KVM_CAP_X86_SMM
      facts->smm = ioctl (device, KVM_CHECK_EXTENSION, KVM_CAP_X86_SMM) > 0;
#endif
      return;
    }
  probe_cpu (facts);
  probe_group (facts);
  facts->in_sandbox = g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
}

static char *
explain_missing (const DioKvmFacts *facts)
{
  if (facts->in_sandbox)
    return g_strdup (_ ("This application may not use the processor's virtualisation (KVM). Let it: flatpak override "
                        "--user --device=kvm, then start it again."));
  if (facts->cpu_capable)
    return g_strdup (
        _ ("The processor can run machines but the kernel's KVM is not loaded. Run “sudo modprobe kvm_intel” "
           "or “sudo modprobe kvm_amd”; if that fails, switch virtualisation on in the firmware settings."));
  if (facts->in_machine)
    return g_strdup (_ ("This computer is a virtual machine itself and has no virtualisation (KVM) of its own. Switch "
                        "nested virtualisation on in the program that runs it."));
  return g_strdup (
      _ ("This computer has no virtualisation (KVM). Switch it on in the firmware settings, where it may be "
         "called VT-x, AMD-V or SVM."));
}

static char *
explain_permission (const DioKvmFacts *facts)
{
  if (facts->group[0] == '\0')
    return g_strdup_printf (
        _ ("You may not use the processor's virtualisation (%s). Ask who looks after this computer to "
           "allow it."),
        DEVICE);
  return g_strdup_printf (
      _ ("You may not use the processor's virtualisation (%s). Add yourself to the group “%s” (sudo "
         "usermod -aG %s \"$USER\") and log in again."),
      DEVICE, facts->group, facts->group);
}

char *
dio_kvm_explain (const DioKvmFacts *facts)
{
  switch (facts->status)
    {
    case DIO_KVM_USABLE:
      return NULL;
    case DIO_KVM_MISSING:
      return explain_missing (facts);
    case DIO_KVM_NO_PERMISSION:
      return explain_permission (facts);
    case DIO_KVM_BUSY:
      return g_strdup (
          _ ("Another program, such as VirtualBox or VMware, uses the processor's virtualisation (KVM). Close "
             "its machines."));
    case DIO_KVM_FAULTY:
    default:
      return g_strdup_printf (
          _ ("This computer's virtualisation (KVM) does not work (%s). Its log (journalctl -k) may tell "
             "why."),
          facts->error != 0 ? g_strerror (facts->error) : _ ("unknown version"));
    }
}
