/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-usbfs.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fake-usbfs-private.h"

#define MAX_FD 1024
#define N_INTERFACES 32

/* One submitted transfer. */
typedef struct
{
  struct usbdevfs_urb *urb;
  gsize cost;
  gint64 due; /* monotonic: when it ends by itself, or is found cancelled; 0: when the device answers */
  gboolean cancelled;
} Transfer;

/* One open file. Its descriptor is the writing end of a pipe: usbfs is writable when something can be reaped and has an
 * error when the device is gone, and that is what a pipe does that is emptied, or has no reader any more. */
typedef struct
{
  FakeUsb *device;
  int fd, reader;
  gboolean readable; /* in the sense of usbfs: writable */
  gsize position;
  guint32 claims;
  GQueue pending, done; /* of Transfer */
} File;

struct _FakeUsb
{
  gatomicrefcount ref_count;
  GMutex lock;
  GCond cond;
  GBytes *descriptors;
  guint speed;
  const FakeUsbModel *model;
  gpointer model_data;
  FakeUsbFaults faults;
  char *log;
  GPtrArray *files;
  guint32 drivers;    /* interfaces that have one */
  guint32 interfaces; /* that there are, in the active configuration */
  int configuration;
  guint64 in_flight, peak, moved;
  guint n_resets;
  gboolean gone;
  GThread *pacer;
  gboolean pacer_ends;
};

static GMutex table_lock;
static File *table[MAX_FD];
static gint n_files;

static int (*real_ioctl) (int, unsigned long, ...);
static ssize_t (*real_read) (int, void *, size_t);
static off_t (*real_lseek) (int, off_t, int);
static int (*real_close) (int);
FakeUsbOpener fake_usb_opener;

#define REAL(name) (real_##name ? real_##name : (*(void **) &real_##name = dlsym (RTLD_NEXT, #name), real_##name))

static void
write_log (FakeUsb *self, const char *format, ...)
{
  g_autofree char *what = NULL;
  g_autofree char *line = NULL;
  va_list arguments;
  int fd;

  if (!self->log)
    return;
  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  line = g_strdup_printf ("%d %s\n", (int) getpid (), what);
  fd = open (self->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0)
    {
      (void) !write (fd, line, strlen (line));
      REAL (close) (fd);
    }
}

/* --- descriptors, read as the kernel does: on for as long as they make sense --- */

/* The first descriptor of a configuration; its length in RET_SIZE. NULL: there is none. */
static const guint8 *
find_configuration (FakeUsb *self, int value, gsize *ret_size)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (self->descriptors, &size);

  for (gsize at = 18; at + 9 <= size;)
    {
      gsize total = data[at + 2] | data[at + 3] << 8;

      if (data[at + 1] != 2 || total < 9)
        return NULL;
      if (value < 0 || data[at + 5] == value)
        {
          *ret_size = MIN (total, size - at);
          return data + at;
        }
      at += total;
    }
  return NULL;
}

static gboolean
has_alternate (FakeUsb *self, guint interface, guint alternate)
{
  gsize size = 0;
  const guint8 *data = find_configuration (self, self->configuration, &size);

  for (gsize at = 0; data && at + 9 <= size && data[at] >= 2; at += data[at])
    if (data[at + 1] == 4 && data[at + 2] == interface && data[at + 3] == alternate)
      return TRUE;
  return FALSE;
}

static gboolean
has_endpoint (FakeUsb *self, guint8 endpoint)
{
  gsize size = 0;
  const guint8 *data = find_configuration (self, self->configuration, &size);

  for (gsize at = 0; data && at + 7 <= size && data[at] >= 2; at += data[at])
    if (data[at + 1] == 5 && data[at + 2] == endpoint)
      return TRUE;
  return FALSE;
}

