/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* What the control port understands. Each command is one function; README.md tells what they mean. */

#define _GNU_SOURCE
#include "commands.h"
#include "init.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/reboot.h>

#define MAX(a, b) ((a) > (b) ? (a) : (b))

typedef struct
{
  const char *name;
  void (*run) (Guest *guest, Args *args, int output);
} Command;

static void
add_outputs (Guest *guest)
{
  Text *text = &guest->text;

  text_add (text, ",\"connectors\":[");
  for (int i = 0; i < guest->kms.n_outputs; i++)
    {
      const Output *output = &guest->kms.outputs[i];
      text_add (
          text,
          "%s{\"name\":\"%s\",\"connected\":%s,\"follow\":%s,\"width\":%d,\"height\":%d,\"refresh\":%u,\"modes\":[",
          i > 0 ? "," : "", output->name, output->connected ? "true" : "false", output->follow ? "true" : "false",
          output->mode.hdisplay, output->mode.vdisplay, output->mode.vrefresh);
      for (int j = 0; j < output->n_modes; j++)
        text_add (text, "%s[%d,%d,%u]", j > 0 ? "," : "", output->modes[j].hdisplay, output->modes[j].vdisplay,
                  output->modes[j].vrefresh);
      text_add (text, "]}");
    }
  text_add (text, "]");
}

static void
add_fourcc (Text *text, uint32_t format)
{
  text_add (text, "\"%c%c%c%c\"", format & 0xff, format >> 8 & 0xff, format >> 16 & 0xff, format >> 24 & 0xff);
}

static void
run_hello (Guest *guest, Args *args, int output)
{
  Text *text = &guest->text;
  bool first = true;

  (void) args, (void) output;
  text_add (text, ",\"version\":%d,\"driver\":", GUEST_VERSION);
  text_add_string (text, guest->kms.driver);
  add_outputs (guest);
  text_add (text, ",\"formats\":[");
  for (int i = 0; i < guest->kms.n_formats; i++)
    {
      text_add (text, "%s", i > 0 ? "," : "");
      add_fourcc (text, guest->kms.formats[i]);
    }
  text_add (text, "],\"inputs\":[");
  for (int i = 0; i < MAX_DEVICES; i++)
    if (guest->input.devices[i].fd >= 0)
      {
        text_add (text, first ? "" : ",");
        text_add_string (text, guest->input.devices[i].name);
        first = false;
      }
  text_add (text, "]");
}

static void
add_down (Guest *guest)
{
  Text *text = &guest->text;
  bool first = true;

  text_add (text, ",\"down\":[");
  for (int code = 0; code <= KEY_MAX; code++)
    if ((guest->input.down[code / 8] >> (code % 8) & 1) != 0)
      {
        text_add (text, "%s%d", first ? "" : ",", code);
        first = false;
      }
  text_add (text, "],\"touches\":[");
  first = true;
  for (int i = 0; i < MAX_DEVICES; i++)
    for (int slot = 0; slot < MAX_SLOTS && guest->input.devices[i].fd >= 0; slot++)
      if (guest->input.devices[i].slots[slot].down)
        {
          text_add (text, "%s{\"slot\":%d,\"x\":%d,\"y\":%d}", first ? "" : ",", slot,
                    guest->input.devices[i].slots[slot].x, guest->input.devices[i].slots[slot].y);
          first = false;
        }
  text_add (text, "]");
}

static void
run_state (Guest *guest, Args *args, int output)
{
  static const char *const kinds[] = { "card", "fill", "pattern", "rects", "frames", "scroll" };
  const Scene *scene = &guest->scenes[output];
  Text *text = &guest->text;

  (void) args;
  add_outputs (guest);
  add_down (guest);
  text_add (text, ",\"pointer\":[%d,%d],\"pointer_screen\":%d,\"wheel\":[%d,%d],\"typed\":", guest->pointer_x,
            guest->pointer_y, guest->pointer_screen, guest->scenes[0].card.wheel, guest->scenes[0].card.wheel_sideways);
  text_add_string (text, guest->scenes[0].card.typed);
  text_add (text, ",\"scene\":\"%s\",\"count\":%llu,\"flushes\":%llu,\"dropped\":%lu", kinds[scene->kind],
            (unsigned long long) (scene->kind == SCENE_CARD ? scene->card.frames : scene->count),
            (unsigned long long) guest->kms.outputs[output].flushes, guest->control.dropped);
}

static void
run_ping (Guest *guest, Args *args, int output)
{
  (void) args, (void) output;
  text_add (&guest->text, ",\"time\":%.6f", guest_now () / 1e6);
}

static void
run_input (Guest *guest, Args *args, int output)
{
  bool report = args_bool (args, "report", guest->report_input);

  (void) output;
  if (args->error[0] == '\0')
    guest->report_input = report;
}

static void
end_after_answer (Guest *guest, int how)
{
  /* the answer must be out first: nothing else can follow it */
  text_add (&guest->text, "}");
  control_send (&guest->control, &guest->text);
  for (int i = 0; i < 100 && guest->control.queued > 0; i++)
    {
      control_flush (&guest->control);
      usleep (1000);
    }
  init_end (how);
}

