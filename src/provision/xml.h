/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

/* Ways through an XML document that a stranger wrote. Names are compared without their namespaces, which writers get
 * wrong; nodes may be NULL, which have nothing in them; texts of more than 4 KiB count as absent, as do empty ones. */
gboolean dio_xml_is (xmlNode *node, const char *name);
/* The first child called NAME. (transfer none) (nullable) */
xmlNode *dio_xml_find (xmlNode *node, const char *name);
/* The first child called NAME whose ATTRIBUTE is VALUE; ASCII case does not matter. (transfer none) (nullable) */
xmlNode *dio_xml_find_by (xmlNode *node, const char *name, const char *attribute, const char *value);
/* The text of the first child called NAME; of an attribute. (transfer full) (nullable) */
char *dio_xml_dup_text (xmlNode *node, const char *name);
char *dio_xml_dup_attribute (xmlNode *node, const char *name);
gboolean dio_xml_attribute_is (xmlNode *node, const char *name, const char *value);

G_END_DECLS