static void
set_active (FakeUsb *self, int value)
{
  gsize size = 0;
  const guint8 *data = find_configuration (self, value, &size);

  self->interfaces = 0;
  self->configuration = data ? data[5] : 0;
  for (gsize at = 0; data && at + 9 <= size && data[at] >= 2; at += data[at])
    if (data[at + 1] == 4)
      self->interfaces |= 1u << (data[at + 2] % N_INTERFACES);
  self->drivers = self->interfaces;
}

/* --- transfers --- */

static void
update_readable (File *file)
{
  gboolean readable = file->done.length > 0;
  char byte = 0;

  if (file->reader < 0 || file->readable == readable)
    return;
  file->readable = readable;
  if (readable)
    REAL (read) (file->reader, &byte, 1);
  else
    (void) !write (file->fd, &byte, 1);
}

static void
complete (File *file, Transfer *transfer, int status, int length)
{
  FakeUsb *self = file->device;

  transfer->urb->status = status;
  transfer->urb->actual_length = length;
  g_queue_remove (&file->pending, transfer);
  g_queue_push_tail (&file->done, transfer);
  self->moved += (guint64) length;
  update_readable (file);
}

static void
unplug_locked (FakeUsb *self)
{
  if (self->gone)
    return;
  self->gone = TRUE;
  self->drivers = self->interfaces = 0;
  write_log (self, "unplug");
  for (guint i = 0; i < self->files->len; i++)
    {
      File *file = g_ptr_array_index (self->files, i);

      while (file->pending.head)
        complete (file, file->pending.head->data, -ESHUTDOWN, 0);
      REAL (close) (file->reader);
      file->reader = -1;
    }
}

static gboolean
answer_iso (FakeUsb *self, struct usbdevfs_urb *urb)
{
  guint8 *data = urb->buffer;
  int total = 0;

  urb->error_count = 0;
  for (int i = 0; i < urb->number_of_packets; i++)
    {
      struct usbdevfs_iso_packet_desc *packet = &urb->iso_frame_desc[i];
      int r = self->model->transfer (self->model_data, urb->endpoint, NULL, data, packet->length);

      packet->status = r == FAKE_USB_NAK ? 0 : (guint) MIN (r, 0);
      packet->actual_length = (guint) CLAMP (r, 0, (int) packet->length);
      urb->error_count += r < 0;
      total += (int) packet->actual_length;
      data += packet->length;
    }
  urb->actual_length = total;
  return TRUE;
}

/* FALSE: it waits on. */
static gboolean
answer (File *file, Transfer *transfer)
{
  FakeUsb *self = file->device;
  struct usbdevfs_urb *urb = transfer->urb;
  guint8 *data = urb->buffer;
  FakeUsbSetup setup;
  int length = urb->buffer_length, r;

  if (urb->type == USBDEVFS_URB_TYPE_ISO)
    {
      answer_iso (self, urb);
      complete (file, transfer, 0, urb->actual_length);
      return TRUE;
    }
  if (urb->type == USBDEVFS_URB_TYPE_CONTROL)
    {
      setup = (FakeUsbSetup) { data[0], data[1], (guint16) (data[2] | data[3] << 8), (guint16) (data[4] | data[5] << 8),
                               (guint16) (data[6] | data[7] << 8) };
      r = self->faults.control_hangs
              ? FAKE_USB_NAK
              : self->model->transfer (self->model_data, 0, &setup, data + 8, MIN (setup.length, (guint) length - 8));
    }
  else
    r = self->faults.hangs ? FAKE_USB_NAK
                           : self->model->transfer (self->model_data, urb->endpoint, NULL, data, (guint) length);
  if (r == FAKE_USB_NAK)
    return FALSE;
  complete (file, transfer, MIN (r, 0), MAX (r, 0));
  if (self->faults.unplug_after > 0 && self->moved >= self->faults.unplug_after)
    unplug_locked (self);
  return TRUE;
}

