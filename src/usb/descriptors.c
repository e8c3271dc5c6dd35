/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/descriptors.h"

/* usbredirhost's, of interfaces and of endpoints. */
#define MAX_INTERFACES 32
#define N_ENDPOINTS 32
#define INDEX(endpoint) (((endpoint) & 0x80) >> 3 | ((endpoint) & 0x0f))

typedef struct libusb_config_descriptor Configuration;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Configuration, libusb_free_config_descriptor)

/* Of one configuration. */
typedef struct
{
  guint8 value;
  guint8 n_interfaces;
  guint8 numbers[MAX_INTERFACES];
  int n_settings[MAX_INTERFACES];
} Interfaces;

struct _DioUsbDescriptors
{
  GArray *configurations; /* of Interfaces */
};

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

static void
add_configuration (DioUsbDescriptors *self, const Configuration *configuration)
{
  Interfaces interfaces = { .value = configuration->bConfigurationValue,
                            .n_interfaces = configuration->bNumInterfaces };

  for (guint i = 0; i < interfaces.n_interfaces; i++)
    {
      interfaces.numbers[i] = configuration->interface[i].altsetting[0].bInterfaceNumber;
      interfaces.n_settings[i] = configuration->interface[i].num_altsetting;
    }
  g_array_append_val (self->configurations, interfaces);
}

DioUsbDescriptors *
dio_usb_descriptors_new (libusb_device *device, const char **ret_why)
{
  g_autoptr (DioUsbDescriptors) self = g_new0 (DioUsbDescriptors, 1);
  struct libusb_device_descriptor descriptor;

  self->configurations = g_array_new (FALSE, FALSE, sizeof (Interfaces));
  *ret_why = "no descriptor";
  if (libusb_get_device_descriptor (device, &descriptor) != LIBUSB_SUCCESS)
    return NULL;
  for (guint8 i = 0; i < descriptor.bNumConfigurations; i++)
    {
      g_autoptr (Configuration) configuration = NULL;

      /* One that cannot be read cannot be used either. */
      if (libusb_get_config_descriptor (device, i, &configuration) != LIBUSB_SUCCESS)
        continue;
      if (!check_configuration (configuration, ret_why))
        return NULL;
      add_configuration (self, configuration);
    }
  return g_steal_pointer (&self);
}

void
dio_usb_descriptors_free (DioUsbDescriptors *self)
{
  g_array_unref (self->configurations);
  g_free (self);
}

gboolean
dio_usb_descriptors_have_alternate (DioUsbDescriptors *self, int configuration, guint8 interface, guint8 alternate)
{
  for (guint i = 0; i < self->configurations->len; i++)
    {
      const Interfaces *interfaces = &g_array_index (self->configurations, Interfaces, i);

      for (guint j = 0; interfaces->value == configuration && j < interfaces->n_interfaces; j++)
        if (interfaces->numbers[j] == interface)
          return alternate < interfaces->n_settings[j];
    }
  return FALSE;
}
