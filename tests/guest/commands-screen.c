/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* The commands that change what is on a screen. */

#include "commands.h"
#include "cursor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* "rate", "seconds", "on": how often and how long. */
static bool
get_motion (Args *args, int64_t *ret_interval, int64_t *ret_end)
{
  double rate = args_number (args, "rate", 0.1, 1000, 30), seconds = args_number (args, "seconds", 0, 86400, 0);
  bool on = args_bool (args, "on", true);

  *ret_interval = on ? (int64_t) (1e6 / rate) : 0;
  *ret_end = seconds > 0 ? guest_now () + (int64_t) (seconds * 1e6) : 0;
  return on;
}

/* The scene of an output, about to show something else from a clean start. */
static Scene *
change_scene (Guest *guest, int output, SceneKind kind)
{
  Scene *scene = &guest->scenes[output];

  scene->kind = kind;
  scene->interval = scene->end = 0;
  scene->count = 0;
  scene->next = guest_now ();
  return scene;
}

static void
show (Guest *guest, int output)
{
  scene_show (&guest->scenes[output], &guest->kms, &guest->kms.outputs[output]);
}

/* Stops what moves and tells how often it did. */
static void
stop_motion (Guest *guest, int output)
{
  guest->scenes[output].interval = 0;
}

void
command_mode (Guest *guest, Args *args, int number)
{
  Output *output = &guest->kms.outputs[number];
  int width = args_int (args, "width", MIN_SIDE, MAX_SIDE, 0),
      height = args_int (args, "height", MIN_SIDE, MAX_SIDE, 0);
  struct drm_mode_modeinfo mode;

  if (width == 0 || height == 0)
    args_refuse (args, "mode", "needs width and height");
  if (args->error[0] != '\0')
    return;
  mode = kms_mode_for (output, width, height);
  if (!guest_set_mode (guest, number, &mode, output->n_buffers > 0 ? output->n_buffers : 1))
    {
      args_refuse (args, "the device refused the mode", strerror (errno));
      return;
    }
  output->follow = false;
  text_add (&guest->text, ",\"width\":%d,\"height\":%d,\"refresh\":%u", width, height, mode.vrefresh);
}

void
command_follow (Guest *guest, Args *args, int output)
{
  bool on = args_bool (args, "on", true);

  if (args->error[0] != '\0')
    return;
  guest->kms.outputs[output].follow = on;
  kms_probe (&guest->kms);
  guest_follow (guest);
}

void
command_format (Guest *guest, Args *args, int number)
{
  Output *output = &guest->kms.outputs[number];
  const char *name = args_string (args, "fourcc", "");
  uint32_t before = output->format;
  struct drm_mode_modeinfo mode = output->mode;

  if (strlen (name) != 4)
    args_refuse (args, "fourcc", "must be four characters");
  if (args->error[0] != '\0')
    return;
  output->format = (uint32_t) name[0] | (uint32_t) name[1] << 8 | (uint32_t) name[2] << 16 | (uint32_t) name[3] << 24;
  for (int i = 0; i < guest->kms.n_formats; i++)
    if (guest->kms.formats[i] == output->format &&
        guest_set_mode (guest, number, &mode, output->n_buffers > 0 ? output->n_buffers : 1))
      return;
  output->format = before;
  args_refuse (args, name, "the device does not show this format");
}

void
command_flip (Guest *guest, Args *args, int number)
{
  Output *output = &guest->kms.outputs[number];
  int buffers = args_int (args, "buffers", 1, MAX_BUFFERS, 2);
  struct drm_mode_modeinfo mode = output->mode;
  int64_t interval, end;
  bool on = get_motion (args, &interval, &end);
  Scene *scene;

  if (args->error[0] != '\0')
    return;
  if (!on)
    {
      stop_motion (guest, number);
      return;
    }
  scene = change_scene (guest, number, SCENE_FRAMES);
  scene->flip = true;
  scene->interval = interval;
  scene->end = end;
  if (buffers != output->n_buffers && !guest_set_mode (guest, number, &mode, buffers))
    args_refuse (args, "buffers", strerror (errno));
}

