/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a machine shares with its surroundings: the network, folders. */
#include "config.h"

#include "vm/argv-private.h"

#include <arpa/inet.h>
#include <glib/gi18n-lib.h>

static void
add_forwards (DioArgv *self, GString *options)
{
  GPtrArray *forwards = dio_machine_config_get_forwards (self->config);

  for (guint i = 0; i < forwards->len; i++)
    {
      const DioForward *forward = g_ptr_array_index (forwards, i);
      g_autofree char *rule = dio_forward_dup_rule (forward);

      if (rule == NULL)
        dio_argv_refuse (self, _ ("A forwarded port of this machine is not one that there can be. Correct it in its "
                                  "settings."));
      else
        g_string_append_printf (options, ",hostfwd=%s", rule);
    }
}

/* Without its ROM: starting from the network costs every start some seconds. */
static void
add_card (DioArgv *self)
{
  static const char *const cards[] = {
    [DIO_NETWORK_CARD_VIRTIO] = "virtio-net-pci",
    [DIO_NETWORK_CARD_E1000E] = "e1000e",
    [DIO_NETWORK_CARD_RTL8139] = "rtl8139",
  };
  g_autofree char *mac = dio_machine_config_dup_mac (self->config);

  dio_argv_add_device (self, cards[dio_machine_config_get_network_card (self->config)],
                       "id=nic0,netdev=net0,mac=%s,romfile=", mac);
}

void
dio_argv_add_network (DioArgv *self)
{
  g_autoptr (GString) options = g_string_new ("user,id=net0");

  switch (dio_machine_config_get_network (self->config))
    {
    case DIO_NETWORK_NONE:
      return;
    case DIO_NETWORK_PASST:
      /* QEMU listens, so that another passt can take the place of one that has ended. */
      dio_argv_add (self, "-netdev", "stream,id=net0,server=on,addr.type=fd,addr.str=%d", self->paths->network_fd);
      break;
    case DIO_NETWORK_ISOLATED:
      dio_argv_add (self, "-netdev", "dgram,id=net0,local.type=fd,local.str=%d", self->paths->network_fd);
      break;
    case DIO_NETWORK_NAT:
    default:
      dio_argv_require_option (self, "slirp");
      add_forwards (self, options);
      dio_argv_add (self, "-netdev", "%s", options->str);
    }
  add_card (self);
}

/* --- shared folders --- */

/* By QEMU itself, with the rights of the user: files belong to the user whoever makes them in the guest, and their
 * permissions are the host's. */
static void
add_9p (DioArgv *self, const DioShare *share, guint i)
{
  g_autofree char *path = dio_argv_escape (share->path);

  dio_argv_add (self, "-fsdev", "local,id=share%u,path=%s,security_model=none,multidevs=remap%s", i, path,
                share->read_only ? ",readonly=on" : "");
  dio_argv_add_device (self, "virtio-9p-pci", "id=share%u-device,fsdev=share%u,mount_tag=%s", i, i, share->tag);
}

void
dio_argv_add_shares (DioArgv *self)
{
  GPtrArray *shares = dio_machine_config_get_shares (self->config);

  for (guint i = 0; i < shares->len; i++)
    {
      const DioShare *share = g_ptr_array_index (shares, i);
      int fd = self->paths->share_fds != NULL ? self->paths->share_fds[i] : 0;

      if (fd == DIO_RUN_NO_SHARE)
        continue;
      if (!dio_share_tag_is_valid (share->tag))
        dio_argv_refuse (self,
                         _ ("The shared folder “%s” needs a name of at most 31 letters (A to Z), digits, “-” and “_”. "
                            "Correct it in the machine's settings."),
                         share->path);
      else if (fd == 0)
        add_9p (self, share, i);
      else
        {
          dio_argv_add (self, "-chardev", "socket,id=share%u,fd=%d", i, fd);
          dio_argv_add_device (self, "vhost-user-fs-pci", "id=share%u-device,chardev=share%u,tag=%s", i, i, share->tag);
        }
    }
}
