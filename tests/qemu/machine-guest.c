/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a guest has of what its machine has: the test guest ($DIORAMA_TEST_GUEST) looks at its TPM, reads and writes
 * shared folders, is reached through forwarded ports and by other guests, plays and hears a tone, and finds the answers
 * of an installation without questions. */
#include "machine-fixture.h"

#include "provision/install-media.h"
#include "vm/demo.h"
#include "vm/machine-live.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <ifaddrs.h>
#include <math.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE 240 /* s for an answer of the guest's */

/* --- a guest --- */

typedef struct
{
  DioMachine *machine;
  int fd;
  guint n_asked;
} Guest;

static DioMachineConfig *
guest_config (const char *name)
{
  const char *folder = g_getenv ("DIORAMA_TEST_GUEST");
  DioMachineConfig *config = small_config (name);
  g_autofree char *kernel = g_build_filename (folder, "vmlinux", NULL);
  g_autofree char *initrd = g_build_filename (folder, "initramfs-devices", NULL);
  g_autofree char *cmdline = g_build_filename (folder, "cmdline", NULL), *arguments = NULL;

  g_assert_true (g_file_get_contents (cmdline, &arguments, NULL, NULL));
  g_object_set (config, "memory", 256, "kernel", kernel, "initrd", initrd, "kernel-arguments", arguments,
                "control-port", DIO_DEMO_CONTROL_PORT, NULL);
  return config;
}

static void
start_guest (Guest *guest, Fixture *fixture, DioMachineConfig *config)
{
  guest->machine = new_machine (fixture, config);
  guest->fd = -1;
  dio_machine_start (guest->machine);
}