/* The first that has an answer. FALSE: none has. */
static gboolean
answer_one (File *file)
{
  guint32 waits = 0; /* endpoints of which an earlier transfer waits */

  for (GList *l = file->pending.head; l; l = l->next)
    {
      Transfer *transfer = l->data;
      guint8 endpoint = transfer->urb->endpoint;
      guint32 bit = 1u << ((endpoint & 0x80) >> 3 | (endpoint & 15));

      if (transfer->due == 0 && !(waits & bit) && answer (file, transfer))
        return TRUE;
      waits |= bit;
    }
  return FALSE;
}

/* Asks for all that waits, again when something was answered: a question may have brought an answer. */
static void
run_locked (FakeUsb *self)
{
  gboolean again = TRUE;

  while (again && !self->gone)
    {
      again = FALSE;
      for (guint i = 0; i < self->files->len && !again; i++)
        again = answer_one (g_ptr_array_index (self->files, i));
    }
}

/* Of a device with transfers that end by the clock. */
static gpointer
pace (gpointer data)
{
  FakeUsb *self = data;

  g_mutex_lock (&self->lock);
  while (!self->pacer_ends)
    {
      gint64 next = G_MAXINT64, now = g_get_monotonic_time ();

      for (guint i = 0; i < self->files->len; i++)
        {
          File *file = g_ptr_array_index (self->files, i);
          GList *following;

          for (GList *l = file->pending.head; l; l = following)
            {
              Transfer *transfer = l->data;

              following = l->next;
              if (transfer->due > now)
                next = MIN (next, transfer->due);
              else if (transfer->due > 0 && transfer->cancelled)
                complete (file, transfer, -ENOENT, 0);
              else if (transfer->due > 0)
                answer (file, transfer);
            }
        }
      if (next == G_MAXINT64)
        g_cond_wait (&self->cond, &self->lock);
      else
        g_cond_wait_until (&self->cond, &self->lock, next);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

static void
be_due (FakeUsb *self, Transfer *transfer, gint64 due)
{
  transfer->due = due;
  if (!self->pacer)
    self->pacer = g_thread_new ("fake-usb", pace, self);
  g_cond_signal (&self->cond);
}

static int
submit (File *file, struct usbdevfs_urb *urb)
{
  FakeUsb *self = file->device;
  gsize cost = sizeof *urb + (gsize) MAX (urb->buffer_length, 0);
  Transfer *transfer;

  if (urb->buffer_length < 0 || (urb->buffer_length > 0 && !urb->buffer))
    return EINVAL;
  if (urb->type == USBDEVFS_URB_TYPE_CONTROL ? urb->buffer_length < 8 : !has_endpoint (self, urb->endpoint))
    return urb->type == USBDEVFS_URB_TYPE_CONTROL ? EINVAL : ENOENT;
  if (urb->type == USBDEVFS_URB_TYPE_ISO && (urb->number_of_packets < 1 || urb->number_of_packets > 128))
    return EINVAL;
  if (urb->type == USBDEVFS_URB_TYPE_ISO && self->faults.submit_fails)
    return ENOSPC;
  if (self->in_flight + cost > FAKE_USB_MEMORY && !self->faults.unlimited)
    return ENOMEM;
  transfer = g_new0 (Transfer, 1);
  transfer->urb = urb;
  transfer->cost = cost;
  urb->status = -EINPROGRESS;
  urb->actual_length = 0;
  self->in_flight += cost;
  self->peak = MAX (self->peak, self->in_flight);
  g_queue_push_tail (&file->pending, transfer);
  if (urb->type == USBDEVFS_URB_TYPE_ISO)
    {
      gint64 after = g_get_monotonic_time ();

      /* A packet takes a millisecond, after those of the same endpoint that wait already. */
      for (GList *l = file->pending.head; l; l = l->next)
        if (((Transfer *) l->data)->urb->endpoint == urb->endpoint)
          after = MAX (after, ((Transfer *) l->data)->due);
      be_due (self, transfer, after + urb->number_of_packets * 1000);
    }
  else
    run_locked (self);
  return 0;
}

static int
discard (File *file, const void *urb)
{
  for (GList *l = file->pending.head; l; l = l->next)
    {
      Transfer *transfer = l->data;

      if (transfer->urb != urb || transfer->cancelled)
        continue;
      transfer->cancelled = TRUE;
      if (file->device->faults.discard_ms > 0)
        be_due (file->device, transfer, g_get_monotonic_time () + file->device->faults.discard_ms * 1000);
      else
        complete (file, transfer, -ENOENT, 0);
      return 0;
    }
  return EINVAL;
}

static int
reap (File *file, void **ret_urb)
{
  Transfer *transfer = g_queue_pop_head (&file->done);

  if (!transfer)
    return file->device->gone ? ENODEV : EAGAIN;
  *ret_urb = transfer->urb;
  file->device->in_flight -= transfer->cost;
  g_free (transfer);
  update_readable (file);
  return 0;
}

/* --- the rest of usbfs --- */

static gboolean
is_claimed_locked (FakeUsb *self, guint interface, File *but)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      File *file = g_ptr_array_index (self->files, i);

      if (file != but && (file->claims & 1u << interface))
        return TRUE;
    }
  return FALSE;
}

