/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#define _GNU_SOURCE
#include "sound.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <sound/asound.h>

#define RATE 48000
#define CHANNELS 2
#define CHUNK 1024 /* frames */
#define MAX_CONTROLS 64

/* --- mixer --- */

static void
turn_up (int fd, const struct snd_ctl_elem_id *id)
{
  struct snd_ctl_elem_info info = { .id = *id };
  struct snd_ctl_elem_value value = { .id = *id };

  if (ioctl (fd, SNDRV_CTL_IOCTL_ELEM_INFO, &info) < 0 || !(info.access & SNDRV_CTL_ELEM_ACCESS_WRITE))
    return;
  for (unsigned int i = 0; i < info.count && i < 128; i++)
    if (info.type == SNDRV_CTL_ELEM_TYPE_BOOLEAN)
      value.value.integer.value[i] = 1;
    else if (info.type == SNDRV_CTL_ELEM_TYPE_INTEGER)
      value.value.integer.value[i] = info.value.integer.max;
    else
      return;
  ioctl (fd, SNDRV_CTL_IOCTL_ELEM_WRITE, &value);
}

bool
sound_unmute (void)
{
  struct snd_ctl_elem_id ids[MAX_CONTROLS] = { 0 };
  struct snd_ctl_elem_list list = { .space = MAX_CONTROLS, .pids = ids };
  int fd = -1;
  bool good;

  /* The card's codecs are looked for after its driver has been loaded. */
  for (int i = 0; i < 500 && (fd = open ("/dev/snd/controlC0", O_RDWR | O_CLOEXEC)) < 0 && errno == ENOENT; i++)
    usleep (10000);
  good = fd >= 0 && ioctl (fd, SNDRV_CTL_IOCTL_ELEM_LIST, &list) >= 0;

  for (unsigned int i = 0; good && i < list.used; i++)
    turn_up (fd, &ids[i]);
  if (fd >= 0)
    close (fd);
  return good;
}

/* --- streams --- */

static void
set_interval (struct snd_pcm_hw_params *params, int which, unsigned int value)
{
  struct snd_interval *interval = &params->intervals[which - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL];

  interval->min = interval->max = value;
  interval->integer = 1;
}

static void
set_mask (struct snd_pcm_hw_params *params, int which, unsigned int bit)
{
  struct snd_mask *mask = &params->masks[which - SNDRV_PCM_HW_PARAM_FIRST_MASK];

  memset (mask, 0, sizeof *mask);
  mask->bits[bit / 32] = 1u << bit % 32;
}

static int
open_stream (const char *path)
{
  struct snd_pcm_hw_params params = { .rmask = ~0u, .info = ~0u };
  int fd = open (path, O_RDWR | O_CLOEXEC);

  memset (params.masks, 0xff, sizeof params.masks);
  for (size_t i = 0; i < sizeof params.intervals / sizeof *params.intervals; i++)
    params.intervals[i].max = ~0u;
  set_mask (&params, SNDRV_PCM_HW_PARAM_ACCESS, SNDRV_PCM_ACCESS_RW_INTERLEAVED);
  set_mask (&params, SNDRV_PCM_HW_PARAM_FORMAT, SNDRV_PCM_FORMAT_S16_LE);
  set_mask (&params, SNDRV_PCM_HW_PARAM_SUBFORMAT, SNDRV_PCM_SUBFORMAT_STD);
  set_interval (&params, SNDRV_PCM_HW_PARAM_CHANNELS, CHANNELS);
  set_interval (&params, SNDRV_PCM_HW_PARAM_RATE, RATE);
  set_interval (&params, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, CHUNK);
  set_interval (&params, SNDRV_PCM_HW_PARAM_PERIODS, 8);
  if (fd >= 0 && (ioctl (fd, SNDRV_PCM_IOCTL_HW_PARAMS, &params) < 0 || ioctl (fd, SNDRV_PCM_IOCTL_PREPARE) < 0))
    {
      int error = errno;
      close (fd);
      errno = error;
      return -1;
    }
  return fd;
}

/* One chunk, again after the card was too fast or too slow for us. */
static bool
transfer (int fd, unsigned long request, int16_t *samples)
{
  for (int i = 0; i < 50; i++)
    {
      struct snd_xferi chunk = { .buf = samples, .frames = CHUNK };

      if (ioctl (fd, request, &chunk) >= 0)
        return true;
      if (errno != EPIPE || ioctl (fd, SNDRV_PCM_IOCTL_PREPARE) < 0)
        return false;
    }
  return false;
}

bool
sound_play (int frequency, int milliseconds)
{
  int fd = open_stream ("/dev/snd/pcmC0D0p");
  int n = (int) ((int64_t) milliseconds * RATE / 1000 / CHUNK), phase = 0;
  int16_t samples[CHUNK * CHANNELS];
  bool good = fd >= 0;

  for (int i = 0; good && i < n; i++)
    {
      for (int j = 0; j < CHUNK; j++, phase++)
        for (int channel = 0; channel < CHANNELS; channel++)
          samples[j * CHANNELS + channel] = (int16_t) (16000 * sin (2 * M_PI * frequency * phase / RATE));
      good = transfer (fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, samples);
    }
  if (good)
    ioctl (fd, SNDRV_PCM_IOCTL_DRAIN);
  if (fd >= 0)
    close (fd);
  return good;
}

bool
sound_record (int frequency, int milliseconds, double *share, double *loudness)
{
  int fd = open_stream ("/dev/snd/pcmC0D0c");
  int n = (int) ((int64_t) milliseconds * RATE / 1000 / CHUNK), count = 0;
  double real = 0, imaginary = 0, power = 0;
  int16_t samples[CHUNK * CHANNELS];
  bool good = fd >= 0;

  for (int i = 0; good && i < n; i++)
    {
      good = transfer (fd, SNDRV_PCM_IOCTL_READI_FRAMES, samples);
      for (int j = 0; good && j < CHUNK; j++, count++)
        {
          double sample = samples[j * CHANNELS] / 32768.0;

          real += sample * cos (2 * M_PI * frequency * count / RATE);
          imaginary += sample * sin (2 * M_PI * frequency * count / RATE);
          power += sample * sample;
        }
    }
  if (fd >= 0)
    close (fd);
  if (!good || count == 0)
    return false;
  *loudness = 2 * sqrt (real * real + imaginary * imaginary) / count;
  *share = power > 0 ? *loudness * *loudness / 2 / (power / count) : 0;
  return true;
}