static void
meet_guest (Guest *guest)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct timeval limit = { PATIENCE, 0 };

  wait_for_state (guest->machine, DIO_MACHINE_RUNNING);
  g_strlcpy (address.sun_path, dio_machine_get_control_socket (guest->machine), sizeof address.sun_path);
  guest->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (guest->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  setsockopt (guest->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

static void
stop_guest (Guest *guest)
{
  g_clear_fd (&guest->fd, NULL);
  stop (guest->machine);
  g_clear_object (&guest->machine);
}

static char *
read_line (Guest *guest)
{
  g_autoptr (GString) line = g_string_new (NULL);
  ssize_t n;
  char byte;

  while ((n = TEMP_FAILURE_RETRY (recv (guest->fd, &byte, 1, 0))) == 1 && byte != '\n')
    g_string_append_c (line, byte);
  if (line->len == 0)
    g_error ("the guest says nothing: %s", n < 0    ? g_strerror (errno)
                                           : n == 0 ? "its QEMU has closed the port"
                                                    : "an empty line");
  return g_string_free_and_steal (g_steal_pointer (&line));
}

static void
say (Guest *guest, const char *format, va_list members)
{
  g_autofree char *text = g_strdup_vprintf (format, members);
  g_autofree char *line = g_strdup_printf ("{\"id\":%u,%s}\n", ++guest->n_asked, text);

  g_assert_cmpint (send (guest->fd, line, strlen (line), MSG_NOSIGNAL), ==, (int) strlen (line));
}

static JsonObject *
hear (Guest *guest)
{
  for (;;)
    {
      g_autofree char *line = read_line (guest);
      g_autoptr (JsonNode) node = json_from_string (line, NULL);
      JsonObject *answer = node != NULL ? json_node_get_object (node) : NULL;

      if (answer != NULL && json_object_get_int_member_with_default (answer, "id", 0) == guest->n_asked)
        return json_object_ref (answer);
    }
}

static JsonObject *tell (Guest *guest, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* FORMAT: the members of a command. Returns: the answer. (transfer full) */
static JsonObject *
tell (Guest *guest, const char *format, ...)
{
  va_list members;

  va_start (members, format);
  say (guest, format, members);
  va_end (members);
  return hear (guest);
}

static void
assert_good (JsonObject *answer)
{
  if (json_object_has_member (answer, "error"))
    g_error ("the guest: %s", json_object_get_string_member (answer, "error"));
}

static void
assert_bad (JsonObject *answer, const char *word)
{
  const char *text = json_object_get_string_member_with_default (answer, "error", "no error");

  if (strstr (text, word) == NULL)
    g_error ("“%s” is not in: %s", word, text);
  json_object_unref (answer);
}

#define do_in(guest, ...)                                                                                              \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (JsonObject) done = tell (guest, __VA_ARGS__);                                                           \
    assert_good (done);                                                                                                \
  }                                                                                                                    \
  G_STMT_END

static void
assert_text (JsonObject *answer, const char *expected)
{
  assert_good (answer);
  g_assert_cmpstr (json_object_get_string_member (answer, "text"), ==, expected);
  json_object_unref (answer);
}

/* --- shared folders --- */

static void
set_shares (DioMachineConfig *config, const char *writable, const char *fixed)
{
  DioShare shares[] = { { (char *) "docs", (char *) writable, FALSE }, { (char *) "fixed-1", (char *) fixed, TRUE } };
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  g_ptr_array_add (array, &shares[0]);
  g_ptr_array_add (array, &shares[1]);
  dio_machine_config_set_shares (config, array);
}

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_file (const char *folder, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (folder, name, NULL), *text = NULL;
  struct stat info;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_uid, ==, getuid ());
  g_assert_cmpuint (info.st_gid, ==, getgid ());
  g_assert_cmpuint (info.st_mode & 0777, ==, 0644);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
use_shares (Guest *guest, const char *type, const char *writable, const char *fixed)
{
  do_in (guest, "\"cmd\":\"mount\",\"type\":\"%s\",\"source\":\"docs\",\"path\":\"/docs\"", type);
  do_in (guest, "\"cmd\":\"mount\",\"type\":\"%s\",\"source\":\"fixed-1\",\"path\":\"/fixed\"", type);
  assert_text (tell (guest, "\"cmd\":\"read\",\"path\":\"/docs/from host\""), "hello, guest");
  /* Whoever writes it in the guest, here it is the user's, as ever. */
  do_in (guest, "\"cmd\":\"write\",\"path\":\"/docs/by root\",\"text\":\"root's\"");
  assert_file (writable, "by root", "root's");
  if (getuid () == 0)
    do_in (guest, "\"cmd\":\"write\",\"path\":\"/docs/again\",\"text\":\"root's\"");
  else
    do_in (guest, "\"cmd\":\"write\",\"path\":\"/docs/again\",\"text\":\"root's\",\"uid\":%u", getuid ());
  assert_file (writable, "again", "root's");

  assert_text (tell (guest, "\"cmd\":\"read\",\"path\":\"/fixed/from host\""), "look, do not touch");
  assert_bad (tell (guest, "\"cmd\":\"write\",\"path\":\"/fixed/x\",\"text\":\"x\""), "Read-only");
  assert_bad (tell (guest, "\"cmd\":\"write\",\"path\":\"/fixed/from host\",\"text\":\"x\""), "Read-only");
}

/* --- network --- */

/* What is told at PORT of this computer. (transfer full) */
static char *
listen_to (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  struct timeval limit = { 10, 0 };
  g_autofd int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char text[100] = "";

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) < 0 || recv (fd, text, sizeof text - 1, 0) < 0)
    return g_strdup ("nothing");
  return g_strdup (text);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* passt needs a moment to be there, again. */
static void
assert_told (guint16 port, const char *expected)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;
  g_autofree char *text = NULL;

  do
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("port %u tells “%s”, not “%s”", port, text, expected);
      g_clear_pointer (&text, g_free);
      text = listen_to (port);
    }
  while (!g_str_equal (text, expected));
}

