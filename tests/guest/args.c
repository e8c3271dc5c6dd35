/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "args.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
args_refuse (Args *args, const char *what, const char *why)
{
  if (args->error[0] == '\0')
    snprintf (args->error, sizeof args->error, "%s: %s", what, why);
}

bool
args_has (const Args *args, const char *key)
{
  return json_member (args->json, args->object, key) != NULL;
}

double
args_number (Args *args, const char *key, double least, double most, double otherwise)
{
  const JsonNode *node = json_member (args->json, args->object, key);
  char why[64];

  if (node == NULL)
    return otherwise;
  snprintf (why, sizeof why, "must be a number from %.0f to %.0f", least, most);
  if (node->type == JSON_NUMBER && node->number >= least && node->number <= most)
    return node->number;
  args_refuse (args, key, why);
  return otherwise;
}

int
args_int (Args *args, const char *key, int least, int most, int otherwise)
{
  double number = args_number (args, key, least, most, otherwise);

  if (number != floor (number))
    args_refuse (args, key, "must be a whole number");
  return (int) number;
}

bool
args_bool (Args *args, const char *key, bool otherwise)
{
  const JsonNode *node = json_member (args->json, args->object, key);

  if (node != NULL && node->type != JSON_BOOL)
    args_refuse (args, key, "must be true or false");
  return node != NULL && node->type == JSON_BOOL ? node->number != 0 : otherwise;
}

const char *
args_string (Args *args, const char *key, const char *otherwise)
{
  const JsonNode *node = json_member (args->json, args->object, key);

  if (node != NULL && node->type != JSON_STRING)
    args_refuse (args, key, "must be a string");
  return node != NULL && node->type == JSON_STRING ? node->string : otherwise;
}

uint32_t
args_color (Args *args, const char *key, uint32_t otherwise)
{
  const char *text = args_string (args, key, NULL);
  size_t length = text != NULL ? strlen (text) : 0;
  char *end;
  unsigned long color;

  if (text == NULL)
    return otherwise;
  color = strtoul (text + 1, &end, 16);
  if (text[0] != '#' || (length != 7 && length != 9) || *end != '\0' ||
      strspn (text + 1, "0123456789abcdefABCDEF") != length - 1)
    {
      args_refuse (args, key, "must be \"#rrggbb\" or \"#aarrggbb\"");
      return otherwise;
    }
  return length == 7 ? (uint32_t) color | 0xff000000u : (uint32_t) color;
}
