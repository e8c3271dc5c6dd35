#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs Diorama's guest agent in this machine, or with --uninstall takes it away. Needs root, unless DESTDIR is set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${DESTDIR:-}
program=/usr/local/bin/diorama-guest-agent
rule=/etc/udev/rules.d/70-diorama-guest-tools.rules
entry=/etc/xdg/autostart/diorama-guest-agent.desktop

die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

# So that the rule counts for the port that is already there.
apply_rule() {
  [ -z "$root" ] || return 0
  udevadm control --reload 2>/dev/null && udevadm trigger --subsystem-match=virtio-ports 2>/dev/null || true
}

case ${1:-} in
  '') ;;
  --uninstall)
    [ -n "$root" ] || [ "$(id -u)" = 0 ] || die 'please run this as root: sudo sh linux/install.sh --uninstall'
    rm -f "$root$program" "$root$rule" "$root$entry"
    apply_rule
    echo 'Diorama'\''s guest agent is uninstalled. One that runs stops when you log out.'
    exit 0 ;;
  *) die 'usage: install.sh [--uninstall]' ;;
esac
[ -n "$root" ] || [ "$(id -u)" = 0 ] || die 'please run this as root: sudo sh linux/install.sh'

# The one that was built for this kind of processor, if this system can run it; else one built here.
built=$here/bin/$(uname -m)/diorama-guest-agent
folder=
if ! "$built" --version >/dev/null 2>&1; then
  echo 'The program on this disc does not run on this system: building it from source.'
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  built=$folder/diorama-guest-agent
  sh "$here/source/build.sh" "$built" || die 'that failed. It needs a C compiler, wayland-scanner, pkg-config, and the
  development files of libwayland-client and spice-protocol: on Debian the packages gcc, pkgconf, libwayland-dev,
  libwayland-bin and libspice-protocol-dev.'
fi

mkdir -p "$root${program%/*}" "$root${rule%/*}" "$root${entry%/*}"
# Not over one that runs.
rm -f "$root$program"
cp "$built" "$root$program"
cp "$here/70-diorama-guest-tools.rules" "$root$rule"
cp "$here/diorama-guest-agent.desktop" "$root$entry"
chmod 755 "$root$program"
chmod 644 "$root$rule" "$root$entry"
apply_rule

echo 'Diorama'\''s guest agent is installed. It starts when you log in the next time; now: diorama-guest-agent'
if [ -e /usr/sbin/spice-vdagentd ] || [ -e /usr/bin/spice-vdagentd ]; then
  echo 'SPICE'\''s agent is installed too, and only one of them can run. In a session that is Wayland only, stop that one:
  systemctl disable --now spice-vdagentd.socket spice-vdagentd.service'
fi
