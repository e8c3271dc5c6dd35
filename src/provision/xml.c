/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/xml.h"

#include <string.h>

#define MAX_TEXT 4096

gboolean
dio_xml_is (xmlNode *node, const char *name)
{
  return node->type == XML_ELEMENT_NODE && xmlStrEqual (node->name, (const xmlChar *) name);
}

xmlNode *
dio_xml_find (xmlNode *node, const char *name)
{
  for (xmlNode *child = node != NULL ? node->children : NULL; child != NULL; child = child->next)
    if (dio_xml_is (child, name))
      return child;
  return NULL;
}

/* (transfer full) (nullable) */
static char *
take_text (xmlChar *text)
{
  char *result = NULL;

  if (text != NULL && strlen ((char *) text) <= MAX_TEXT)
    result = g_strstrip (g_strdup ((char *) text));
  xmlFree (text);
  if (result != NULL && *result == '\0')
    g_clear_pointer (&result, g_free);
  return result;
}

char *
dio_xml_dup_text (xmlNode *node, const char *name)
{
  xmlNode *child = dio_xml_find (node, name);

  return child != NULL ? take_text (xmlNodeGetContent (child)) : NULL;
}

char *
dio_xml_dup_attribute (xmlNode *node, const char *name)
{
  for (xmlAttr *attribute = node != NULL ? node->properties : NULL; attribute != NULL; attribute = attribute->next)
    if (xmlStrEqual (attribute->name, (const xmlChar *) name))
      return take_text (xmlNodeListGetString (node->doc, attribute->children, 1));
  return NULL;
}

gboolean
dio_xml_attribute_is (xmlNode *node, const char *name, const char *value)
{
  g_autofree char *text = dio_xml_dup_attribute (node, name);

  return text != NULL && g_ascii_strcasecmp (text, value) == 0;
}

xmlNode *
dio_xml_find_by (xmlNode *node, const char *name, const char *attribute, const char *value)
{
  for (xmlNode *child = node != NULL ? node->children : NULL; child != NULL; child = child->next)
    if (dio_xml_is (child, name) && dio_xml_attribute_is (child, attribute, value))
      return child;
  return NULL;
}