static void
run_poweroff (Guest *guest, Args *args, int output)
{
  (void) args, (void) output;
  end_after_answer (guest, RB_POWER_OFF);
}

static void
run_reboot (Guest *guest, Args *args, int output)
{
  (void) args, (void) output;
  end_after_answer (guest, RB_AUTOBOOT);
}

static void
run_panic (Guest *guest, Args *args, int output)
{
  (void) guest, (void) output;
  init_panic ();
  args_refuse (args, "panic", "the kernel did not allow it");
}

static const Command commands[] = {
  { "hello", run_hello },       { "state", run_state },         { "ping", run_ping },
  { "input", run_input },       { "poweroff", run_poweroff },   { "reboot", run_reboot },
  { "panic", run_panic },       { "load", command_load },       { "mount", command_mount },
  { "read", command_read },     { "write", command_write },     { "network", command_network },
  { "serve", command_serve },   { "connect", command_connect }, { "play", command_play },
  { "record", command_record }, { "mode", command_mode },       { "follow", command_follow },
  { "format", command_format }, { "flip", command_flip },       { "card", command_card },
  { "fill", command_fill },     { "pattern", command_pattern }, { "rects", command_rects },
  { "frames", command_frames }, { "scroll", command_scroll },   { "cursor", command_cursor },
};

#define FIRST_SCREEN_COMMAND 16 /* from here on there must be a screen */

/* Which output a command is for: "connector", by number or name. */
static int
get_output (Guest *guest, Args *args, bool needs_screen)
{
  const JsonNode *node = json_member (args->json, args->object, "connector");
  int number = 0;

  if (node != NULL && node->type == JSON_STRING)
    {
      while (number < guest->kms.n_outputs && strcmp (guest->kms.outputs[number].name, node->string) != 0)
        number++;
      if (number == guest->kms.n_outputs)
        args_refuse (args, "connector", "there is none of that name");
    }
  else
    number = args_int (args, "connector", 0, MAX (guest->kms.n_outputs - 1, 0), 0);
  if (args->error[0] == '\0' && needs_screen && guest->kms.outputs[number].n_buffers == 0)
    args_refuse (args, "connector", "nothing is shown there");
  return args->error[0] == '\0' ? number : 0;
}

static void
dispatch (Guest *guest, Args *args)
{
  const char *name = args_string (args, "cmd", NULL);
  int output;

  for (size_t i = 0; name != NULL && i < sizeof commands / sizeof *commands; i++)
    if (strcmp (commands[i].name, name) == 0)
      {
        output = get_output (guest, args, i >= FIRST_SCREEN_COMMAND);
        if (args->error[0] == '\0')
          commands[i].run (guest, args, output);
        return;
      }
  args_refuse (args, name != NULL ? name : "cmd", name != NULL ? "there is no such command" : "is missing");
}

/* {"id":… as it came, or {"id":null. */
static void
begin_answer (Guest *guest, const JsonNode *id)
{
  Text *text = &guest->text;

  text->length = 0;
  text->overflow = false;
  text_add (text, "{\"id\":");
  if (id != NULL && id->type == JSON_NUMBER)
    text_add (text, "%.*s", (int) id->raw_length, id->raw);
  else if (id != NULL && id->type == JSON_STRING && strlen (id->string) <= 64)
    text_add_string (text, id->string);
  else
    text_add (text, "null");
}

void
guest_command (Guest *guest, char *line)
{
  static Json json;
  Args args = { .json = &json };
  const JsonNode *id;

  args.object = json_parse (&json, line);
  if (args.object == NULL || args.object->type != JSON_OBJECT)
    {
      args_refuse (&args, "this is not a JSON object", json.error != NULL ? json.error : "it is another kind of value");
      id = NULL;
    }
  else
    id = json_member (&json, args.object, "id");
  begin_answer (guest, id);
  if (args.error[0] == '\0')
    dispatch (guest, &args);
  if (args.error[0] != '\0')
    {
      begin_answer (guest, id);
      text_add (&guest->text, ",\"error\":");
      text_add_string (&guest->text, args.error);
    }
  text_add (&guest->text, "}");
  control_send (&guest->control, &guest->text);
}

void
guest_send_ready (Guest *guest)
{
  Text *text = &guest->text;
  const struct drm_mode_modeinfo *mode = &guest->kms.outputs[0].mode;

  text->length = 0;
  text->overflow = false;
  text_add (text, "{\"event\":\"ready\",\"version\":%d,\"uptime\":%.3f,\"width\":%d,\"height\":%d", GUEST_VERSION,
            guest_now () / 1e6, mode->hdisplay, mode->vdisplay);
  text_add (text, ",\"reached\":{\"init\":%.3f,\"modules\":%.3f,\"picture\":%.3f}}", guest->reached.init / 1e6,
            guest->reached.modules / 1e6, guest->reached.picture / 1e6);
  control_send (&guest->control, text);
}
