/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* libfake-usb.so: with LD_PRELOAD in front of a program that uses libusb, a regular file is a device of usbfs when its
 * first line is [diorama-fake-usb]. The descriptor of the file becomes the device's with the first thing that usbfs is
 * asked of it; before, it can be sent to another process, which has its own device then. Opened twice in a process it
 * is one device, as it should be. The file (all but "kind" may be left out):
 *
 *   [diorama-fake-usb]
 *   kind=storage          or keyboard, microphone (isochronous)
 *   disk=/path            storage: its contents, read and written (a multiple of 512 bytes); else SIZE bytes of zeros
 *   size=16777216
 *   keys=11;8;15;15;18;   keyboard: HID's usages, which are typed once the guest asks for reports, 100 ms each
 *   vendor=1575  product=3329  manufacturer=…  name=…  serial=…
 *   speed=3               the kernel's number: 1 low, 2 full, 3 high, 5 super
 *   log=/path             what usbfs was asked for, see fake_usb_set_log()
 *   fault=busy            or reset-leaves, hangs, unplug-after-1-mb
 *
 * Where its path ends as those of devices do, /dev/bus/usb/001/002, fstat() says that it is one (189:1).
 *
 * It is unplugged when the file is deleted. What other LD_PRELOADed libraries make of a path (umockdev) goes well with
 * it when this one is named first. */
#include "fake-usb-models.h"
#include "fake-usbfs-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAGIC "[diorama-fake-usb]\n"
#define GROUP "diorama-fake-usb"

typedef struct
{
  dev_t device;
  ino_t inode;
  FakeUsb *usb;
  char *path;
  gint *keys;
  gsize n_keys;
} Device;

static GMutex devices_lock;
static GSList *devices;

static guint
get_number (GKeyFile *file, const char *name)
{
  return (guint) g_key_file_get_uint64 (file, GROUP, name, NULL);
}

static FakeUsb *
new_storage (GKeyFile *file, const FakeUsbIdentity *identity)
{
  g_autofree char *path = g_key_file_get_string (file, GROUP, "disk", NULL);
  gsize size = get_number (file, "size");
  int fd = path ? open (path, O_RDWR | O_CLOEXEC) : -1;
  struct stat status;
  void *data;

  if (path && (fd < 0 || fstat (fd, &status) < 0))
    g_error ("fake usb: there is no disk %s", path);
  size = fd >= 0 ? (gsize) status.st_size : size ? size : 16 << 20;
  data = mmap (NULL, size, PROT_READ | PROT_WRITE, fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS, fd, 0);
  if (data == MAP_FAILED)
    g_error ("fake usb: the disk cannot be mapped");
  if (fd >= 0)
    close (fd);
  return fake_usb_storage_new (identity, data, size);
}

static void
set_fault (FakeUsb *usb, const char *fault)
{
  FakeUsbFaults faults = { 0 };

  faults.claims_busy = g_strcmp0 (fault, "busy") == 0;
  faults.reset_leaves = g_strcmp0 (fault, "reset-leaves") == 0;
  faults.hangs = g_strcmp0 (fault, "hangs") == 0;
  faults.unplug_after = g_strcmp0 (fault, "unplug-after-1-mb") == 0 ? 1 << 20 : 0;
  fake_usb_set_faults (usb, &faults);
}

static gpointer
type_keys (gpointer data)
{
  Device *self = data;

  while (fake_usb_count_pending (self->usb) == 0)
    g_poll (NULL, 0, 50);
  for (gsize i = 0; i < self->n_keys; i++)
    {
      g_poll (NULL, 0, 50);
      fake_usb_keyboard_press (self->usb, 0, (guint8) self->keys[i]);
      g_poll (NULL, 0, 50);
      fake_usb_keyboard_press (self->usb, 0, 0);
    }
  return NULL;
}

static gpointer
watch_file (gpointer data)
{
  Device *self = data;
  char events[4096];
  int fd = inotify_init1 (IN_CLOEXEC);

  /* A file that is open and deleted has a changed number of links, and is not deleted. */
  inotify_add_watch (fd, self->path, IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF);
  while (access (self->path, F_OK) == 0 && read (fd, events, sizeof events) > 0)
    continue;
  close (fd);
  fake_usb_unplug (self->usb);
  return NULL;
}

