/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/framebuffer.h"

G_BEGIN_DECLS

/* What one reader of a framebuffer has not seen yet. Guarded by the framebuffer's mutex; the reader keeps it where it
 * is, and takes it out of the framebuffer before it goes. */
typedef struct _DioAccount DioAccount;
struct _DioAccount
{
  cairo_region_t *damage; /* NULL: everything, if there is a picture */
  gboolean told;          /* tell() was called since the last take */
  guint pacing;           /* the number at the pacer, or 0 */
  /* There is something to take, and: not any more. Called with the mutex held, in any thread. */
  void (*tell) (DioAccount *account);
  void (*untell) (DioAccount *account);
};

void dio_framebuffer_add_account (DioFramebuffer *self, DioAccount *account);
void dio_framebuffer_remove_account (DioFramebuffer *self, DioAccount *account);
/* (transfer full) (nullable) */
DioFrame *dio_framebuffer_take (DioFramebuffer *self, DioAccount *account);
void dio_framebuffer_set_pacing (DioFramebuffer *self, DioAccount *account, gboolean pacing);

G_END_DECLS