/* The guest serves; it is reached through a port that was there at the start and through one that came. */
static void
use_forwards (Guest *guest, guint16 first)
{
  DioForward forward = { FALSE, NULL, find_port (), 81 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  do_in (guest, "\"cmd\":\"serve\",\"port\":80,\"text\":\"eighty\"");
  do_in (guest, "\"cmd\":\"serve\",\"port\":81,\"text\":\"eighty-one\"");
  assert_told (first, "eighty");
  dio_machine_add_forward_async (guest->machine, &forward, keep_result, &result);
  wait_for (result != NULL);
  dio_machine_command_finish (guest->machine, result, &error);
  g_assert_no_error (error);
  assert_told (forward.host_port, "eighty-one");
  assert_told (first, "eighty");
}

static void
set_forward (DioMachineConfig *config, guint16 port)
{
  DioForward forward = { FALSE, NULL, port, 80 };
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  g_ptr_array_add (array, &forward);
  dio_machine_config_set_forwards (config, array);
}

/* The address of this computer, which passt's guest shares; NULL when it has none but itself. (transfer full) */
static char *
find_address (void)
{
  struct ifaddrs *list = NULL;
  char text[INET_ADDRSTRLEN] = "";

  g_assert_cmpint (getifaddrs (&list), ==, 0);
  for (struct ifaddrs *item = list; item != NULL && *text == '\0'; item = item->ifa_next)
    if (item->ifa_addr != NULL && item->ifa_addr->sa_family == AF_INET && !(item->ifa_flags & IFF_LOOPBACK))
      inet_ntop (AF_INET, &((struct sockaddr_in *) (gpointer) item->ifa_addr)->sin_addr, text, sizeof text);
  freeifaddrs (list);
  return *text != '\0' ? g_strdup (text) : NULL;
}

/* --- tests --- */

/* virtiofs and NAT in one guest: starting one takes seconds. */
static void
test_one (Fixture *fixture, gconstpointer data)
{
  g_autofree char *docs = g_build_filename (fixture->dir, "docs, “d”", NULL);
  g_autofree char *fixed = g_build_filename (fixture->dir, "fixed", NULL);
  g_autoptr (DioMachineConfig) config = guest_config ("Guest");
  g_autofree char *mac = dio_machine_config_dup_mac (config);
  g_autoptr (JsonObject) network = NULL;
  guint16 port = find_port ();
  Guest guest = { 0 };

  g_mkdir (docs, 0755), g_mkdir (fixed, 0755);
  write_file (docs, "from host", "hello, guest");
  write_file (fixed, "from host", "look, do not touch");
  set_shares (config, docs, fixed);
  set_forward (config, port);
  g_object_set (config, "network", DIO_NETWORK_NAT, NULL);
  start_guest (&guest, fixture, config);
  meet_guest (&guest);
  use_shares (&guest, "virtiofs", docs, fixed);

  do_in (&guest, "\"cmd\":\"load\",\"what\":\"network\"");
  network = tell (&guest, "\"cmd\":\"network\",\"address\":\"10.0.2.15\",\"gateway\":\"10.0.2.2\"");
  assert_good (network);
  g_assert_cmpstr (json_object_get_string_member (network, "mac"), ==, mac);
  use_forwards (&guest, port);
  stop_guest (&guest);
}

/* The other ways: 9p and passt. */
static void
test_other (Fixture *fixture, gconstpointer data)
{
  g_autofree char *docs = g_build_filename (fixture->dir, "docs, “d”", NULL);
  g_autofree char *fixed = g_build_filename (fixture->dir, "fixed", NULL);
  g_autofree char *tool = g_build_filename (fixture->dir, "virtiofsd", NULL);
  g_autofree char *path = g_strconcat (fixture->dir, ":", g_getenv ("PATH"), NULL),
                  *before = g_strdup (g_getenv ("PATH"));
  g_autofree char *address = find_address ();
  g_autoptr (DioMachineConfig) config = guest_config ("Other guest");
  guint16 port = find_port ();
  Guest guest = { 0 };

  g_mkdir (docs, 0755), g_mkdir (fixed, 0755);
  write_file (docs, "from host", "hello, guest");
  write_file (fixed, "from host", "look, do not touch");
  g_assert_true (g_file_set_contents_full (tool, "#!/bin/sh\nexit 1\n", -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_setenv ("PATH", path, TRUE);
  set_shares (config, docs, fixed);
  set_forward (config, port);
  g_object_set (config, "network", address != NULL ? DIO_NETWORK_PASST : DIO_NETWORK_NONE, NULL);
  start_guest (&guest, fixture, config);
  meet_guest (&guest);
  do_in (&guest, "\"cmd\":\"load\",\"what\":\"9p\"");
  use_shares (&guest, "9p", docs, fixed);
  if (address != NULL)
    {
      do_in (&guest, "\"cmd\":\"load\",\"what\":\"network\"");
      do_in (&guest, "\"cmd\":\"network\",\"address\":\"%s\"", address);
      use_forwards (&guest, port);
    }
  else
    g_test_message ("passt was not tried: this computer has no network");
  stop_guest (&guest);
  g_setenv ("PATH", before, TRUE);
}

/* Three that see each other, and go on doing so when one of them goes. */
static void
test_isolated (Fixture *fixture, gconstpointer data)
{
  Guest guests[3] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (guests); i++)
    {
      g_autoptr (DioMachineConfig) config = guest_config ("Isolated");

      g_object_set (config, "network", DIO_NETWORK_ISOLATED, "network-name", "lab", "cpus", 1, NULL);
      start_guest (&guests[i], fixture, config);
    }
  for (guint i = 0; i < G_N_ELEMENTS (guests); i++)
    {
      meet_guest (&guests[i]);
      do_in (&guests[i], "\"cmd\":\"load\",\"what\":\"network\"");
      do_in (&guests[i], "\"cmd\":\"network\",\"address\":\"10.1.2.%u\"", i + 1);
      do_in (&guests[i], "\"cmd\":\"serve\",\"text\":\"I am %u\"", i + 1);
    }
  assert_text (tell (&guests[0], "\"cmd\":\"connect\",\"address\":\"10.1.2.2\""), "I am 2");
  assert_text (tell (&guests[1], "\"cmd\":\"connect\",\"address\":\"10.1.2.3\""), "I am 3");
  stop_guest (&guests[0]);
  assert_text (tell (&guests[2], "\"cmd\":\"connect\",\"address\":\"10.1.2.2\""), "I am 2");
  stop_guest (&guests[1]);
  stop_guest (&guests[2]);
}

/* --- sound --- */

#define RATE 48000
#define WINDOW (RATE / 4)
#define WAV_HEADER 44
#define TONE_S 60

/* A PipeWire with an ear: what is played into it can be listened to, and is what a microphone hears. */
static const char pipewire_config[] =
    "context.objects = [\n"
    "  { factory = adapter args = { factory.name = support.null-audio-sink node.name = ear media.class = Audio/Sink\n"
    "      audio.position = [ FL FR ] object.linger = true } } ]\n"
    "context.modules = [ { name = libpipewire-module-protocol-pulse args = { server.address = [ \"unix:native\" ] } } "
    "]\n";

/* Runs in the child between fork and exec. */
static void
go_with_us (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
start_daemon (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  GSubprocess *daemon;

  g_subprocess_launcher_set_child_setup (launcher, go_with_us, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "PIPEWIRE_REMOTE", "pipewire-0", TRUE);
  daemon = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  return daemon;
}

static void
end_daemon (GSubprocess **daemon)
{
  g_subprocess_send_signal (*daemon, SIGINT);
  g_assert_true (g_subprocess_wait (*daemon, NULL, NULL));
  g_clear_object (daemon);
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_for_file (const char *name)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), name, NULL);
  guint tick_id = g_timeout_add (20, on_tick, NULL);

  wait_for (g_file_test (path, G_FILE_TEST_EXISTS));
  g_source_remove (tick_id);
}

/* How much of the best quarter of a second in a WAV file is a sine of FREQUENCY: 0 to 1. */
static double
find_tone (const char *path, int frequency)
{
  g_autofree char *bytes = NULL;
  const gint16 *samples;
  gsize length;
  double best = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  samples = (const gint16 *) (gpointer) (bytes + WAV_HEADER);
  for (gsize start = 0; WAV_HEADER + (start + WINDOW) * 2 <= length; start += WINDOW / 4)
    {
      double real = 0, imaginary = 0, power = 0;

      for (gsize i = 0; i < WINDOW; i++)
        {
          double sample = samples[start + i] / 32768.0;

          real += sample * cos (2 * G_PI * frequency * i / RATE);
          imaginary += sample * sin (2 * G_PI * frequency * i / RATE);
          power += sample * sample;
        }
      if (power / WINDOW > 0.001)
        best = MAX (best, 2 * (real * real + imaginary * imaginary) / WINDOW / power);
    }
  return best;
}

/* A WAV file with a minute of a sine of FREQUENCY. */
static char *
write_tone (Fixture *fixture, int frequency)
{
  const guint n = TONE_S * RATE;
  g_autoptr (GByteArray) file = g_byte_array_new ();
  const struct
  {
    char riff[4];
    guint32 size;
    char wave[8];
    guint32 format_size;
    guint16 format, channels;
    guint32 rate, bytes_a_second;
    guint16 frame, bits;
    char data[4];
    guint32 data_size;
  } header = { "RIFF", 36 + 2 * n, { "WAVEfmt " }, 16, 1, 1, RATE, 2 * RATE, 2, 16, "data", 2 * n };
  g_autofree char *path = g_build_filename (fixture->dir, "tone.wav", NULL);

  g_byte_array_append (file, (const guint8 *) &header, sizeof header);
  for (guint i = 0; i < n; i++)
    {
      gint16 sample = (gint16) (16000 * sin (2 * G_PI * frequency * i / RATE));

      g_byte_array_append (file, (const guint8 *) &sample, sizeof sample);
    }
  g_assert_true (g_file_set_contents (path, (const char *) file->data, file->len, NULL));
  return g_steal_pointer (&path);
}

static gboolean
has_recorded (const char *path)
{
  GStatBuf status;

  return g_stat (path, &status) == 0 && status.st_size > WAV_HEADER;
}

/* A program that records, and hears silence by now: it needs a moment to be there. */
static GSubprocess *
start_recorder (const char *path)
{
  const char *const argv[] = { "pw-record", "--target", "ear",        "-P", "{ stream.capture.sink=true }",
                               "--rate",    "48000",    "--channels", "1",  "--format",
                               "s16",       path,       NULL };
  GSubprocess *recorder;
  guint tick_id;

  g_unlink (path);
  recorder = start_daemon (argv);
  tick_id = g_timeout_add (20, on_tick, NULL);
  wait_for (has_recorded (path));
  g_source_remove (tick_id);
  return recorder;
}

/* The player, too, needs a moment. */
static void
use_microphone (Fixture *fixture, Guest *guest)
{
  gint64 deadline = g_get_monotonic_time () + TONE_S * G_USEC_PER_SEC;
  g_autofree char *tone = write_tone (fixture, 440);
  g_autoptr (GSubprocess) player = start_daemon ((const char *const[]) { "pw-play", "--target", "ear", tone, NULL });
  double loudness;

  do
    {
      g_autoptr (JsonObject) heard = tell (guest, "\"cmd\":\"record\",\"frequency\":440,\"milliseconds\":2000");

      assert_good (heard);
      loudness = json_object_get_double_member (heard, "loudness");
      g_test_message ("the guest heard our tone, %.3f loud", loudness);
    }
  while (loudness <= 0.01 && g_get_monotonic_time () < deadline);
  g_assert_cmpfloat (loudness, >, 0.01);
  end_daemon (&player);
}

static void
use_sound (Fixture *fixture, gboolean microphone, const char *driver)
{
  g_autofree char *recording = g_build_filename (fixture->dir, "ear.wav", NULL), *line = NULL;
  g_autoptr (DioMachineConfig) config = guest_config ("Sound");
  g_autoptr (GSubprocess) recorder = NULL;
  Guest guest = { 0 };
  double share;

  g_object_set (config, "audio", TRUE, "microphone", microphone, "cpus", 2, NULL);
  start_guest (&guest, fixture, config);
  meet_guest (&guest);
  line = dio_machine_dup_command_line (guest.machine);
  g_assert_nonnull (strstr (line, driver));
  do_in (&guest, "\"cmd\":\"load\",\"what\":\"sound\"");
  recorder = start_recorder (recording);
  do_in (&guest, "\"cmd\":\"play\",\"frequency\":700,\"milliseconds\":1500");
  end_daemon (&recorder);
  share = find_tone (recording, 700);
  g_test_message ("%s: %.3f of what came out of the guest is its tone", driver, share);
  g_assert_cmpfloat (share, >, 0.5);
  g_assert_cmpfloat (find_tone (recording, 440), <, 0.1);

  if (microphone)
    use_microphone (fixture, &guest);
  else
    assert_bad (tell (&guest, "\"cmd\":\"record\""), "No such file");
  stop_guest (&guest);
}

static void
test_sound (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "pipewire", "pipewire.conf.d", NULL);
  g_autoptr (GSubprocess) server = NULL, policy = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  write_file (folder, "test.conf", pipewire_config);
  server = start_daemon ((const char *const[]) { "pipewire", NULL });
  wait_for_file ("pipewire-0");
  wait_for_file ("pulse/native");
  policy = start_daemon ((const char *const[]) { "wireplumber", "--profile", "policy", NULL });

  use_sound (fixture, TRUE, "pipewire,id=audio0");
  g_setenv ("PIPEWIRE_REMOTE", "nowhere", TRUE);
  use_sound (fixture, FALSE, "pa,id=audio0");
  g_unsetenv ("PIPEWIRE_REMOTE");
  end_daemon (&policy);
  end_daemon (&server);
}

