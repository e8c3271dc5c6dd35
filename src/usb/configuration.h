/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

/* bConfigurationValue of the configuration that the kernel has the device at FD (usbfs) in, by the names that its
 * interfaces have in sysfs (BUS-PORT:CONFIGURATION.INTERFACE): neither the device nor its lock is waited for, as
 * reading sysfs' own bConfigurationValue would. 0: it has none, or sysfs is not to be seen. Links to libc alone. */
int dio_usb_get_configuration (int fd);
