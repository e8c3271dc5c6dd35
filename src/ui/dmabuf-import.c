/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/dmabuf-import.h"

#include "display/drm-format.h"

#include <epoxy/egl.h>
#include <epoxy/gl.h>

/* EGL's names are in two rows: of the descriptor, offset and stride of a plane, and of its modifier. */
#define N_PLANE_KEYS 5

struct _DioDmabufImport
{
  grefcount ref_count;
  DioFrame *frame; /* owns the descriptors */

  GdkDisplay *display; /* for GDK to import */

  GdkGLContext *context; /* imported by us */
  EGLDisplay egl_display;
  EGLImageKHR image;
  GLuint texture;
};

static DioDmabufImport *
import_new (DioFrame *frame)
{
  DioDmabufImport *self = g_new0 (DioDmabufImport, 1);

  g_ref_count_init (&self->ref_count);
  self->frame = dio_frame_ref (frame);
  self->image = EGL_NO_IMAGE_KHR;
  return self;
}

DioDmabufImport *
dio_dmabuf_import_ref (DioDmabufImport *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

/* The last reference may go while GSK draws, whose context has to be the current one afterwards. */
static void
release_gl (DioDmabufImport *self)
{
  GdkGLContext *current = gdk_gl_context_get_current ();

  if (current)
    g_object_ref (current);
  gdk_gl_context_make_current (self->context);
  if (self->texture)
    glDeleteTextures (1, &self->texture);
  if (self->image != EGL_NO_IMAGE_KHR)
    eglDestroyImageKHR (self->egl_display, self->image);
  if (current)
    gdk_gl_context_make_current (current);
  else
    gdk_gl_context_clear_current ();
  g_clear_object (&current);
}

void
dio_dmabuf_import_unref (DioDmabufImport *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  if (self->context)
    release_gl (self);
  g_clear_object (&self->context);
  g_clear_object (&self->display);
  g_clear_pointer (&self->frame, dio_frame_unref);
  g_free (self);
}

guint64
dio_dmabuf_import_get_buffer_id (DioDmabufImport *self)
{
  return dio_frame_get_buffer_id (self->frame);
}

/* --- import by us --- */

static gboolean
fail (GError **error, const char *what, guint code)
{
  g_set_error (error, GDK_GL_ERROR, GDK_GL_ERROR_NOT_AVAILABLE,
               "The graphics driver does not take the buffer (%s, 0x%x)", what, code);
  return FALSE;
}

static guint
add_plane (EGLint *attributes, const DioDmabuf *dmabuf, guint plane, const guint64 *modifier)
{
  static const EGLint keys[DIO_DMABUF_MAX_PLANES][N_PLANE_KEYS] = {
    { EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT, EGL_DMA_BUF_PLANE0_PITCH_EXT,
      EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT },
    { EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT, EGL_DMA_BUF_PLANE1_PITCH_EXT,
      EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT },
    { EGL_DMA_BUF_PLANE2_FD_EXT, EGL_DMA_BUF_PLANE2_OFFSET_EXT, EGL_DMA_BUF_PLANE2_PITCH_EXT,
      EGL_DMA_BUF_PLANE2_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE2_MODIFIER_HI_EXT },
    { EGL_DMA_BUF_PLANE3_FD_EXT, EGL_DMA_BUF_PLANE3_OFFSET_EXT, EGL_DMA_BUF_PLANE3_PITCH_EXT,
      EGL_DMA_BUF_PLANE3_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE3_MODIFIER_HI_EXT },
  };
  EGLint values[N_PLANE_KEYS] = { dmabuf->fds[plane], (EGLint) dmabuf->offsets[plane],
                                  (EGLint) dmabuf->strides[plane] };
  guint n = modifier ? N_PLANE_KEYS : 3;

  if (modifier)
    {
      values[3] = (EGLint) (*modifier & 0xffffffff);
      values[4] = (EGLint) (*modifier >> 32);
    }
  for (guint i = 0; i < n; i++)
    {
      attributes[2 * i] = keys[plane][i];
      attributes[2 * i + 1] = values[i];
    }
  return 2 * n;
}

/* MODIFIER: NULL leaves the layout to the driver, which knows buffers of its own. */
static EGLImageKHR
create_image (EGLDisplay display, const DioDmabuf *dmabuf, const guint64 *modifier)
{
  EGLint attributes[8 + DIO_DMABUF_MAX_PLANES * N_PLANE_KEYS * 2 + 1] = {
    EGL_WIDTH,
    dmabuf->width,
    EGL_HEIGHT,
    dmabuf->height,
    EGL_LINUX_DRM_FOURCC_EXT,
    (EGLint) dmabuf->fourcc,
    EGL_IMAGE_PRESERVED_KHR,
    EGL_TRUE,
  };
  guint n = 8;

  for (guint i = 0; i < dmabuf->n_planes; i++)
    n += add_plane (attributes + n, dmabuf, i, modifier);
  attributes[n] = EGL_NONE;
  return eglCreateImageKHR (display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
}

static gboolean
import_image (DioDmabufImport *self, const DioDmabuf *dmabuf, GError **error)
{
  static const guint64 linear = DIO_DRM_MODIFIER_LINEAR;
  gboolean modifiers = epoxy_has_egl_extension (self->egl_display, "EGL_EXT_image_dma_buf_import_modifiers");
  gboolean told = dmabuf->modifier != DIO_DRM_MODIFIER_INVALID;

  if (!epoxy_has_egl_extension (self->egl_display, "EGL_EXT_image_dma_buf_import"))
    return fail (error, "no import", 0);
  if (modifiers && (told || dmabuf->linear))
    self->image = create_image (self->egl_display, dmabuf, told ? &dmabuf->modifier : &linear);
  if (self->image == EGL_NO_IMAGE_KHR && dmabuf->n_planes < DIO_DMABUF_MAX_PLANES && (!told || dmabuf->linear))
    self->image = create_image (self->egl_display, dmabuf, NULL);
  return self->image != EGL_NO_IMAGE_KHR || fail (error, "EGL", (guint) eglGetError ());
}

static gboolean
import_texture (DioDmabufImport *self, GError **error)
{
  GLenum code;

  /* What came before is not ours to tell. */
  for (int i = 0; i < 8 && glGetError () != GL_NO_ERROR; i++)
    ;
  glGenTextures (1, &self->texture);
  glBindTexture (GL_TEXTURE_2D, self->texture);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glEGLImageTargetTexture2DOES (GL_TEXTURE_2D, self->image);
  code = glGetError ();
  glBindTexture (GL_TEXTURE_2D, 0);
  /* Another context is the one to use it. */
  glFlush ();
  return code == GL_NO_ERROR || fail (error, "OpenGL", code);
}

DioDmabufImport *
dio_dmabuf_import_new_gl (DioFrame *frame, GdkGLContext *context, GError **error)
{
  g_autoptr (DioDmabufImport) self = import_new (frame);

  gdk_gl_context_make_current (context);
  self->context = g_object_ref (context);
  self->egl_display = eglGetCurrentDisplay ();
  if (self->egl_display == EGL_NO_DISPLAY || !epoxy_has_gl_extension ("GL_OES_EGL_image"))
    {
      fail (error, "no EGL images", 0);
      return NULL;
    }
  if (g_getenv ("DIORAMA_REFUSE_DMABUF"))
    {
      fail (error, "refused for a test", 0);
      return NULL;
    }
  if (!import_image (self, dio_frame_get_dmabuf (frame), error) || !import_texture (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* --- import by GDK --- */

DioDmabufImport *
dio_dmabuf_import_new_gdk (DioFrame *frame, GdkDisplay *display, GError **error)
{
  g_autoptr (DioDmabufImport) self = import_new (frame);

  self->display = g_object_ref (display);
  if (g_getenv ("DIORAMA_REFUSE_DMABUF"))
    {
      fail (error, "refused for a test", 0);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* --- textures --- */

typedef struct
{
  DioDmabufImport *import;
  GDestroyNotify released;
  gpointer user_data;
} Lease;

static void
lease_end (gpointer data)
{
  Lease *lease = data;

  lease->released (lease->user_data);
  dio_dmabuf_import_unref (lease->import);
  g_free (lease);
}

static GdkTexture *
wrap_gl (DioDmabufImport *self, GdkTexture *before, const cairo_region_t *damage, Lease *lease)
{
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (self->frame);
  g_autoptr (GdkGLTextureBuilder) builder = gdk_gl_texture_builder_new ();

  gdk_gl_texture_builder_set_context (builder, self->context);
  gdk_gl_texture_builder_set_id (builder, self->texture);
  gdk_gl_texture_builder_set_width (builder, dmabuf->width);
  gdk_gl_texture_builder_set_height (builder, dmabuf->height);
  gdk_gl_texture_builder_set_format (builder, GDK_MEMORY_R8G8B8X8);
  if (before)
    {
      gdk_gl_texture_builder_set_update_texture (builder, before);
      gdk_gl_texture_builder_set_update_region (builder, (cairo_region_t *) damage);
    }
  return gdk_gl_texture_builder_build (builder, lease_end, lease);
}

static GdkTexture *
wrap_gdk (DioDmabufImport *self, GdkTexture *before, const cairo_region_t *damage, Lease *lease, GError **error)
{
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (self->frame);
  g_autoptr (GdkDmabufTextureBuilder) builder = gdk_dmabuf_texture_builder_new ();
  gboolean told = dmabuf->modifier != DIO_DRM_MODIFIER_INVALID;

  gdk_dmabuf_texture_builder_set_display (builder, self->display);
  gdk_dmabuf_texture_builder_set_width (builder, (guint) dmabuf->width);
  gdk_dmabuf_texture_builder_set_height (builder, (guint) dmabuf->height);
  gdk_dmabuf_texture_builder_set_fourcc (builder, dmabuf->fourcc);
  gdk_dmabuf_texture_builder_set_modifier (builder,
                                           !told && dmabuf->linear ? DIO_DRM_MODIFIER_LINEAR : dmabuf->modifier);
  gdk_dmabuf_texture_builder_set_n_planes (builder, dmabuf->n_planes);
  for (guint i = 0; i < dmabuf->n_planes; i++)
    {
      gdk_dmabuf_texture_builder_set_fd (builder, i, dmabuf->fds[i]);
      gdk_dmabuf_texture_builder_set_offset (builder, i, dmabuf->offsets[i]);
      gdk_dmabuf_texture_builder_set_stride (builder, i, dmabuf->strides[i]);
    }
  if (before)
    {
      gdk_dmabuf_texture_builder_set_update_texture (builder, before);
      gdk_dmabuf_texture_builder_set_update_region (builder, (cairo_region_t *) damage);
    }
  return gdk_dmabuf_texture_builder_build (builder, lease_end, lease, error);
}

GdkTexture *
dio_dmabuf_import_wrap (DioDmabufImport *self, GdkTexture *before, const cairo_region_t *damage,
                        GDestroyNotify released, gpointer user_data, GError **error)
{
  const DioDmabuf *dmabuf = dio_frame_get_dmabuf (self->frame);
  Lease *lease = g_new (Lease, 1);
  GdkTexture *texture;

  if (before && (gdk_texture_get_width (before) != dmabuf->width || gdk_texture_get_height (before) != dmabuf->height))
    before = NULL;
  *lease = (Lease) { dio_dmabuf_import_ref (self), released, user_data };
  texture = self->context ? wrap_gl (self, before, damage, lease) : wrap_gdk (self, before, damage, lease, error);
  if (!texture)
    lease_end (lease);
  return texture;
}
