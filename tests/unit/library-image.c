/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Whose disk an image is. */
#include "library-fixture.h"

#include "library/library-image.h"

#include <glib/gstdio.h>
#include <unistd.h>

typedef struct
{
  char *outside; /* a folder */
  char *disk, *parent, *disc, *stranger;
  DioLibrary *library;
} Fixture;

static char *
make_image (Fixture *self, const char *name)
{
  write_file (self->outside, name, name);
  return g_build_filename (self->outside, name, NULL);
}

/* A machine with DISK over PARENT, and DISC in its drive. */
static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *place = make_place ("place");
  g_autofree char *folder = make_machine (place, "Debian");
  g_autofree char *text = NULL;

  self->outside = make_place ("outside");
  self->disk = make_image (self, "disk.qcow2");
  self->parent = make_image (self, "parent.qcow2");
  self->disc = make_image (self, "disc.iso");
  self->stranger = make_image (self, "stranger.qcow2");
  text = g_strdup_printf (
      "{\"diorama\":1,\"name\":\"Debian\",\"uuid\":\"6ba7b811-9dad-41d1-80b4-00c04fd430c8\","
      "\"machine\":{\"disks\":[{\"path\":\"%s\",\"format\":\"qcow2\",\"layers\":"
      "[{\"path\":\"%s\",\"format\":\"qcow2\"}]},{\"path\":\"%s\",\"format\":\"raw\",\"cdrom\":true}]}}",
      self->disk, self->parent, self->disc);
  write_file (folder, DIO_DEFINITION_FILE, text);
  self->library = dio_library_new ((const char *const[]) { place, NULL }); /* still being looked through */
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_object_unref (self->library);
  remove_folder (self->outside);
  g_free (self->disk);
  g_free (self->parent);
  g_free (self->disc);
  g_free (self->stranger);
  g_free (self->outside);
}

static DioImageUse
find (Fixture *self, const char *path, const char *as)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DioLibraryMachine) machine = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info = { 0 };
  DioImageUse use;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  dio_library_find_image_async (self->library, as, info.st_dev, info.st_ino, NULL, on_result, &result);
  WAIT_UNTIL (result);
  use = dio_library_find_image_finish (self->library, result, &machine, &error);
  g_assert_no_error (error);
  g_assert_true ((use != DIO_IMAGE_USE_NONE) == (machine != NULL));
  if (machine)
    g_assert_cmpstr (dio_library_machine_get_name (machine), ==, "Debian");
  return use;
}

static void
test_roles (Fixture *self, gconstpointer data)
{
  g_assert_cmpint (find (self, self->disk, self->disk), ==, DIO_IMAGE_USE_DISK);
  g_assert_cmpint (find (self, self->parent, self->parent), ==, DIO_IMAGE_USE_LAYER);
  g_assert_cmpint (find (self, self->disc, self->disc), ==, DIO_IMAGE_USE_NONE);
  g_assert_cmpint (find (self, self->stranger, self->stranger), ==, DIO_IMAGE_USE_NONE);
}

static void
test_names (Fixture *self, gconstpointer data)
{
  g_autofree char *other = g_build_filename (self->outside, "other name", NULL);

  g_assert_cmpint (link (self->disk, other), ==, 0);
  g_assert_cmpint (find (self, other, other), ==, DIO_IMAGE_USE_DISK);
  /* As the host calls it: seen from here it has another name, and perhaps another device. */
  g_assert_cmpint (find (self, self->stranger, self->disk), ==, DIO_IMAGE_USE_DISK);
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DioLibraryMachine) machine = NULL;
  g_autoptr (GError) error = NULL;

  dio_library_find_image_async (self->library, self->disk, 0, 0, cancellable, on_result, &result);
  g_cancellable_cancel (cancellable);
  WAIT_UNTIL (result);
  g_assert_cmpint (dio_library_find_image_finish (self->library, result, &machine, &error), ==, DIO_IMAGE_USE_NONE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (machine);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/library-image/roles", Fixture, NULL, set_up, test_roles, tear_down);
  g_test_add ("/library-image/names", Fixture, NULL, set_up, test_names, tear_down);
  g_test_add ("/library-image/cancelled", Fixture, NULL, set_up, test_cancelled, tear_down);
  return g_test_run ();
}