/* --- installing --- */

static char *
copy_to (const char *folder, const char *name, const char *path)
{
  g_autofree char *bytes = NULL;
  char *copy = g_build_filename (folder, name, NULL);
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (copy, bytes, size, NULL));
  return copy;
}

/* Linux finds what was put behind its initial RAM disk, also after a reset; and when the guest restarts, as an
 * installer does that is done, the machine goes on without that kernel. */
static void
test_install (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = guest_config ("Install");
  g_autofree char *folder = g_build_filename (fixture->dir, "install", NULL);
  g_autofree char *kernel = NULL, *initrd = NULL, *command_line = NULL;
  g_autoptr (GBytes) answers = g_bytes_new_static ("d-i passwd/username anna", 24);
  g_autoptr (GError) error = NULL;
  Guest guest = { 0 };

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  kernel = copy_to (folder, "kernel", dio_machine_config_get_kernel (config));
  initrd = copy_to (folder, "initrd", dio_machine_config_get_initrd (config));
  dio_initrd_append (initrd, "preseed.cfg", answers, &error);
  g_assert_no_error (error);
  g_object_set (config, "kernel", kernel, "initrd", initrd, "install-folder", folder, NULL);

  start_guest (&guest, fixture, config);
  wait_for_state (guest.machine, DIO_MACHINE_RUNNING);
  dio_machine_reset_async (guest.machine, NULL, NULL);
  wait_for (fixture->n_ready == 2);
  meet_guest (&guest);
  assert_text (tell (&guest, "\"cmd\":\"read\",\"path\":\"/preseed.cfg\""), "d-i passwd/username anna");
  g_assert_cmpuint (fixture->n_ready, ==, 2);
  do_in (&guest, "\"cmd\":\"reboot\"");
  wait_for (fixture->n_ready == 3);
  wait_for_state (guest.machine, DIO_MACHINE_RUNNING);
  g_assert_null (dio_machine_config_get_install_folder (config));
  g_assert_null (dio_machine_config_get_kernel (config));
  command_line = dio_machine_dup_command_line (guest.machine);
  g_assert_null (strstr (command_line, "-kernel"));
  g_assert_null (strstr (command_line, "reboot=shutdown"));
  stop_guest (&guest);
}

