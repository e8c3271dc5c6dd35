/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#define _GNU_SOURCE
#include "kms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/fb.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <drm/drm_fourcc.h>

#define DRM_MODE_CONNECTED 1
#define MAX_IDS 16

static const char *const connector_types[] = { "Unknown",   "VGA",  "DVI-I",     "DVI-D",   "DVI-A",       "Composite",
                                               "SVIDEO",    "LVDS", "Component", "DIN",     "DisplayPort", "HDMI-A",
                                               "HDMI-B",    "TV",   "eDP",       "Virtual", "DSI",         "DPI",
                                               "Writeback", "SPI",  "USB" };

static int
drm (const Kms *kms, unsigned long request, void *argument)
{
  int result;

  do
    result = ioctl (kms->fd, request, argument);
  while (result == -1 && (errno == EINTR || errno == EAGAIN));
  return result;
}

static void
buffer_free (Kms *kms, Buffer *buffer)
{
  if (buffer->fb_id != 0)
    drm (kms, DRM_IOCTL_MODE_RMFB, &buffer->fb_id);
  if (buffer->pixels != NULL)
    munmap (buffer->pixels, buffer->size);
  if (buffer->handle != 0)
    drm (kms, DRM_IOCTL_MODE_DESTROY_DUMB, &(struct drm_mode_destroy_dumb) { .handle = buffer->handle });
  *buffer = (Buffer) { 0 };
}

/* FORMAT 0 makes a buffer that is never scanned out by itself (a cursor image). */
static bool
buffer_create (Kms *kms, Buffer *buffer, int width, int height, uint32_t format)
{
  struct drm_mode_create_dumb create = { .width = width, .height = height, .bpp = 32 };
  struct drm_mode_map_dumb map = { 0 };
  struct drm_mode_fb_cmd2 fb = { .width = width, .height = height, .pixel_format = format };
  void *pixels;

  *buffer = (Buffer) { 0 };
  if (drm (kms, DRM_IOCTL_MODE_CREATE_DUMB, &create) != 0)
    return false;
  buffer->handle = fb.handles[0] = map.handle = create.handle;
  buffer->size = create.size;
  buffer->stride = create.pitch / 4;
  buffer->width = width;
  buffer->height = height;
  fb.pitches[0] = create.pitch;
  if (drm (kms, DRM_IOCTL_MODE_MAP_DUMB, &map) != 0)
    return false;
  pixels = mmap (NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, kms->fd, map.offset);
  if (pixels == MAP_FAILED)
    return false;
  buffer->pixels = pixels;
  if (format != 0 && drm (kms, DRM_IOCTL_MODE_ADDFB2, &fb) != 0)
    return false;
  buffer->fb_id = fb.fb_id;
  return true;
}

/* The formats of the first plane that is a primary one. */
static void
read_formats (Kms *kms)
{
  uint32_t planes[MAX_IDS];
  struct drm_mode_get_plane_res resources = { .plane_id_ptr = (uintptr_t) planes, .count_planes = MAX_IDS };

  /* Without universal planes the kernel would only list overlays. */
  drm (kms, DRM_IOCTL_SET_CLIENT_CAP,
       &(struct drm_set_client_cap) { .capability = DRM_CLIENT_CAP_UNIVERSAL_PLANES, .value = 1 });
  if (drm (kms, DRM_IOCTL_MODE_GETPLANERESOURCES, &resources) == 0 && resources.count_planes > 0)
    {
      struct drm_mode_get_plane plane = { .plane_id = planes[0],
                                          .count_format_types = MAX_FORMATS,
                                          .format_type_ptr = (uintptr_t) kms->formats };
      if (drm (kms, DRM_IOCTL_MODE_GETPLANE, &plane) == 0)
        kms->n_formats = plane.count_format_types < MAX_FORMATS ? (int) plane.count_format_types : MAX_FORMATS;
    }
  if (kms->n_formats == 0)
    kms->formats[kms->n_formats++] = DRM_FORMAT_XRGB8888;
}

