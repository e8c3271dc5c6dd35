/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define JSON_NODES 512
#define JSON_DEPTH 6

typedef enum
{
  JSON_NULL,
  JSON_BOOL,
  JSON_NUMBER,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT,
} JsonType;

typedef struct
{
  JsonType type;
  const char *key;    /* in an object */
  const char *string; /* of a string; a number as it was written is raw, raw_length */
  const char *raw;
  size_t raw_length;
  double number; /* of a bool: 0 or 1 */
  int first;     /* child, or -1 */
  int next;      /* sibling, or -1 */
} JsonNode;

typedef struct
{
  JsonNode nodes[JSON_NODES];
  int n;
  char *at;
  const char *error;
} Json;

/* Parses one value, of at most JSON_NODES parts nested JSON_DEPTH deep, with nothing after it. LINE is changed in place
 * and must outlive the result. NULL with json->error set when it is not JSON. */
const JsonNode *json_parse (Json *json, char *line);
const JsonNode *json_member (const Json *json, const JsonNode *object, const char *key);
const JsonNode *json_child (const Json *json, int index);

/* Text that grows to a fixed end; what does not fit sets OVERFLOW. */
typedef struct
{
  char data[24576];
  size_t length;
  bool overflow;
} Text;

void text_add (Text *text, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Adds a JSON string with its quotes. Bytes that are not ASCII are taken to be UTF-8. */
void text_add_string (Text *text, const char *string);
