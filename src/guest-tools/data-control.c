/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "guest-tools/data-control.h"

#include "guest-tools/agent.h"

#include <ext-data-control-v1-client-protocol.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spice/vd_agent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-client.h>

/* Among the types of what we offer: what has it is our own, and is not told to the host again. */
#define OURS "application/x-diorama-guest-tools"

/* Best first. */
static const struct
{
  uint32_t kind;
  const char *type;
} types[] = {
  { VD_AGENT_CLIPBOARD_UTF8_TEXT, "text/plain;charset=utf-8" },
  { VD_AGENT_CLIPBOARD_UTF8_TEXT, "text/plain;charset=UTF-8" },
  { VD_AGENT_CLIPBOARD_UTF8_TEXT, "UTF8_STRING" },
  { VD_AGENT_CLIPBOARD_UTF8_TEXT, "text/plain" },
  { VD_AGENT_CLIPBOARD_UTF8_TEXT, "TEXT" },
  { VD_AGENT_CLIPBOARD_UTF8_TEXT, "STRING" },
  { VD_AGENT_CLIPBOARD_IMAGE_PNG, "image/png" },
  { VD_AGENT_CLIPBOARD_IMAGE_BMP, "image/bmp" },
  { VD_AGENT_CLIPBOARD_IMAGE_BMP, "image/x-bmp" },
  { VD_AGENT_CLIPBOARD_IMAGE_BMP, "image/x-MS-bmp" },
  { VD_AGENT_CLIPBOARD_IMAGE_TIFF, "image/tiff" },
  { VD_AGENT_CLIPBOARD_IMAGE_JPG, "image/jpeg" },
};
#define N_TYPES (sizeof types / sizeof *types)

/* What some program has copied. */
typedef struct
{
  struct ext_data_control_offer_v1 *proxy;
  bool has[N_TYPES];
  bool ours;
} Offer;

struct _DioDataControl
{
  struct wl_display *display;
  struct wl_registry *registry;
  struct wl_seat *seat;
  struct ext_data_control_manager_v1 *manager;
  struct ext_data_control_device_v1 *device;
  bool has_primary;
  bool finished;

  Offer *offers[DIO_N_SELECTIONS];
  struct ext_data_control_source_v1 *sources[DIO_N_SELECTIONS];

  const DioDataControlEvents *events;
  void *data;
};

/* --- what others have copied --- */

static void
offer_free (Offer *offer)
{
  if (offer == NULL)
    return;
  ext_data_control_offer_v1_destroy (offer->proxy);
  free (offer);
}

static void
on_offer_type (void *data, struct ext_data_control_offer_v1 *proxy, const char *type)
{
  Offer *offer = data;

  offer->ours |= strcmp (type, OURS) == 0;
  for (size_t i = 0; i < N_TYPES; i++)
    offer->has[i] |= strcmp (type, types[i].type) == 0;
}

static void
on_data_offer (void *data, struct ext_data_control_device_v1 *device, struct ext_data_control_offer_v1 *proxy)
{
  static const struct ext_data_control_offer_v1_listener listener = { on_offer_type };
  Offer *offer = calloc (1, sizeof *offer);

  if (offer == NULL)
    {
      ext_data_control_offer_v1_destroy (proxy);
      return;
    }
  offer->proxy = proxy;
  ext_data_control_offer_v1_add_listener (proxy, &listener, offer);
}

static void
select_offer (DioDataControl *self, unsigned selection, struct ext_data_control_offer_v1 *proxy)
{
  Offer *offer = proxy != NULL ? ext_data_control_offer_v1_get_user_data (proxy) : NULL;

  offer_free (self->offers[selection]);
  self->offers[selection] = offer;
  /* Our own comes back to us like everybody's. */
  if (offer == NULL || !offer->ours)
    self->events->copied (self->data, selection, dio_data_control_get_kinds (self, selection));
}

static void
on_selection (void *data, struct ext_data_control_device_v1 *device, struct ext_data_control_offer_v1 *proxy)
{
  select_offer (data, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, proxy);
}

static void
on_primary_selection (void *data, struct ext_data_control_device_v1 *device, struct ext_data_control_offer_v1 *proxy)
{
  select_offer (data, VD_AGENT_CLIPBOARD_SELECTION_PRIMARY, proxy);
}

