/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_value (Json *json, int depth);

static int
fail (Json *json, const char *error)
{
  if (json->error == NULL)
    json->error = error;
  return -1;
}

static void
skip_space (Json *json)
{
  while (*json->at == ' ' || *json->at == '\t' || *json->at == '\r' || *json->at == '\n')
    json->at++;
}

static int
new_node (Json *json, JsonType type)
{
  if (json->n == JSON_NODES)
    return fail (json, "too many values");
  json->nodes[json->n] = (JsonNode) { .type = type, .raw = json->at, .first = -1, .next = -1 };
  return json->n++;
}

static int
hex_digits (const char *at)
{
  int value = 0;

  for (int i = 0; i < 4; i++)
    {
      char c = at[i];
      int digit = c >= '0' && c <= '9'   ? c - '0'
                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                         : -1;
      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }
  return value;
}

/* Writes a character of the basic plane as UTF-8; six characters of JSON always have room for its three bytes. */
static char *
put_character (char *out, int c)
{
  if (c < 0x80)
    *out++ = (char) c;
  else if (c < 0x800)
    {
      *out++ = (char) (0xc0 | c >> 6);
      *out++ = (char) (0x80 | (c & 0x3f));
    }
  else
    {
      *out++ = (char) (0xe0 | c >> 12);
      *out++ = (char) (0x80 | (c >> 6 & 0x3f));
      *out++ = (char) (0x80 | (c & 0x3f));
    }
  return out;
}

/* Decodes a string in place; json->at is on its opening quote. */
static const char *
parse_text (Json *json)
{
  static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
  char *out = json->at + 1, *in = out;
  const char *start = out;

  for (; *in != '"'; in++)
    {
      const char *escape;
      if ((unsigned char) *in < ' ')
        return fail (json, "a string does not end"), NULL;
      if (*in != '\\')
        {
          *out++ = *in;
          continue;
        }
      in++;
      if (*in == 'u')
        {
          int c = hex_digits (in + 1);
          if (c <= 0)
            return fail (json, "bad \\u escape"), NULL;
          out = put_character (out, c);
          in += 4;
          continue;
        }
      escape = NULL;
      for (const char *e = escapes; *e != '\0' && escape == NULL; e += 2)
        if (*e == *in)
          escape = e + 1;
      if (escape == NULL)
        return fail (json, "bad escape"), NULL;
      *out++ = *escape;
    }
  json->at = in + 1;
  *out = '\0';
  return start;
}

static int
parse_list (Json *json, int depth, JsonType type)
{
  int node = new_node (json, type), last = -1;
  char end = type == JSON_OBJECT ? '}' : ']';

  if (node < 0 || depth == JSON_DEPTH)
    return fail (json, "nested too deep");
  json->at++;
  skip_space (json);
  if (*json->at == end)
    return json->at++, node;
  for (;;)
    {
      const char *key = NULL;
      int child;
      skip_space (json);
      if (type == JSON_OBJECT)
        {
          if (*json->at != '"' || (key = parse_text (json)) == NULL)
            return fail (json, "a member has no name");
          skip_space (json);
          if (*json->at++ != ':')
            return fail (json, "a colon is missing");
        }
      child = parse_value (json, depth + 1);
      if (child < 0)
        return -1;
      json->nodes[child].key = key;
      *(last < 0 ? &json->nodes[node].first : &json->nodes[last].next) = child;
      last = child;
      skip_space (json);
      if (*json->at == end)
        return json->at++, node;
      if (*json->at++ != ',')
        return fail (json, "a comma or the end is missing");
    }
}

static int
parse_word (Json *json, const char *word, JsonType type, double number)
{
  int node = new_node (json, type);

  if (node < 0 || strncmp (json->at, word, strlen (word)) != 0)
    return fail (json, "unknown word");
  json->at += strlen (word);
  json->nodes[node].number = number;
  return node;
}

static int
parse_number (Json *json)
{
  int node = new_node (json, JSON_NUMBER);
  size_t length = strspn (json->at, "+-.0123456789eE");
  char *end;

  if (node < 0 || length == 0 || length > 32)
    return fail (json, "not a value");
  json->nodes[node].number = strtod (json->at, &end);
  if (end != json->at + length)
    return fail (json, "not a number");
  json->nodes[node].raw_length = length;
  json->at = end;
  return node;
}

static int
parse_value (Json *json, int depth)
{
  int node;

  skip_space (json);
  switch (*json->at)
    {
    case '{':
      return parse_list (json, depth, JSON_OBJECT);
    case '[':
      return parse_list (json, depth, JSON_ARRAY);
    case 't':
      return parse_word (json, "true", JSON_BOOL, 1);
    case 'f':
      return parse_word (json, "false", JSON_BOOL, 0);
    case 'n':
      return parse_word (json, "null", JSON_NULL, 0);
    case '"':
      node = new_node (json, JSON_STRING);
      if (node < 0 || (json->nodes[node].string = parse_text (json)) == NULL)
        return -1;
      return node;
    default:
      return parse_number (json);
    }
}

const JsonNode *
json_parse (Json *json, char *line)
{
  int root;

  json->n = 0;
  json->at = line;
  json->error = NULL;
  root = parse_value (json, 0);
  if (root < 0)
    return NULL; /* and json->at may be past the end */
  skip_space (json);
  if (*json->at != '\0')
    return fail (json, "something follows the value"), NULL;
  return &json->nodes[root];
}

const JsonNode *
json_child (const Json *json, int index)
{
  return index >= 0 ? &json->nodes[index] : NULL;
}

const JsonNode *
json_member (const Json *json, const JsonNode *object, const char *key)
{
  for (const JsonNode *node = json_child (json, object->first); node != NULL; node = json_child (json, node->next))
    if (node->key != NULL && strcmp (node->key, key) == 0)
      return node;
  return NULL;
}

void
text_add (Text *text, const char *format, ...)
{
  size_t left = sizeof text->data - text->length;
  va_list arguments;
  int length;

  va_start (arguments, format);
  length = vsnprintf (text->data + text->length, left, format, arguments);
  va_end (arguments);
  if (length < 0 || (size_t) length >= left)
    text->overflow = true;
  else
    text->length += (size_t) length;
}

static void
add_byte (Text *text, char byte)
{
  if (text->length + 1 < sizeof text->data)
    text->data[text->length++] = byte;
  else
    text->overflow = true;
}

void
text_add_string (Text *text, const char *string)
{
  add_byte (text, '"');
  for (; *string != '\0'; string++)
    if (*string == '"' || *string == '\\')
      text_add (text, "\\%c", *string);
    else if ((unsigned char) *string < ' ' || *string == 127)
      text_add (text, "\\u%04x", (unsigned) *string);
    else
      add_byte (text, *string);
  add_byte (text, '"');
}