static int
claim (File *file, guint interface, gboolean unbind)
{
  FakeUsb *self = file->device;
  guint32 bit = 1u << (interface % N_INTERFACES);

  if (interface >= N_INTERFACES || !(self->interfaces & bit))
    return EINVAL;
  if (file->claims & bit)
    return 0;
  if (self->faults.claims_busy || is_claimed_locked (self, interface, file) || (!unbind && (self->drivers & bit)))
    return EBUSY;
  if (self->drivers & bit)
    write_log (self, "unbind %u", interface);
  self->drivers &= ~bit;
  file->claims |= bit;
  write_log (self, "claim %u", interface);
  return 0;
}

static int
release (File *file, guint interface)
{
  if (interface >= N_INTERFACES || !(file->claims & 1u << interface))
    return EINVAL;
  file->claims &= ~(1u << interface);
  write_log (file->device, "release %u", interface);
  return 0;
}

/* Sets *RET_VALUE to what the call returns when all is well. */
static int
bind_driver (File *file, const struct usbdevfs_ioctl *command, int *ret_value)
{
  FakeUsb *self = file->device;
  guint interface = (guint) command->ifno;
  guint32 bit = 1u << (interface % N_INTERFACES);

  if (interface >= N_INTERFACES || !(self->interfaces & bit))
    return EINVAL;
  switch (command->ioctl_code)
    {
    case USBDEVFS_DISCONNECT:
      if (!(self->drivers & bit))
        return ENODATA;
      self->drivers &= ~bit;
      write_log (self, "unbind %u", interface);
      return 0;
    case USBDEVFS_CONNECT:
      if ((self->drivers & bit) || is_claimed_locked (self, interface, NULL))
        return EBUSY;
      self->drivers |= bit;
      write_log (self, "bind %u", interface);
      *ret_value = 1;
      return 0;
    default:
      return ENOTTY;
    }
}

static int
get_driver (File *file, struct usbdevfs_getdriver *ask)
{
  FakeUsb *self = file->device;

  if (ask->interface >= N_INTERFACES || !(self->interfaces & 1u << ask->interface))
    return ENODATA;
  if (!(self->drivers & 1u << ask->interface) && !is_claimed_locked (self, ask->interface, NULL))
    return ENODATA;
  g_strlcpy (ask->driver, self->drivers & 1u << ask->interface ? "fake-driver" : "usbfs", sizeof ask->driver);
  return 0;
}

static int
set_configuration (File *file, int value)
{
  FakeUsb *self = file->device;
  gsize size;

  if (self->faults.config_fails)
    return EIO;
  for (guint i = 0; i < N_INTERFACES; i++)
    if (is_claimed_locked (self, i, NULL))
      return EBUSY;
  if (value > 0 && !find_configuration (self, value, &size))
    return EINVAL;
  set_active (self, MAX (value, 0));
  write_log (self, "configuration %d", self->configuration);
  for (guint i = 0; i < N_INTERFACES; i++)
    if (self->drivers & 1u << i)
      write_log (self, "bind %u", i);
  return 0;
}

