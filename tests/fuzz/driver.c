/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* main() of a fuzz target where there is no fuzzing engine: fuzz-NAME [--runs N] [--seed S] [--first I] PATH…
 *
 * Gives every file of the PATHs (folders are read, not descended into) to LLVMFuzzerTestOneInput() and says so in TAP.
 * With --runs it then feeds N inputs more, each made from those files by a few small mutations. Input I depends on
 * nothing but the seed and I, so that what crashed is had again with the seed and number that were printed:
 * --seed S --first I --runs 1. $DIORAMA_TEST_FUZZ_RUNS overrides N, for a long run of a test. A libFuzzer or AFL build
 * leaves this file out. */
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_INPUT_SIZE (256 * 1024)
#define MAX_MUTATIONS 8

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
/* There in a sanitizer build only. */
extern void __sanitizer_set_death_callback (void (*callback) (void)) __attribute__ ((weak));

/* What runs now, for the last words of a crash. */
static char now_running[256];

static void
say_last_words (void)
{
  static const char prefix[] = "Bail out! crashed on ";

  (void) !write (STDOUT_FILENO, prefix, sizeof prefix - 1);
  (void) !write (STDOUT_FILENO, now_running, strlen (now_running));
  (void) !write (STDOUT_FILENO, "\n", 1);
}

static void
on_fatal_signal (int signal_number)
{
  say_last_words ();
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

static void
catch_crashes (void)
{
  static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGFPE, SIGILL };

  if (__sanitizer_set_death_callback)
    {
      __sanitizer_set_death_callback (say_last_words);
      signal (SIGABRT, on_fatal_signal);
      signal (SIGTRAP, on_fatal_signal);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    signal (signals[i], on_fatal_signal);
}

/* A copy of exactly SIZE bytes, so that a sanitizer sees a read behind the end. */
static void
run_one (const guint8 *data, gsize size)
{
  g_autofree guint8 *exact = g_memdup2 (data, size);

  LLVMFuzzerTestOneInput (exact, size);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
collect (const char *path, GPtrArray *files)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (!dir)
    {
      g_ptr_array_add (files, g_strdup (path));
      return;
    }
  while ((name = g_dir_read_name (dir)))
    if (name[0] != '.')
      g_ptr_array_add (files, g_build_filename (path, name, NULL));
}

static gboolean
replay (GPtrArray *files, GPtrArray *inputs)
{
  gboolean good = TRUE;

  for (guint i = 0; i < files->len; i++)
    {
      const char *path = g_ptr_array_index (files, i);
      g_autofree char *contents = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *name = g_path_get_basename (path);
      gsize size;

      g_snprintf (now_running, sizeof now_running, "%s", path);
      if (!g_file_get_contents (path, &contents, &size, &error))
        {
          printf ("not ok %u - %s # %s\n", i + 1, name, error->message);
          good = FALSE;
          continue;
        }
      run_one ((const guint8 *) contents, size);
      g_ptr_array_add (inputs, g_bytes_new (contents, size));
      printf ("ok %u - %s\n", i + 1, name);
      fflush (stdout);
    }
  return good;
}

static void
overwrite_number (GByteArray *input, GRand *rand)
{
  static const guint32 interesting[] = { 0,      1,      0x7f,       0x80,       0xff,       0x7fff, 0x8000,
                                         0xffff, 0x4000, 0x7fffffff, 0x80000000, 0xffffffff, 16384,  16385 };
  guint32 value = interesting[g_rand_int_range (rand, 0, G_N_ELEMENTS (interesting))];
  gsize width = 1u << g_rand_int_range (rand, 0, 3), at;

  if (input->len < width)
    return;
  at = g_rand_int_range (rand, 0, (gint32) (input->len - width + 1));
  if (g_rand_boolean (rand))
    value = GUINT32_SWAP_LE_BE (value);
  memcpy (input->data + at, &value, width);
}

/* Puts a piece of another input over, or into, INPUT. */
static void
splice (GByteArray *input, GPtrArray *inputs, GRand *rand)
{
  GBytes *other = g_ptr_array_index (inputs, g_rand_int_range (rand, 0, (gint32) inputs->len));
  gsize size, from, length, at;
  const guint8 *data = g_bytes_get_data (other, &size);

  if (size == 0)
    return;
  from = g_rand_int_range (rand, 0, (gint32) size);
  length = g_rand_int_range (rand, 1, (gint32) MIN (size - from, 4096) + 1);
  at = g_rand_int_range (rand, 0, (gint32) input->len + 1);
  if (g_rand_boolean (rand) && at + length <= input->len)
    {
      memcpy (input->data + at, data + from, length);
    }
  else if (input->len + length <= MAX_INPUT_SIZE)
    {
      guint tail = input->len - at;

      g_byte_array_set_size (input, input->len + length);
      memmove (input->data + at + length, input->data + at, tail);
      memcpy (input->data + at, data + from, length);
    }
}

static void
mutate (GByteArray *input, GPtrArray *inputs, GRand *rand)
{
  gint32 at = input->len ? g_rand_int_range (rand, 0, (gint32) input->len) : 0;

  switch (input->len ? g_rand_int_range (rand, 0, 7) : 6)
    {
    case 0:
      input->data[at] = (guint8) g_rand_int_range (rand, 0, 256);
      break;
    case 1:
      input->data[at] ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
      break;
    case 2:
      input->data[at] += (guint8) g_rand_int_range (rand, -16, 17);
      break;
    case 3:
      overwrite_number (input, rand);
      break;
    case 4:
      g_byte_array_remove_range (input, at, g_rand_int_range (rand, 1, (gint32) MIN (input->len - at, 64) + 1));
      break;
    case 5:
      g_byte_array_set_size (input, at + 1);
      break;
    default:
      splice (input, inputs, rand);
      break;
    }
}

static void
run_mutation (GPtrArray *inputs, guint32 seed, guint32 number)
{
  guint32 seeds[2] = { seed, number };
  g_autoptr (GRand) rand = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds));
  GBytes *base = g_ptr_array_index (inputs, g_rand_int_range (rand, 0, (gint32) inputs->len));
  g_autoptr (GByteArray) input = g_byte_array_new ();
  int n_mutations = g_rand_int_range (rand, 1, MAX_MUTATIONS + 1);

  g_snprintf (now_running, sizeof now_running, "--seed %u --first %u --runs 1", seed, number);
  g_byte_array_append (input, g_bytes_get_data (base, NULL), MIN (g_bytes_get_size (base), MAX_INPUT_SIZE));
  for (int i = 0; i < n_mutations; i++)
    mutate (input, inputs, rand);
  run_one (input->data, input->len);
}