static void
probe_output (Kms *kms, Output *output)
{
  struct drm_mode_get_connector get = { .connector_id = output->connector_id };
  struct drm_mode_modeinfo modes[MAX_MODES];

  /* The first call, with room for no modes, is what makes the kernel ask the device again. */
  if (drm (kms, DRM_IOCTL_MODE_GETCONNECTOR, &get) != 0)
    return;
  get.modes_ptr = (uintptr_t) modes;
  get.count_modes = get.count_modes < MAX_MODES ? get.count_modes : MAX_MODES;
  get.count_props = get.count_encoders = 0;
  if (get.count_modes > 0 && drm (kms, DRM_IOCTL_MODE_GETCONNECTOR, &get) != 0)
    return;
  output->connected = get.connection == DRM_MODE_CONNECTED;
  output->n_modes = get.count_modes < MAX_MODES ? (int) get.count_modes : MAX_MODES;
  memcpy (output->modes, modes, output->n_modes * sizeof *modes);
  snprintf (output->name, sizeof output->name, "%s-%u",
            get.connector_type < sizeof connector_types / sizeof *connector_types ? connector_types[get.connector_type]
                                                                                  : "Unknown",
            get.connector_type_id);
}

void
kms_probe (Kms *kms)
{
  for (int i = 0; i < kms->n_outputs && !kms->fbdev; i++)
    probe_output (kms, &kms->outputs[i]);
}

