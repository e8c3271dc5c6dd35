/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/access.h"

#include "base/own-files.h"
#include "config.h"

#define RULE "70-diorama-usb.rules"

gboolean
dio_usb_access_has_rule (void)
{
  /* Where udev looks, the local ones first (udev(7)). */
  static const char *const folders[] = { "/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
                                         "/usr/lib/udev/rules.d", "/lib/udev/rules.d" };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (folders[i], RULE, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return TRUE;
    }
  return FALSE;
}

char *
dio_usb_access_dup_command (void)
{
  g_autofree char *rule = dio_own_file ("data/" RULE, DIO_PKGDATADIR "/" RULE);
  g_autofree char *quoted = g_shell_quote (rule);

  return g_strdup_printf ("sudo install -m 644 %s /etc/udev/rules.d/ && sudo udevadm control --reload && "
                          "sudo udevadm trigger --subsystem-match=usb",
                          quoted);
}