static Device *
new_device (const char *path)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  g_autofree char *kind = NULL;
  g_autofree char *manufacturer = NULL;
  g_autofree char *name = NULL;
  g_autofree char *serial = NULL;
  g_autofree char *log = NULL;
  g_autofree char *fault = NULL;
  FakeUsbIdentity identity;
  Device *self = g_new0 (Device, 1);

  /* Not by its own function, which reads regular files only. */
  if (!g_file_get_contents (path, &text, NULL, NULL) ||
      !g_key_file_load_from_data (file, text, -1, G_KEY_FILE_NONE, NULL))
    g_error ("fake usb: %s cannot be read", path);
  kind = g_key_file_get_string (file, GROUP, "kind", NULL);
  manufacturer = g_key_file_get_string (file, GROUP, "manufacturer", NULL);
  name = g_key_file_get_string (file, GROUP, "name", NULL);
  serial = g_key_file_get_string (file, GROUP, "serial", NULL);
  log = g_key_file_get_string (file, GROUP, "log", NULL);
  fault = g_key_file_get_string (file, GROUP, "fault", NULL);
  identity = (FakeUsbIdentity) { (guint16) get_number (file, "vendor"),
                                 (guint16) get_number (file, "product"),
                                 manufacturer,
                                 name,
                                 serial,
                                 get_number (file, "speed") };
  self->path = g_strdup (path);
  if (g_strcmp0 (kind, "keyboard") == 0)
    self->usb = fake_usb_keyboard_new (&identity);
  else if (g_strcmp0 (kind, "microphone") == 0)
    self->usb = fake_usb_microphone_new (&identity);
  else
    self->usb = new_storage (file, &identity);
  fake_usb_set_log (self->usb, log);
  set_fault (self->usb, fault);
  self->keys = g_key_file_get_integer_list (file, GROUP, "keys", &self->n_keys, NULL);
  if (self->n_keys > 0)
    g_thread_unref (g_thread_new ("fake-usb-keys", type_keys, self));
  g_thread_unref (g_thread_new ("fake-usb-file", watch_file, self));
  return self;
}

/* What the kernel itself says. */
static gboolean
is_device_file (int fd, struct stat *status)
{
  char magic[sizeof MAGIC - 1];

  return syscall (SYS_fstat, fd, status) == 0 && S_ISREG (status->st_mode) &&
         pread (fd, magic, sizeof magic, 0) == sizeof magic && memcmp (magic, MAGIC, sizeof magic) == 0;
}

int
fstat (int fd, struct stat *status)
{
  int result = (int) syscall (SYS_fstat, fd, status);
  g_autofree char *link = NULL, *path = NULL;
  const char *numbers;
  unsigned bus, device;

  if (result < 0 || !is_device_file (fd, status))
    return result;
  link = g_strdup_printf ("/proc/self/fd/%d", fd);
  path = g_file_read_link (link, NULL);
  numbers = path ? strstr (path, "/dev/bus/usb/") : NULL;
  if (numbers && sscanf (numbers, "/dev/bus/usb/%3u/%3u", &bus, &device) == 2 && bus > 0 && device > 0)
    {
      status->st_mode = S_IFCHR | (status->st_mode & 07777);
      status->st_rdev = makedev (189, (bus - 1) * 128 + device - 1);
    }
  return result;
}

static gboolean
open_device (int fd)
{
  g_autofree char *link = NULL;
  g_autofree char *path = NULL;
  struct stat status;
  Device *self = NULL;

  if (!is_device_file (fd, &status))
    return FALSE;
  link = g_strdup_printf ("/proc/self/fd/%d", fd);
  path = g_file_read_link (link, NULL);
  g_mutex_lock (&devices_lock);
  for (GSList *l = devices; l; l = l->next)
    if (((Device *) l->data)->device == status.st_dev && ((Device *) l->data)->inode == status.st_ino)
      self = l->data;
  if (!self)
    {
      self = new_device (path);
      self->device = status.st_dev;
      self->inode = status.st_ino;
      devices = g_slist_prepend (devices, self);
    }
  g_mutex_unlock (&devices_lock);
  fake_usb_open (self->usb, fd);
  return TRUE;
}

__attribute__ ((constructor)) static void
set_up (void)
{
  fake_usb_opener = open_device;
}