void
command_card (Guest *guest, Args *args, int output)
{
  const Card *card = &guest->scenes[output].card;
  Rect parts[5];
  static const char *const names[5] = { "hero", "stats", "bars", "grid", "keyboard" };

  (void) args;
  change_scene (guest, output, SCENE_CARD);
  show (guest, output);
  parts[0] = card->hero, parts[1] = card->stats, parts[2] = card->bars, parts[3] = card->grid,
  parts[4] = card->keyboard;
  text_add (&guest->text, ",\"parts\":{");
  for (int i = 0; i < 5; i++)
    text_add (&guest->text, "%s\"%s\":[%d,%d,%d,%d]", i > 0 ? "," : "", names[i], parts[i].x, parts[i].y, parts[i].w,
              parts[i].h);
  text_add (&guest->text, "}");
}

void
command_fill (Guest *guest, Args *args, int number)
{
  Output *output = &guest->kms.outputs[number];
  uint32_t color = args_color (args, "color", 0xff000000) & 0xffffff;
  Canvas canvas = kms_front (output);
  Rect rect = { args_int (args, "x", 0, MAX_SIDE, 0), args_int (args, "y", 0, MAX_SIDE, 0),
                args_int (args, "w", 1, MAX_SIDE, canvas.width), args_int (args, "h", 1, MAX_SIDE, canvas.height) };
  bool part = args_has (args, "x") || args_has (args, "y") || args_has (args, "w") || args_has (args, "h");

  if (args->error[0] != '\0')
    return;
  if (!part)
    {
      change_scene (guest, number, SCENE_FILL)->color = color;
      show (guest, number);
      return;
    }
  /* A part is drawn onto whatever is there, which then stands still. */
  if (guest->scenes[number].kind != SCENE_PATTERN)
    change_scene (guest, number, SCENE_FILL);
  draw_fill (&canvas, rect, color);
  kms_flush (&guest->kms, output, rect);
}

void
command_pattern (Guest *guest, Args *args, int output)
{
  static const char *const names[] = { "grid", "checker", "bars", "gradient", "noise" };
  const char *name = args_string (args, "name", "noise");
  int cell = args_int (args, "cell", 1, MAX_SIDE, 16), seed = args_int (args, "seed", 0, 0x7fffffff, 0), pattern = -1;
  Scene *scene;

  for (int i = 0; i < 5; i++)
    if (strcmp (name, names[i]) == 0)
      pattern = i;
  if (pattern < 0)
    args_refuse (args, "name", "must be grid, checker, bars, gradient or noise");
  if (args->error[0] != '\0')
    return;
  scene = change_scene (guest, output, SCENE_PATTERN);
  scene->pattern = (Pattern) pattern;
  scene->cell = cell;
  scene->seed = (uint32_t) seed;
  show (guest, output);
}

static void
get_spots (Args *args, Scene *scene)
{
  const JsonNode *list = json_member (args->json, args->object, "at"), *spot;

  scene->n_spots = 0;
  spot = list != NULL && list->type == JSON_ARRAY ? json_child (args->json, list->first) : NULL;
  for (; spot != NULL && scene->n_spots < MAX_SPOTS; spot = json_child (args->json, spot->next))
    {
      const JsonNode *x = spot->type == JSON_ARRAY ? json_child (args->json, spot->first) : NULL;
      const JsonNode *y = x != NULL ? json_child (args->json, x->next) : NULL;
      if (y == NULL || x->type != JSON_NUMBER || y->type != JSON_NUMBER || !(x->number >= 0 && x->number < MAX_SIDE) ||
          !(y->number >= 0 && y->number < MAX_SIDE))
        {
          args_refuse (args, "at", "must be a list of [x, y]");
          return;
        }
      scene->spots[scene->n_spots].x = (int) x->number;
      scene->spots[scene->n_spots++].y = (int) y->number;
    }
  if (list != NULL && scene->n_spots == 0)
    args_refuse (args, "at", "must be a list of [x, y]");
}

