/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What QEMU's own words mean to the user. Pure functions; OUTPUT is the end of what QEMU wrote, untrusted. */

/* Whether OUTPUT tells of KVM that does not work, rather than of the guest or the configuration. */
gboolean dio_failure_is_kvm (const char *output);

/* The last line that says something, without time and program name; at most 400 bytes. (transfer full) (nullable) */
char *dio_failure_dup_last_line (const char *output);

/* Why a machine did not start: a sentence with what to do, then QEMU's line. EXIT_TEXT: how QEMU ended, (nullable).
 * (transfer full) */
GError *dio_failure_new_start (const char *output, const char *exit_text);

/* Why a machine that ran is gone, in the same form. */
GError *dio_failure_new_crash (const char *output, const char *exit_text);

/* What OUTPUT, QEMU's words, means, as a sentence with a remedy; NULL when that is not known. (transfer full) */
char *dio_failure_dup_sentence (const char *output);

G_END_DECLS
