/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* Commands about what a machine has beside its screen: files and shared folders, network, sound. */

#define _GNU_SOURCE
#include "commands.h"
#include "init.h"
#include "sound.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_TEXT 1024

void
command_load (Guest *guest, Args *args, int output)
{
  const char *what = args_string (args, "what", "");

  (void) output;
  init_load_asked (what);
  text_add (&guest->text, ",\"time\":%.3f", guest_now () / 1e6);
}

/* --- files --- */

void
command_mount (Guest *guest, Args *args, int output)
{
  const char *type = args_string (args, "type", "virtiofs"), *source = args_string (args, "source", "");
  const char *path = args_string (args, "path", "/mnt");

  (void) guest, (void) output;
  if (args->error[0] != '\0')
    return;
  mkdir (path, 0755);
  if (mount (source, path, type, 0, strcmp (type, "9p") == 0 ? "trans=virtio,version=9p2000.L" : NULL) < 0)
    args_refuse (args, source, strerror (errno));
}

/* What PATH says, as text, and whose it is. */
void
command_read (Guest *guest, Args *args, int output)
{
  const char *path = args_string (args, "path", "");
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  char text[MAX_TEXT + 1];
  ssize_t length = fd >= 0 ? read (fd, text, MAX_TEXT) : -1;
  struct stat info;

  (void) output;
  if (length < 0 || fstat (fd, &info) < 0)
    args_refuse (args, path, strerror (errno));
  else
    {
      text[length] = '\0';
      text_add (&guest->text, ",\"uid\":%u,\"mode\":%u,\"text\":", info.st_uid, info.st_mode & 07777);
      text_add_string (&guest->text, text);
    }
  if (fd >= 0)
    close (fd);
}

/* Writes a file as user "uid". */
void
command_write (Guest *guest, Args *args, int output)
{
  const char *path = args_string (args, "path", ""), *text = args_string (args, "text", "");
  int uid = args_int (args, "uid", 0, 65534, 0), fd;

  (void) guest, (void) output;
  if (args->error[0] != '\0')
    return;
  if (seteuid (uid) < 0)
    args_refuse (args, "uid", strerror (errno));
  else if ((fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) < 0)
    args_refuse (args, path, strerror (errno));
  else
    {
      if (write (fd, text, strlen (text)) < 0 || fsync (fd) < 0)
        args_refuse (args, path, strerror (errno));
      close (fd);
    }
  if (seteuid (0) < 0)
    args_refuse (args, "uid", strerror (errno));
}

/* --- network --- */

static struct sockaddr_in
get_address (Args *args, const char *key, int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  const char *text = args_string (args, key, "0.0.0.0");

  if (inet_pton (AF_INET, text, &address.sin_addr) != 1)
    args_refuse (args, key, "it is no address");
  return address;
}

static void
set_address (int fd, unsigned long request, const struct sockaddr_in *address, Args *args)
{
  struct ifreq interface = { .ifr_name = "eth0" };

  memcpy (&interface.ifr_addr, address, sizeof *address);
  if (args->error[0] == '\0' && ioctl (fd, request, &interface) < 0)
    args_refuse (args, "eth0", strerror (errno));
}

/* Gives eth0 an address in a network of 256, and a way out. */
void
command_network (Guest *guest, Args *args, int output)
{
  struct sockaddr_in address = get_address (args, "address", 0), gateway = get_address (args, "gateway", 0);
  struct sockaddr_in mask = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (0xffffff00) };
  struct sockaddr_in any = { .sin_family = AF_INET };
  struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };
  struct ifreq interface = { .ifr_name = "eth0" };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  (void) output;
  set_address (fd, SIOCSIFADDR, &address, args);
  set_address (fd, SIOCSIFNETMASK, &mask, args);
  interface.ifr_flags = IFF_UP | IFF_RUNNING;
  if (args->error[0] == '\0' && ioctl (fd, SIOCSIFFLAGS, &interface) < 0)
    args_refuse (args, "eth0", strerror (errno));
  memcpy (&route.rt_gateway, &gateway, sizeof gateway);
  memcpy (&route.rt_dst, &any, sizeof any);
  memcpy (&route.rt_genmask, &any, sizeof any);
  if (args->error[0] == '\0' && gateway.sin_addr.s_addr != 0 && ioctl (fd, SIOCADDRT, &route) < 0 && errno != EEXIST)
    args_refuse (args, "gateway", strerror (errno));
  if (ioctl (fd, SIOCGIFHWADDR, &interface) == 0)
    {
      const unsigned char *mac = (const unsigned char *) interface.ifr_hwaddr.sa_data;

      text_add (&guest->text, ",\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\"", mac[0], mac[1], mac[2], mac[3], mac[4],
                mac[5]);
    }
  close (fd);
}

/* Whoever connects to "port" is told "text": by a process of its own, for as long as the guest runs. */
void
command_serve (Guest *guest, Args *args, int output)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (args_int (args, "port", 1, 65535, 80)) };
  const char *text = args_string (args, "text", "");
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client;

  (void) guest, (void) output;
  if (bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, 8) < 0)
    args_refuse (args, "port", strerror (errno));
  else if (fork () == 0)
    for (;;)
      {
        client = accept (fd, NULL, NULL);
        if (client >= 0 && write (client, text, strlen (text)) >= 0)
          close (client);
      }
  close (fd);
}

/* What is told at "port" of "address", within five seconds. */
void
command_connect (Guest *guest, Args *args, int output)
{
  struct sockaddr_in address = get_address (args, "address", args_int (args, "port", 1, 65535, 80));
  struct timeval limit = { .tv_sec = 5 };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char text[MAX_TEXT + 1];
  ssize_t length = -1;

  (void) output;
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    length = read (fd, text, MAX_TEXT);
  if (length < 0)
    args_refuse (args, "address", strerror (errno));
  else
    {
      text[length] = '\0';
      text_add (&guest->text, ",\"text\":");
      text_add_string (&guest->text, text);
    }
  close (fd);
}

/* --- sound --- */

void
command_play (Guest *guest, Args *args, int output)
{
  int frequency = args_int (args, "frequency", 20, 20000, 440), time = args_int (args, "milliseconds", 1, 10000, 1000);

  (void) guest, (void) output;
  if (args->error[0] == '\0' && (!sound_unmute () || !sound_play (frequency, time)))
    args_refuse (args, "sound", strerror (errno));
}

void
command_record (Guest *guest, Args *args, int output)
{
  int frequency = args_int (args, "frequency", 20, 20000, 440), time = args_int (args, "milliseconds", 1, 10000, 1000);
  double share, loudness;

  (void) output;
  if (args->error[0] != '\0')
    return;
  if (!sound_unmute () || !sound_record (frequency, time, &share, &loudness))
    args_refuse (args, "sound", strerror (errno));
  else
    text_add (&guest->text, ",\"share\":%.4f,\"loudness\":%.4f", share, loudness);
}