void
command_rects (Guest *guest, Args *args, int output)
{
  int w = args_int (args, "w", 1, MAX_SIDE, 9), h = args_int (args, "h", 1, MAX_SIDE, 16);
  uint32_t color = args_color (args, "color", 0xff000000) & 0xffffff;
  int64_t interval, end;
  bool on = get_motion (args, &interval, &end);
  Scene *scene = &guest->scenes[output];

  if (on)
    get_spots (args, scene);
  if (args->error[0] != '\0')
    return;
  if (!on)
    {
      stop_motion (guest, output);
      return;
    }
  scene = change_scene (guest, output, SCENE_RECTS);
  scene->w = w;
  scene->h = h;
  scene->color = color;
  scene->interval = interval;
  scene->end = end;
  show (guest, output);
}

void
command_frames (Guest *guest, Args *args, int output)
{
  int64_t interval, end;
  bool on = get_motion (args, &interval, &end);
  Scene *scene;

  if (args->error[0] != '\0')
    return;
  if (!on)
    {
      stop_motion (guest, output);
      return;
    }
  scene = change_scene (guest, output, SCENE_FRAMES);
  scene->flip = false;
  scene->interval = interval;
  scene->end = end;
}

void
command_scroll (Guest *guest, Args *args, int output)
{
  const char *line = args_string (args, "text", "The quick brown fox jumps over the lazy dog. 0123456789");
  int64_t interval, end;
  bool on = get_motion (args, &interval, &end);
  Scene *scene;

  if (args->error[0] != '\0')
    return;
  if (!on)
    {
      stop_motion (guest, output);
      return;
    }
  scene = change_scene (guest, output, SCENE_SCROLL);
  scene->color = 0x10142a;
  scene->interval = interval;
  scene->end = end;
  snprintf (scene->text, sizeof scene->text, "%s", line);
  show (guest, output);
}

void
command_cursor (Guest *guest, Args *args, int output)
{
  uint32_t image[CURSOR_SIZE * CURSOR_SIZE];
  int width = args_int (args, "width", 1, CURSOR_SIZE, 24), height = args_int (args, "height", 1, CURSOR_SIZE, 24);
  int hot_x = args_int (args, "hot_x", 0, width - 1, 0), hot_y = args_int (args, "hot_y", 0, height - 1, 0);
  int x = args_int (args, "x", -CURSOR_SIZE, MAX_SIDE, 0), y = args_int (args, "y", -CURSOR_SIZE, MAX_SIDE, 0);
  uint32_t color = args_color (args, "color", 0xffffffff);
  const char *pattern = args_string (args, "pattern", "solid");
  bool visible = args_bool (args, "visible", true), moves = args_has (args, "x") || args_has (args, "y"), done = true;

  if (strcmp (pattern, "solid") != 0 && strcmp (pattern, "checker") != 0 && strcmp (pattern, "arrow") != 0)
    args_refuse (args, "pattern", "must be solid, checker or arrow");
  if (args->error[0] != '\0')
    return;
  cursor_draw (image, pattern, width, height, color);
  /* A bare move leaves the image alone. */
  if (!moves || args_has (args, "width") || args_has (args, "pattern") || args_has (args, "color") || !visible)
    done = kms_set_cursor (&guest->kms, &guest->kms.outputs[output], visible ? image : NULL, hot_x, hot_y);
  if (done && moves)
    done = kms_move_cursor (&guest->kms, &guest->kms.outputs[output], x, y);
  if (!done)
    args_refuse (args, "the device has no such cursor", strerror (errno));
}
