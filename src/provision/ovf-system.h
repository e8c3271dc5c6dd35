/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/ovf.h"

#include <libxml/tree.h>

G_BEGIN_DECLS

/* Which operating system an appliance is for, and which firmware starts it: what the vendors' extensions to OVF tell of
 * SYSTEM (its VirtualSystem) and HARDWARE (nullable), into OVF. What they do not tell stays as it is. */
void dio_ovf_read_system (DioOvf *ovf, xmlNode *system, xmlNode *hardware);

/* What others call the operating system OS (as in DioDefinition, nullable): CIM's number, VMware's name, VirtualBox'
 * name. Never NULL. */
typedef struct
{
  guint cim;
  const char *vmware, *virtualbox;
} DioOvfSystem;
DioOvfSystem dio_ovf_describe_system (const char *os);

G_END_DECLS