static bool
open_device (Kms *kms, const char *path)
{
  uint32_t connectors[MAX_IDS], crtcs[MAX_IDS];
  struct drm_mode_card_res resources = { .connector_id_ptr = (uintptr_t) connectors,
                                         .count_connectors = MAX_IDS,
                                         .crtc_id_ptr = (uintptr_t) crtcs,
                                         .count_crtcs = MAX_IDS };
  struct drm_version version = { .name = kms->driver, .name_len = sizeof kms->driver - 1 };

  kms->fd = open (path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (kms->fd < 0)
    return false;
  if (drm (kms, DRM_IOCTL_MODE_GETRESOURCES, &resources) != 0 || resources.count_connectors == 0)
    {
      close (kms->fd);
      kms->fd = -1;
      return false;
    }
  drm (kms, DRM_IOCTL_VERSION, &version);
  read_formats (kms);
  /* Connector and CRTC of the same place belong together on every virtual GPU. */
  for (uint32_t i = 0; i < resources.count_connectors && i < resources.count_crtcs && i < MAX_OUTPUTS; i++)
    kms->outputs[kms->n_outputs++] =
        (Output) { .connector_id = connectors[i], .crtc_id = crtcs[i], .follow = true, .format = kms->formats[0] };
  kms_probe (kms);
  return true;
}

/* Without KMS there may still be a framebuffer of the firmware. */
static bool
open_fbdev (Kms *kms)
{
  struct fb_var_screeninfo info;
  struct fb_fix_screeninfo fixed;
  Output *output = &kms->outputs[0];
  int fd = open ("/dev/fb0", O_RDWR | O_CLOEXEC);
  void *pixels;

  if (fd < 0 || ioctl (fd, FBIOGET_VSCREENINFO, &info) != 0 || ioctl (fd, FBIOGET_FSCREENINFO, &fixed) != 0 ||
      info.bits_per_pixel != 32 || info.xres < MIN_SIDE || info.yres < MIN_SIDE)
    return false;
  pixels = mmap (NULL, fixed.smem_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (pixels == MAP_FAILED || (uint64_t) fixed.line_length * info.yres > fixed.smem_len)
    return false;
  *output = (Output) { .name = "fb0", .connected = true, .n_buffers = 1, .format = DRM_FORMAT_XRGB8888 };
  output->buffers[0] = (Buffer) {
    .pixels = pixels, .size = fixed.smem_len, .stride = fixed.line_length / 4, .width = info.xres, .height = info.yres
  };
  output->mode = kms_mode_for (output, info.xres, info.yres);
  output->modes[output->n_modes++] = output->mode;
  kms->formats[kms->n_formats++] = DRM_FORMAT_XRGB8888;
  kms->n_outputs = 1;
  kms->fbdev = true;
  snprintf (kms->driver, sizeof kms->driver, "%.15s", fixed.id);
  return true;
}

bool
kms_open (Kms *kms)
{
  *kms = (Kms) { .fd = -1 };
  for (int i = 0; i < 4; i++)
    {
      char path[32];
      snprintf (path, sizeof path, "/dev/dri/card%d", i);
      if (open_device (kms, path))
        return true;
    }
  return open_fbdev (kms);
}

struct drm_mode_modeinfo
kms_mode_for (const Output *output, int width, int height)
{
  struct drm_mode_modeinfo mode = { .hdisplay = width,
                                    .hsync_start = width + 48,
                                    .hsync_end = width + 80,
                                    .htotal = width + 160,
                                    .vdisplay = height,
                                    .vsync_start = height + 3,
                                    .vsync_end = height + 8,
                                    .vtotal = height + 24,
                                    .vrefresh = 60,
                                    .type = DRM_MODE_TYPE_USERDEF };

  for (int i = 0; i < output->n_modes; i++)
    if (output->modes[i].hdisplay == width && output->modes[i].vdisplay == height)
      return output->modes[i];
  mode.clock = (uint32_t) ((uint64_t) mode.htotal * mode.vtotal * mode.vrefresh / 1000);
  snprintf (mode.name, sizeof mode.name, "%dx%d", width, height);
  return mode;
}

static Canvas
canvas_of (const Buffer *buffer)
{
  return (Canvas) {
    buffer->pixels, buffer->stride, buffer->width, buffer->height, { 0, 0, buffer->width, buffer->height }
  };
}

Canvas
kms_front (const Output *output)
{
  return canvas_of (&output->buffers[output->front]);
}

Canvas
kms_back (const Output *output)
{
  return canvas_of (&output->buffers[output->n_buffers > 1 ? 1 - output->front : output->front]);
}

static bool
set_crtc (Kms *kms, Output *output, uint32_t fb_id, const struct drm_mode_modeinfo *mode)
{
  struct drm_mode_crtc crtc = { .crtc_id = output->crtc_id };

  if (mode != NULL)
    {
      crtc.set_connectors_ptr = (uintptr_t) &output->connector_id;
      crtc.count_connectors = 1;
      crtc.fb_id = fb_id;
      crtc.mode = *mode;
      crtc.mode_valid = 1;
    }
  return drm (kms, DRM_IOCTL_MODE_SETCRTC, &crtc) == 0;
}

bool
kms_set_mode (Kms *kms, Output *output, const struct drm_mode_modeinfo *mode, int n_buffers, KmsPaint paint, void *data)
{
  Buffer fresh[MAX_BUFFERS] = { 0 };
  bool made = true;
  int error;

  if (kms->fbdev)
    {
      Canvas canvas = kms_front (output);
      if (mode->hdisplay == canvas.width && mode->vdisplay == canvas.height)
        paint (data, output, mode, &canvas);
      else
        errno = EOPNOTSUPP;
      return mode->hdisplay == canvas.width && mode->vdisplay == canvas.height;
    }
  for (int i = 0; i < n_buffers && made; i++)
    made = buffer_create (kms, &fresh[i], mode->hdisplay, mode->vdisplay, output->format);
  if (made)
    {
      Canvas canvas = canvas_of (&fresh[0]);
      paint (data, output, mode, &canvas);
      made = set_crtc (kms, output, fresh[0].fb_id, mode);
    }
  error = errno;
  for (int i = 0; i < MAX_BUFFERS; i++)
    buffer_free (kms, made ? &output->buffers[i] : &fresh[i]);
  if (!made)
    {
      Canvas canvas = kms_front (output);
      if (output->n_buffers > 0)
        paint (data, output, &output->mode, &canvas);
      errno = error;
      return false;
    }
  memcpy (output->buffers, fresh, sizeof fresh);
  output->n_buffers = n_buffers;
  output->front = 0;
  output->flip_pending = false;
  output->mode = *mode;
  return true;
}

static void
darken (Kms *kms, Output *output)
{
  set_crtc (kms, output, 0, NULL);
  for (int i = 0; i < MAX_BUFFERS; i++)
    buffer_free (kms, &output->buffers[i]);
  buffer_free (kms, &output->cursor);
  output->n_buffers = 0;
  output->mode = (struct drm_mode_modeinfo) { 0 };
}

void
kms_follow (Kms *kms, KmsPaint paint, void *data)
{
  for (int i = 0; i < kms->n_outputs; i++)
    {
      Output *output = &kms->outputs[i];
      const struct drm_mode_modeinfo *wanted = &output->modes[0];
      if (!output->connected || output->n_modes == 0)
        {
          if (output->n_buffers > 0)
            darken (kms, output);
          continue;
        }
      if (output->n_buffers > 0 && !output->follow)
        continue;
      for (int j = 0; j < output->n_modes; j++)
        if ((output->modes[j].type & DRM_MODE_TYPE_PREFERRED) != 0)
          {
            wanted = &output->modes[j];
            break;
          }
      if (wanted->hdisplay < MIN_SIDE || wanted->vdisplay < MIN_SIDE ||
          (output->n_buffers > 0 && !kms->fbdev && memcmp (wanted, &output->mode, sizeof *wanted) == 0))
        continue;
      if (!kms_set_mode (kms, output, wanted, output->n_buffers > 0 ? output->n_buffers : 1, paint, data))
        fprintf (stderr, "guest: cannot set %s: %m\n", wanted->name);
    }
}

void
kms_flush (Kms *kms, Output *output, Rect rect)
{
  Canvas canvas = kms_front (output);
  struct drm_clip_rect clip;
  struct drm_mode_fb_dirty_cmd dirty = { .fb_id = output->buffers[output->front].fb_id,
                                         .num_clips = 1,
                                         .clips_ptr = (uintptr_t) &clip };

  if (output->n_buffers == 0 || !rect_intersect (rect, canvas.clip, &rect))
    return;
  clip = (struct drm_clip_rect) { rect.x, rect.y, rect.x + rect.w, rect.y + rect.h };
  output->flushes++;
  if (!kms->fbdev)
    drm (kms, DRM_IOCTL_MODE_DIRTYFB, &dirty);
}

bool
kms_flip (Kms *kms, Output *output)
{
  int back = 1 - output->front;
  struct drm_mode_crtc_page_flip flip = { .crtc_id = output->crtc_id,
                                          .flags = DRM_MODE_PAGE_FLIP_EVENT,
                                          .user_data = (uintptr_t) output };

  if (output->n_buffers < 2 || output->flip_pending)
    return false;
  flip.fb_id = output->buffers[back].fb_id;
  if (drm (kms, DRM_IOCTL_MODE_PAGE_FLIP, &flip) != 0)
    return false;
  output->flip_pending = true;
  output->front = back;
  output->flushes++;
  return true;
}

void
kms_read_events (Kms *kms)
{
  char buffer[1024];
  ssize_t length = read (kms->fd, buffer, sizeof buffer);

  for (ssize_t at = 0; at + (ssize_t) sizeof (struct drm_event) <= length;)
    {
      struct drm_event event;
      memcpy (&event, buffer + at, sizeof event);
      if (event.length < sizeof event)
        return;
      if (event.type == DRM_EVENT_FLIP_COMPLETE && at + (ssize_t) sizeof (struct drm_event_vblank) <= length)
        {
          struct drm_event_vblank vblank;
          memcpy (&vblank, buffer + at, sizeof vblank);
          for (int i = 0; i < kms->n_outputs; i++)
            if (vblank.user_data == (uintptr_t) &kms->outputs[i])
              kms->outputs[i].flip_pending = false;
        }
      at += event.length;
    }
}

bool
kms_set_cursor (Kms *kms, Output *output, const uint32_t *argb, int hot_x, int hot_y)
{
  struct drm_mode_cursor2 cursor = { .flags = DRM_MODE_CURSOR_BO, .crtc_id = output->crtc_id };

  if (kms->fbdev)
    return false;
  if (argb != NULL)
    {
      if (output->cursor.pixels == NULL && !buffer_create (kms, &output->cursor, CURSOR_SIZE, CURSOR_SIZE, 0))
        return false;
      for (int y = 0; y < CURSOR_SIZE; y++)
        memcpy (output->cursor.pixels + y * output->cursor.stride, argb + y * CURSOR_SIZE, CURSOR_SIZE * 4);
      cursor.handle = output->cursor.handle;
      cursor.width = cursor.height = CURSOR_SIZE;
      cursor.hot_x = hot_x;
      cursor.hot_y = hot_y;
    }
  return drm (kms, DRM_IOCTL_MODE_CURSOR2, &cursor) == 0;
}

bool
kms_move_cursor (Kms *kms, Output *output, int x, int y)
{
  struct drm_mode_cursor2 cursor = { .flags = DRM_MODE_CURSOR_MOVE, .crtc_id = output->crtc_id, .x = x, .y = y };

  return !kms->fbdev && drm (kms, DRM_IOCTL_MODE_CURSOR2, &cursor) == 0;
}