static int
reset (File *file)
{
  FakeUsb *self = file->device;
  gint64 end = g_get_monotonic_time () + self->faults.reset_ms * 1000;

  self->n_resets++;
  write_log (self, "reset");
  while (file->pending.head)
    complete (file, file->pending.head->data, -ESHUTDOWN, 0);
  while (g_get_monotonic_time () < end)
    g_cond_wait_until (&self->cond, &self->lock, end);
  if (self->faults.reset_leaves)
    {
      unplug_locked (self);
      return ENODEV;
    }
  if (self->model->reset)
    self->model->reset (self->model_data);
  return 0;
}

static int
control (File *file, const struct usbdevfs_ctrltransfer *ask, int *ret_value)
{
  FakeUsb *self = file->device;
  FakeUsbSetup setup = { ask->bRequestType, ask->bRequest, ask->wValue, ask->wIndex, ask->wLength };
  int r;

  if (setup.type == 0x80 && setup.request == 8 && setup.length > 0)
    {
      *(guint8 *) ask->data = (guint8) self->configuration;
      *ret_value = 1;
      return 0;
    }
  r = self->faults.control_hangs ? FAKE_USB_NAK
                                 : self->model->transfer (self->model_data, 0, &setup, ask->data, ask->wLength);
  if (r == FAKE_USB_NAK)
    return ETIMEDOUT;
  *ret_value = r;
  return r < 0 ? -r : 0;
}

/* An errno, or 0 and *RET_VALUE. */
static int
serve (File *file, unsigned long request, void *argument, int *ret_value)
{
  FakeUsb *self = file->device;

  if (request == USBDEVFS_REAPURBNDELAY)
    return reap (file, argument);
  if (self->gone)
    return ENODEV;
  switch (request)
    {
    case USBDEVFS_CONNECTINFO:
      *(struct usbdevfs_connectinfo *) argument = (struct usbdevfs_connectinfo) { .devnum = 7 };
      return 0;
    case USBDEVFS_GET_CAPABILITIES:
      *(guint32 *) argument = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION |
                              USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_BULK_SCATTER_GATHER |
                              USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
      return 0;
    case USBDEVFS_GET_SPEED:
      *ret_value = (int) self->speed;
      return 0;
    case USBDEVFS_CONTROL:
      return control (file, argument, ret_value);
    case USBDEVFS_GETDRIVER:
      return get_driver (file, argument);
    case USBDEVFS_CLAIMINTERFACE:
      return claim (file, *(guint *) argument, FALSE);
    case USBDEVFS_DISCONNECT_CLAIM:
      return claim (file, ((struct usbdevfs_disconnect_claim *) argument)->interface, TRUE);
    case USBDEVFS_RELEASEINTERFACE:
      return release (file, *(guint *) argument);
    case USBDEVFS_IOCTL:
      return bind_driver (file, argument, ret_value);
    case USBDEVFS_SETINTERFACE:
      {
        const struct usbdevfs_setinterface *set = argument;

        return has_alternate (self, set->interface, set->altsetting) ? 0 : EINVAL;
      }
    case USBDEVFS_SETCONFIGURATION:
      return set_configuration (file, *(int *) argument);
    case USBDEVFS_CLEAR_HALT:
    case USBDEVFS_RESETEP:
      return has_endpoint (self, (guint8) * (guint *) argument) ? 0 : EINVAL;
    case USBDEVFS_RESET:
      return reset (file);
    case USBDEVFS_SUBMITURB:
      return submit (file, argument);
    case USBDEVFS_DISCARDURB:
      return discard (file, argument);
    case USBDEVFS_ALLOC_STREAMS:
      *ret_value = (int) ((struct usbdevfs_streams *) argument)->num_streams;
      return self->speed >= 5 ? 0 : EINVAL;
    case USBDEVFS_FREE_STREAMS:
      return self->speed >= 5 ? 0 : EINVAL;
    default:
      return ENOTTY;
    }
}

