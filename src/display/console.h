/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/cursor.h"
#include "display/framebuffer.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* One graphic console of a running QEMU (org.qemu.Display1.Console): its picture, its pointer image, and the size the
 * user would like it to have. Owns the listener. Main thread only.
 *
 * Properties (notify): "framebuffer" (DioFramebuffer, never NULL), "cursor" (DioCursor, NULL until the guest defines
 * one), "cursor-visible" (boolean: MouseSet's "on"), "cursor-x", "cursor-y" (int, guest pixels: where the guest last
 * put it), "label" (string), "head" (uint), "id" (uint), "error" (string, NULL: why the listener ended, in plain
 * words).
 * Signals: "closed" (GError *) when QEMU or a protocol fault ended the listener; the last picture stays. "unheeded":
 * the guest has been told a size, and does not follow: it may have to be told by other means. */
#define DIO_TYPE_CONSOLE (dio_console_get_type ())
G_DECLARE_FINAL_TYPE (DioConsole, dio_console, DIO, CONSOLE, GObject)

/* Registers a listener with the console at OBJECT_PATH. BUS_NAME is NULL on a peer-to-peer connection. */
void dio_console_new_async (GDBusConnection *connection, const char *bus_name, const char *object_path,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
DioConsole *dio_console_new_finish (GAsyncResult *result, GError **error);

DioFramebuffer *dio_console_get_framebuffer (DioConsole *self); /* (transfer none) */
DioCursor *dio_console_get_cursor (DioConsole *self);           /* (transfer none) (nullable) */
gboolean dio_console_get_cursor_visible (DioConsole *self);
const char *dio_console_get_label (DioConsole *self);
guint dio_console_get_id (DioConsole *self);
guint dio_console_get_head (DioConsole *self);
/* The further interfaces that QEMU says this console's object has, for its input; (transfer none) (nullable): it does
 * not say. */
const char *const *dio_console_get_interfaces (DioConsole *self);

/* A screen that is smaller than some guests can make is one of no valid mode to them: they take the largest they know.
 */
#define DIO_CONSOLE_MIN_WIDTH 320
#define DIO_CONSOLE_MIN_HEIGHT 200

/* Asks the guest for a mode of WIDTH × HEIGHT device pixels on a screen of WIDTH_MM × HEIGHT_MM (0 = unknown); 0 × 0
 * unplugs the screen (hw/display/virtio-gpu-base.c). Out-of-range sizes are clamped; at most one call is in flight, and
 * of wishes only the latest is kept, and told twice more to a guest that does not follow. Fire and forget: a guest that
 * cannot is not an error. */
void dio_console_set_ui_info (DioConsole *self, int width, int height, int width_mm, int height_mm);

/* The last of them, as it was told (device pixels). Returns: FALSE while there is none. */
gboolean dio_console_get_ui_info (DioConsole *self, int *width, int *height);
/* "unheeded" was emitted for it, and the guest's mode is still another. */
gboolean dio_console_is_unheeded (DioConsole *self);

/* Where the screen's top left pixel should lie on the guest's desktop; told with each wish, and again when it changes
 * after the first. */
void dio_console_set_place (DioConsole *self, int x, int y);

/* While it rests, QEMU has no listener and prepares no pictures for one; the framebuffer keeps its last. Afterwards a
 * new listener is registered, which gets the whole picture. Returns at once; may be called as often as one likes. For
 * a QEMU that forgets listeners that are gone: ours does, others keep working for them. That QEMU ends meanwhile is
 * not told here ("closed" is about the listener). */
void dio_console_set_resting (DioConsole *self, gboolean resting);
gboolean dio_console_get_resting (DioConsole *self);

/* Ends the listener; the framebuffer keeps its last picture. */
void dio_console_close (DioConsole *self);

G_END_DECLS
