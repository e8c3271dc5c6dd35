/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/renderer.h"

#include "base/debug.h"

#include <drm/drm.h>
#include <drm/virtgpu_drm.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Measured (Debian 13, GTK 4.18, mutter without a screen, two cores, no graphics card: Mesa's llvmpipe and lavapipe),
 * processor ticks (1/100 s) of our process in 10 s, and its resident memory, which includes the guest's picture:
 *
 *                                               Cairo         OpenGL        Vulkan
 *   4K guest, 20 updates of 9×16 a second
 *     in a window                               12   92 MB    26  267 MB    48  238 MB
 *     in full screen at 4K                      12  112 MB   108  409 MB   164  409 MB
 *   4K guest, 20 whole frames a second
 *     in full screen at 4K                     110  112 MB   335  409 MB   312  470 MB
 *   1080p guest, 30 whole frames a second
 *     in full screen at 4K                     170   88 MB   102  354 MB
 *   idle guest                                   0             0             0
 *
 * A graphics card turns the columns round: it draws for nothing. GTK would choose Vulkan then, but only OpenGL has
 * textures that stay and take just what changed; with Vulkan each changed tile is a new one, and is copied twice. */

#define RENDER_NODES "/dev/dri"

/* Drivers of devices that show pictures, or only pass them on, and draw none. */
static const char *const cannot_draw[] = { "vgem",       "vkms",      "udl",    "evdi",    "gud",
                                           "simpledrm",  "bochs-drm", "cirrus", "mgag200", "ast",
                                           "hyperv_drm", "vboxvideo", NULL };

/* A virtual graphics card draws if the host does it. */
static gboolean
virtual_draws (int fd)
{
  int value = 0;
  struct drm_virtgpu_getparam request = { .param = VIRTGPU_PARAM_3D_FEATURES, .value = (__u64) (guintptr) &value };

  return ioctl (fd, DRM_IOCTL_VIRTGPU_GETPARAM, &request) == 0 && value != 0;
}

static gboolean
node_draws (const char *path)
{
  g_autofd int fd = open (path, O_RDWR | O_CLOEXEC);
  char name[64] = "";
  struct drm_version version = { .name = name, .name_len = sizeof name - 1 };

  if (fd < 0 || ioctl (fd, DRM_IOCTL_VERSION, &version) != 0)
    return FALSE;
  if (g_str_equal (name, "virtio_gpu"))
    return virtual_draws (fd);
  return !g_strv_contains (cannot_draw, name);
}

static gboolean
computer_draws (void)
{
  g_autoptr (GDir) dir = g_dir_open (RENDER_NODES, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (RENDER_NODES, name, NULL);

      if (g_str_has_prefix (name, "renderD") && node_draws (path))
        return TRUE;
    }
  return g_access ("/dev/nvidiactl", R_OK | W_OK) == 0;
}

void
dio_renderer_choose (void)
{
  const char *choice;

  if (g_getenv ("GSK_RENDERER"))
    return;
  /* Mesa's own way to ask for the processor. */
  choice = computer_draws () && !g_getenv ("LIBGL_ALWAYS_SOFTWARE") ? "opengl" : "cairo";
  g_setenv ("GSK_RENDERER", choice, FALSE);
  dio_debug (DIO_DEBUG_FRAMES, "renderer %s", choice);
}