/* --- in place of libc's --- */

static File *
find_file (int fd)
{
  File *file = NULL;

  if (g_atomic_int_get (&n_files) == 0 || fd < 0 || fd >= MAX_FD)
    return NULL;
  g_mutex_lock (&table_lock);
  file = table[fd];
  g_mutex_unlock (&table_lock);
  return file;
}

int
ioctl (int fd, unsigned long request, ...)
{
  void *argument;
  va_list arguments;
  File *file;
  int value = 0, error;

  va_start (arguments, request);
  argument = va_arg (arguments, void *);
  va_end (arguments);
  if (_IOC_TYPE (request) != 'U')
    return REAL (ioctl) (fd, request, argument);
  file = find_file (fd);
  if (!file && fake_usb_opener && fake_usb_opener (fd))
    file = find_file (fd);
  if (!file)
    return REAL (ioctl) (fd, request, argument);
  g_mutex_lock (&file->device->lock);
  error = serve (file, request, argument, &value);
  g_mutex_unlock (&file->device->lock);
  if (error == 0)
    return value;
  errno = error;
  return -1;
}

ssize_t
read (int fd, void *data, size_t size)
{
  File *file = find_file (fd);
  gsize length, n;
  const guint8 *descriptors;

  if (!file)
    return REAL (read) (fd, data, size);
  descriptors = g_bytes_get_data (file->device->descriptors, &length);
  n = MIN (size, length - MIN (file->position, length));
  memcpy (data, descriptors + file->position, n);
  file->position += n;
  return (ssize_t) n;
}

/* As libusb calls it, whatever the size of off_t makes of the name here. */
off_t replaced_lseek (int fd, off_t offset, int whence) __asm__ ("lseek");

off_t
replaced_lseek (int fd, off_t offset, int whence)
{
  File *file = find_file (fd);

  if (!file)
    return REAL (lseek) (fd, offset, whence);
  file->position = (gsize) MAX (offset, 0);
  return offset;
}

/* Before its descriptor is another's. */
static void
forget_file (File *file)
{
  FakeUsb *self = file->device;

  g_mutex_lock (&self->lock);
  write_log (self, "close");
  for (guint i = 0; i < N_INTERFACES; i++)
    if (file->claims & 1u << i)
      release (file, i);
  for (GQueue *queue = &file->pending; queue; queue = queue == &file->pending ? &file->done : NULL)
    for (Transfer *transfer; (transfer = g_queue_pop_head (queue)); g_free (transfer))
      self->in_flight -= transfer->cost;
  g_ptr_array_remove (self->files, file);
  if (file->reader >= 0)
    REAL (close) (file->reader);
  g_mutex_unlock (&self->lock);
}

int
close (int fd)
{
  File *file = find_file (fd);
  int r;

  if (!file)
    return REAL (close) (fd);
  g_mutex_lock (&table_lock);
  table[fd] = NULL;
  g_atomic_int_add (&n_files, -1);
  g_mutex_unlock (&table_lock);
  forget_file (file);
  r = REAL (close) (fd);
  fake_usb_unref (file->device);
  g_free (file);
  return r;
}

/* --- the device --- */

FakeUsb *
fake_usb_new (GBytes *descriptors, guint speed, const FakeUsbModel *model, gpointer model_data)
{
  FakeUsb *self = g_new0 (FakeUsb, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->descriptors = g_bytes_ref (descriptors);
  self->speed = speed;
  self->model = model;
  self->model_data = model_data;
  self->files = g_ptr_array_new ();
  set_active (self, -1);
  return self;
}

void
fake_usb_unref (FakeUsb *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_mutex_lock (&self->lock);
  self->pacer_ends = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  if (self->pacer)
    g_thread_join (self->pacer);
  self->model->free (self->model_data);
  g_bytes_unref (self->descriptors);
  g_ptr_array_unref (self->files);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self->log);
  g_free (self);
}