static void
on_finished (void *data, struct ext_data_control_device_v1 *device)
{
  DioDataControl *self = data;

  self->finished = true;
}

uint32_t
dio_data_control_get_kinds (DioDataControl *self, unsigned selection)
{
  Offer *offer = self->offers[selection];
  uint32_t kinds = 0;

  for (size_t i = 0; offer != NULL && !offer->ours && i < N_TYPES; i++)
    if (offer->has[i])
      kinds |= 1u << types[i].kind;
  return kinds;
}

int
dio_data_control_receive (DioDataControl *self, unsigned selection, uint32_t kind)
{
  Offer *offer = self->offers[selection];
  int fds[2];

  for (size_t i = 0; offer != NULL && !offer->ours && i < N_TYPES; i++)
    if (types[i].kind == kind && offer->has[i])
      {
        if (pipe2 (fds, O_CLOEXEC) < 0)
          return -1;
        ext_data_control_offer_v1_receive (offer->proxy, types[i].type, fds[1]);
        close (fds[1]);
        /* Ours alone: the other end is a program's that may not expect it. */
        fcntl (fds[0], F_SETFL, O_NONBLOCK);
        return fds[0];
      }
  return -1;
}

/* --- what the host has copied --- */

static unsigned
find_source (DioDataControl *self, struct ext_data_control_source_v1 *source)
{
  unsigned selection = 0;

  while (selection < DIO_N_SELECTIONS && self->sources[selection] != source)
    selection++;
  return selection;
}

static void
on_send (void *data, struct ext_data_control_source_v1 *source, const char *type, int32_t fd)
{
  DioDataControl *self = data;
  unsigned selection = find_source (self, source);

  for (size_t i = 0; selection < DIO_N_SELECTIONS && i < N_TYPES; i++)
    if (strcmp (type, types[i].type) == 0)
      {
        self->events->pastes (self->data, selection, types[i].kind, fd);
        return;
      }
  close (fd);
}

/* Another program has copied something. */
static void
on_cancelled (void *data, struct ext_data_control_source_v1 *source)
{
  DioDataControl *self = data;
  unsigned selection = find_source (self, source);

  if (selection < DIO_N_SELECTIONS)
    self->sources[selection] = NULL;
  ext_data_control_source_v1_destroy (source);
}

static struct ext_data_control_source_v1 *
new_source (DioDataControl *self, uint32_t kinds)
{
  static const struct ext_data_control_source_v1_listener listener = { on_send, on_cancelled };
  struct ext_data_control_source_v1 *source = ext_data_control_manager_v1_create_data_source (self->manager);

  ext_data_control_source_v1_add_listener (source, &listener, self);
  for (size_t i = 0; i < N_TYPES; i++)
    if (kinds & 1u << types[i].kind)
      ext_data_control_source_v1_offer (source, types[i].type);
  ext_data_control_source_v1_offer (source, OURS);
  return source;
}

void
dio_data_control_set (DioDataControl *self, unsigned selection, uint32_t kinds)
{
  struct ext_data_control_source_v1 *old = self->sources[selection], *source = NULL;

  if ((kinds == 0 && old == NULL) || (selection == VD_AGENT_CLIPBOARD_SELECTION_PRIMARY && !self->has_primary))
    return;
  if (kinds != 0)
    source = new_source (self, kinds);
  self->sources[selection] = source;
  /* To take ours back it is enough that it goes; a NULL could take another program's that is on its way. */
  if (source != NULL && selection == VD_AGENT_CLIPBOARD_SELECTION_PRIMARY)
    ext_data_control_device_v1_set_primary_selection (self->device, source);
  else if (source != NULL)
    ext_data_control_device_v1_set_selection (self->device, source);
  if (old != NULL)
    ext_data_control_source_v1_destroy (old);
}

/* --- the connection --- */

/* wlr-data-control-unstable-v1 has the same requests and events in the same order, of which the second version knows
 * the primary selection; only the names differ, and just the manager's is ever said aloud. */
static struct wl_interface wlr_manager;

