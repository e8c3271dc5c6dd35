/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "json.h"

/* The members of one command. The first thing wrong with them is kept in ERROR. */
typedef struct
{
  const Json *json;
  const JsonNode *object;
  char error[160];
} Args;

/* Each getter checks the member KEY, if it is there, and gives OTHERWISE if it is not or if it is wrong. */
void args_refuse (Args *args, const char *what, const char *why);
bool args_has (const Args *args, const char *key);
double args_number (Args *args, const char *key, double least, double most, double otherwise);
int args_int (Args *args, const char *key, int least, int most, int otherwise);
bool args_bool (Args *args, const char *key, bool otherwise);
const char *args_string (Args *args, const char *key, const char *otherwise);

/* "#rrggbb", or "#aarrggbb" where there is transparency. */
uint32_t args_color (Args *args, const char *key, uint32_t otherwise);