gpointer
fake_usb_get_model (FakeUsb *self)
{
  return self->model_data;
}

int
fake_usb_open (FakeUsb *self, int fd)
{
  File *file = g_new0 (File, 1);
  int ends[2];
  char byte = 0;

  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) < 0)
    g_error ("fake usbfs: no pipe: %s", g_strerror (errno));
  fcntl (ends[1], F_SETPIPE_SZ, 4096);
  (void) !write (ends[1], &byte, 1);
  if (fd >= 0)
    {
      dup3 (ends[1], fd, fcntl (fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0);
      REAL (close) (ends[1]);
    }
  else
    fd = ends[1];
  g_assert (fd < MAX_FD);
  file->fd = fd;
  file->reader = ends[0];
  g_atomic_ref_count_inc (&self->ref_count);
  file->device = self;
  g_mutex_lock (&self->lock);
  if (self->gone)
    {
      REAL (close) (file->reader);
      file->reader = -1;
    }
  g_ptr_array_add (self->files, file);
  write_log (self, "open");
  g_mutex_unlock (&self->lock);
  g_mutex_lock (&table_lock);
  table[fd] = file;
  g_atomic_int_add (&n_files, 1);
  g_mutex_unlock (&table_lock);
  return fd;
}

void
fake_usb_unplug (FakeUsb *self)
{
  g_mutex_lock (&self->lock);
  unplug_locked (self);
  g_mutex_unlock (&self->lock);
}

void
fake_usb_wake (FakeUsb *self)
{
  g_mutex_lock (&self->lock);
  run_locked (self);
  g_mutex_unlock (&self->lock);
}

void
fake_usb_lock (FakeUsb *self)
{
  g_mutex_lock (&self->lock);
}

void
fake_usb_unlock (FakeUsb *self)
{
  g_mutex_unlock (&self->lock);
}

#define GETTER(type, name, value)                                                                                      \
  type name (FakeUsb *self)                                                                                            \
  {                                                                                                                    \
    type result;                                                                                                       \
                                                                                                                       \
    g_mutex_lock (&self->lock);                                                                                        \
    result = (value);                                                                                                  \
    g_mutex_unlock (&self->lock);                                                                                      \
    return result;                                                                                                     \
  }

static guint
count_pending_locked (FakeUsb *self)
{
  guint n = 0;

  for (guint i = 0; i < self->files->len; i++)
    n += ((File *) g_ptr_array_index (self->files, i))->pending.length;
  return n;
}

GETTER (guint, fake_usb_count_pending, count_pending_locked (self))
GETTER (guint, fake_usb_count_files, self->files->len)
GETTER (guint, fake_usb_count_resets, self->n_resets)
GETTER (int, fake_usb_get_configuration, self->configuration)
GETTER (guint64, fake_usb_get_peak, self->peak)

gboolean
fake_usb_has_driver (FakeUsb *self, guint interface)
{
  gboolean has;

  g_mutex_lock (&self->lock);
  has = (self->drivers & 1u << interface) != 0;
  g_mutex_unlock (&self->lock);
  return has;
}

gboolean
fake_usb_is_claimed (FakeUsb *self, guint interface)
{
  gboolean is;

  g_mutex_lock (&self->lock);
  is = is_claimed_locked (self, interface, NULL);
  g_mutex_unlock (&self->lock);
  return is;
}

void
fake_usb_set_faults (FakeUsb *self, const FakeUsbFaults *faults)
{
  g_mutex_lock (&self->lock);
  self->faults = *faults;
  run_locked (self);
  g_mutex_unlock (&self->lock);
}

void
fake_usb_set_log (FakeUsb *self, const char *path)
{
  g_set_str (&self->log, path);
}