static void
remove_tree (GFile *file)
{
  g_autoptr (GFileEnumerator) children =
      g_file_enumerate_children (file, "standard::name", G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFile *child;

  while (children != NULL && g_file_enumerator_iterate (children, NULL, &child, NULL, NULL) && child != NULL)
    remove_tree (child);
  g_file_delete (file, NULL, NULL);
}

static void
tear_down_tree (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GFile) folder = g_file_new_for_path (fixture->dir);

  remove_tree (folder);
  g_free (fixture->dir);
}

static gboolean
is_own_qemu (void)
{
  const char *engine = g_getenv ("DIORAMA_TEST_ENGINE"), *binary = g_getenv ("DIORAMA_TEST_QEMU");

  return engine == NULL || binary == NULL || g_str_has_prefix (binary, engine);
}

#define GUEST_TEST(name, function) g_test_add ("/machine-guest/" name, Fixture, NULL, set_up, function, tear_down_tree)

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("diorama-XXXXXX", NULL);
  g_autofree char *config = g_build_filename (home, "config", NULL), *state = g_build_filename (home, "state", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (home);
  int status;

  /* Short enough for sockets, which what g_test_init() would make is not. */
  g_setenv ("XDG_RUNTIME_DIR", home, TRUE);
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_unsetenv ("PIPEWIRE_REMOTE");
  g_unsetenv ("PULSE_SERVER");
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("DIORAMA_TEST_GUEST") == NULL)
    {
      g_print ("1..0 # SKIP DIORAMA_TEST_GUEST does not name the test guest\n");
      return 0;
    }
  GUEST_TEST ("one", test_one);
  GUEST_TEST ("other", test_other);
  /* These take half a minute, and a QEMU that we did not build does nothing else in them. */
  if (is_own_qemu ())
    {
      GUEST_TEST ("isolated", test_isolated);
      GUEST_TEST ("sound", test_sound);
      GUEST_TEST ("install", test_install);
    }
  status = g_test_run ();
  remove_tree (folder);
  return status;
}
