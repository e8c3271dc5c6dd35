/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/descriptors.h"

/* usbredirhost's, of interfaces and of endpoints. */
#define MAX_INTERFACES 32
#define N_ENDPOINTS 32
#define INDEX(endpoint) (((endpoint) & 0x80) >> 3 | ((endpoint) & 0x0f))

typedef struct libusb_config_descriptor Configuration;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Configuration, libusb_free_config_descriptor)

/* An endpoint belongs to one interface. usbredirhost trusts in that for isochronous streams to a device, whose buffers
 * are as large as the endpoint's packets were: with one of two interfaces' it is told of larger packets while the
 * buffers stay, and writes behind them what the guest sends. */
static gboolean
check_endpoint (const struct libusb_endpoint_descriptor *endpoint, guint interface, gint8 *owners,
                gboolean *isochronous)
{
  guint i = INDEX (endpoint->bEndpointAddress);

  if ((endpoint->bmAttributes & 3) == LIBUSB_TRANSFER_TYPE_ISOCHRONOUS && !(endpoint->bEndpointAddress & 0x80))
    isochronous[i] = TRUE;
  if (owners[i] >= 0 && owners[i] != (gint8) interface)
    owners[i] = MAX_INTERFACES;
  else
    owners[i] = (gint8) interface;
  return !(isochronous[i] && owners[i] == MAX_INTERFACES);
}

static gboolean
check_configuration (const Configuration *configuration, const char **ret_why)
{
  gint8 owners[N_ENDPOINTS]; /* -1: nobody's, MAX_INTERFACES: several ones' */
  gboolean isochronous[N_ENDPOINTS] = { FALSE };

  for (guint i = 0; i < N_ENDPOINTS; i++)
    owners[i] = -1;
  *ret_why = "too many interfaces";
  if (configuration->bNumInterfaces > MAX_INTERFACES)
    return FALSE;
  for (guint i = 0; i < configuration->bNumInterfaces; i++)
    {
      const struct libusb_interface *interface = &configuration->interface[i];

      *ret_why = "an interface without settings";
      if (interface->num_altsetting < 1)
        return FALSE;
      for (int j = 0; j < interface->num_altsetting; j++)
        {
          const struct libusb_interface_descriptor *setting = &interface->altsetting[j];

          /* libusb leaves the number of endpoints where a descriptor behind the interface's is cut off. */
          *ret_why = "endpoints that are not there";
          if (setting->bNumEndpoints > 0 && !setting->endpoint)
            return FALSE;
          *ret_why = "an isochronous endpoint of two interfaces";
          for (guint k = 0; k < setting->bNumEndpoints; k++)
            if (!check_endpoint (&setting->endpoint[k], i, owners, isochronous))
              return FALSE;
        }
    }
  return TRUE;
}

gboolean
dio_usb_descriptors_are_sound (libusb_device *device, const char **ret_why)
{
  struct libusb_device_descriptor descriptor;

  *ret_why = "no descriptor";
  if (libusb_get_device_descriptor (device, &descriptor) != LIBUSB_SUCCESS)
    return FALSE;
  for (guint8 i = 0; i < descriptor.bNumConfigurations; i++)
    {
      g_autoptr (Configuration) configuration = NULL;

      /* One that cannot be read cannot be used either. */
      if (libusb_get_config_descriptor (device, i, &configuration) == LIBUSB_SUCCESS &&
          !check_configuration (configuration, ret_why))
        return FALSE;
    }
  return TRUE;
}

gboolean
dio_usb_descriptors_have_alternate (libusb_device *device, guint8 interface, guint8 alternate)
{
  g_autoptr (Configuration) configuration = NULL;

  if (libusb_get_active_config_descriptor (device, &configuration) != LIBUSB_SUCCESS)
    return FALSE;
  for (guint i = 0; i < configuration->bNumInterfaces; i++)
    if (configuration->interface[i].altsetting[0].bInterfaceNumber == interface)
      return alternate < configuration->interface[i].num_altsetting;
  return FALSE;
}