int
main (int argc, char **argv)
{
  int runs = 0, seed = 1, first = 0;
  g_auto (GStrv) paths = NULL;
  const GOptionEntry entries[] = {
    { "runs", 'r', 0, G_OPTION_ARG_INT, &runs, "Mutated inputs to run after the files", "N" },
    { "seed", 's', 0, G_OPTION_ARG_INT, &seed, "Seed of the mutations", "S" },
    { "first", 'f', 0, G_OPTION_ARG_INT, &first, "Number of the first mutated input", "I" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, "PATH…" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;
  gboolean good;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 2;
    }
  if (g_getenv ("DIORAMA_TEST_FUZZ_RUNS"))
    runs = atoi (g_getenv ("DIORAMA_TEST_FUZZ_RUNS"));
  for (guint i = 0; paths && paths[i]; i++)
    collect (paths[i], files);
  g_ptr_array_sort (files, compare_names);
  printf ("1..%u\n", files->len + (runs > 0));
  fflush (stdout);
  catch_crashes ();

  good = replay (files, inputs);
  if (runs > 0)
    {
      if (inputs->len == 0)
        g_ptr_array_add (inputs, g_bytes_new_static ("", 0));
      for (int i = 0; i < runs; i++)
        run_mutation (inputs, (guint32) seed, (guint32) (first + i));
      printf ("ok %u - %d mutated inputs of seed %d\n", files->len + 1, runs, seed);
    }
  return good ? 0 : 1;
}
