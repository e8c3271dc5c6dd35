/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/graphics-card.h"

#include <unistd.h>

/* The kernel numbers render nodes so (drm_drv.c: 64 of each kind). */
#define FIRST_NODE 128
#define LAST_NODE 191

char *
dio_graphics_card_find (void)
{
  for (int number = FIRST_NODE; number <= LAST_NODE; number++)
    {
      g_autofree char *path = g_strdup_printf ("/dev/dri/renderD%d", number);

      if (access (path, R_OK | W_OK) == 0)
        return g_steal_pointer (&path);
    }
  return NULL;
}

gboolean
dio_graphics_card_shares_memory (void)
{
  return access ("/dev/udmabuf", R_OK | W_OK) == 0;
}
