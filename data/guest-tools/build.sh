#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Diorama's guest agent from the source beside this script: build.sh OUTPUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=ext-data-control-v1
wayland-scanner client-header "$here/$name.xml" "$work/$name-client-protocol.h"
wayland-scanner private-code "$here/$name.xml" "$work/$name.c"
# shellcheck disable=SC2046
"${CC:-cc}" -std=gnu17 -O2 -D_GNU_SOURCE -DDIO_VERSION="\"$(cat "$here/VERSION")\"" -I"$work" -I"$here" \
  $(pkg-config --cflags wayland-client spice-protocol) -o "$1" "$here"/guest-tools/*.c "$work/$name.c" \
  $(pkg-config --libs wayland-client)