static void
on_global (void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
  DioDataControl *self = data;

  if (strcmp (interface, wl_seat_interface.name) == 0 && self->seat == NULL)
    self->seat = wl_registry_bind (registry, name, &wl_seat_interface, 1);
  else if (strcmp (interface, ext_data_control_manager_v1_interface.name) == 0)
    {
      if (self->manager != NULL)
        ext_data_control_manager_v1_destroy (self->manager);
      self->manager = wl_registry_bind (registry, name, &ext_data_control_manager_v1_interface, 1);
      self->has_primary = true;
    }
  else if (strcmp (interface, wlr_manager.name) == 0 && self->manager == NULL)
    {
      self->manager = wl_registry_bind (registry, name, &wlr_manager, version < 2 ? version : 2);
      self->has_primary = version >= 2;
    }
}

static void
on_global_remove (void *data, struct wl_registry *registry, uint32_t name)
{
}

static DioDataControlStatus
connect_session (DioDataControl *self)
{
  static const struct wl_registry_listener registry_listener = { on_global, on_global_remove };
  static const struct ext_data_control_device_v1_listener device_listener = { on_data_offer, on_selection, on_finished,
                                                                              on_primary_selection };

  wlr_manager = ext_data_control_manager_v1_interface;
  wlr_manager.name = "zwlr_data_control_manager_v1";
  wlr_manager.version = 2;

  self->display = wl_display_connect (NULL);
  if (self->display == NULL)
    return DIO_DATA_CONTROL_NO_SESSION;
  self->registry = wl_display_get_registry (self->display);
  wl_registry_add_listener (self->registry, &registry_listener, self);
  if (wl_display_roundtrip (self->display) < 0)
    return DIO_DATA_CONTROL_NO_SESSION;
  if (self->manager == NULL || self->seat == NULL)
    return DIO_DATA_CONTROL_NOT_OFFERED;
  self->device = ext_data_control_manager_v1_get_data_device (self->manager, self->seat);
  ext_data_control_device_v1_add_listener (self->device, &device_listener, self);
  return DIO_DATA_CONTROL_OK;
}

DioDataControl *
dio_data_control_new (const DioDataControlEvents *events, void *data, DioDataControlStatus *status)
{
  DioDataControl *self = calloc (1, sizeof *self);

  *status = DIO_DATA_CONTROL_NO_SESSION;
  if (self == NULL)
    return NULL;
  self->events = events;
  self->data = data;
  *status = connect_session (self);
  if (*status == DIO_DATA_CONTROL_OK)
    return self;
  dio_data_control_free (self);
  return NULL;
}

void
dio_data_control_free (DioDataControl *self)
{
  if (self == NULL)
    return;
  for (unsigned i = 0; i < DIO_N_SELECTIONS; i++)
    {
      offer_free (self->offers[i]);
      if (self->sources[i] != NULL)
        ext_data_control_source_v1_destroy (self->sources[i]);
    }
  if (self->device != NULL)
    ext_data_control_device_v1_destroy (self->device);
  if (self->manager != NULL)
    ext_data_control_manager_v1_destroy (self->manager);
  if (self->seat != NULL)
    wl_seat_destroy (self->seat);
  if (self->registry != NULL)
    wl_registry_destroy (self->registry);
  if (self->display != NULL)
    wl_display_disconnect (self->display);
  free (self);
}

int
dio_data_control_get_fd (DioDataControl *self)
{
  return wl_display_get_fd (self->display);
}

short
dio_data_control_prepare (DioDataControl *self)
{
  short events = POLLIN;

  while (wl_display_prepare_read (self->display) != 0)
    if (wl_display_dispatch_pending (self->display) < 0)
      return 0;
  if (wl_display_flush (self->display) < 0)
    {
      if (errno != EAGAIN)
        return 0;
      events |= POLLOUT;
    }
  return self->finished ? 0 : events;
}

bool
dio_data_control_read (DioDataControl *self, short revents)
{
  if ((revents & (POLLIN | POLLHUP | POLLERR)) == 0)
    wl_display_cancel_read (self->display);
  else if (wl_display_read_events (self->display) < 0)
    return false;
  return wl_display_dispatch_pending (self->display) >= 0 && !self->finished;
}
