# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What a private desktop's processes find around them: environment, settings, bus configuration, plugins."""

import glob
import os
from pathlib import Path

from gi.repository import Gio

# What describes the caller's own session must not leak into ours.
_FOREIGN = ('DISPLAY', 'WAYLAND_', 'XAUTHORITY', 'DBUS_', 'AT_SPI_', 'XDG_', 'GTK_', 'GDK_', 'GSK_', 'ADW_',
            'GSETTINGS_BACKEND', 'GIO_', 'PIPEWIRE_', 'PULSE_', 'LANG', 'LC_', 'MUTTER_', 'CLUTTER_', 'DESKTOP_',
            'GST_', 'LOCPATH')
_FOLDERS = {'XDG_CONFIG_HOME': '.config', 'XDG_DATA_HOME': '.local/share', 'XDG_STATE_HOME': '.local/state',
            'XDG_CACHE_HOME': '.cache'}
_BINDINGS = ('org.gnome.desktop.wm.keybindings', 'org.gnome.mutter.keybindings', 'org.gnome.mutter.wayland.keybindings')
# What a window manager does to the focused window, bound to keys that no board has, so that no program sees a modifier.
WINDOW_KEYS = {'maximize': ('XF86Launch1', 148), 'unmaximize': ('XF86Launch2', 149), 'minimize': ('XF86Launch3', 202),
               'toggle-fullscreen': ('XF86Launch4', 203), 'close': ('XF86LaunchA', 120),
               'move-to-monitor-right': ('XF86LaunchB', 204), 'move-to-monitor-left': ('XF86MyComputer', 157)}
_BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={runtime}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{runtime}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''


def private_environment(runtime, home, variants):
    """The environment of a user who has just been born in `home`, with the choices `variants` made."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    for variable, folder in _FOLDERS.items():
        (home / folder).mkdir(parents=True)
        env[variable] = str(home / folder)
    env.update(HOME=str(home), XDG_RUNTIME_DIR=runtime, WAYLAND_DISPLAY='wayland-0', GDK_BACKEND='wayland',
               DBUS_SESSION_BUS_ADDRESS=f'unix:path={runtime}/bus', XDG_SESSION_TYPE='wayland',
               XDG_CURRENT_DESKTOP='GNOME', GSETTINGS_BACKEND='keyfile', GIO_USE_VFS='local', LC_ALL='C.UTF-8')
    if data := os.environ.get('XDG_DATA_DIRS'):
        env['XDG_DATA_DIRS'] = data
    if not variants['animations']:
        env['MUTTER_DEBUG_DISABLE_ANIMATIONS'] = '1'
    if variants['dark']:
        env['ADW_DEBUG_COLOR_SCHEME'] = 'prefer-dark'
    if variants['high_contrast']:
        env['ADW_DEBUG_HIGH_CONTRAST'] = '1'
    if variants['rtl']:
        env |= _right_to_left(Path(runtime, 'locale'))
    return env


def _right_to_left(directory):
    """GTK takes the direction from its own translation, and glibc translates nothing in the locale C.UTF-8. So that no
    Hebrew locale need be installed, C.UTF-8 is given its name."""
    if os.path.isdir('/usr/lib/locale/C.utf8'):
        directory.mkdir()
        (directory / 'he_IL.UTF-8').symlink_to('/usr/lib/locale/C.utf8')
        return {'LOCPATH': str(directory), 'LC_ALL': 'he_IL.UTF-8'}
    return {'LC_ALL': 'he_IL.UTF-8'}


def callers_environment(private):
    """The private desktop's environment with the caller's own home, whose settings stay unread and unwritten."""
    own = {name: os.environ.get(name) for name in _FOLDERS}
    return merged(private, own | {'HOME': os.environ.get('HOME', '/'), 'GSETTINGS_BACKEND': 'memory'})


def merged(env, changes):
    """A new environment: `changes` over `env`, where None removes a variable."""
    return {name: value for name, value in (env | changes).items() if value is not None}


def write_settings(home, variants):
    """Writes the GSettings of mutter and of the applications."""
    settings = {
        'org.gnome.mutter': {'experimental-features': "['scale-monitor-framebuffer']",
                             'check-alive-timeout': 'uint32 0'},
        'org.gnome.desktop.interface': {
            'enable-animations': _boolean(variants['animations']), 'cursor-blink': 'false',
            'color-scheme': "'prefer-dark'" if variants['dark'] else "'default'",
            'text-scaling-factor': '1.5' if variants['large_text'] else '1.0'},
        'org.gnome.desktop.a11y.interface': {'high-contrast': _boolean(variants['high_contrast'])},
    }
    # Else they would be the machine's as soon as its picture has the focus.
    settings['app.diorama.Diorama'] = {'grab-shortcuts': "'never'"}
    if variants['raw_keys']:
        settings['org.gnome.mutter'] |= {'overlay-key': "''", 'locate-pointer-key': "''"}
        settings |= {schema: {key: '@as []' for key in _keys_of(schema)} for schema in _BINDINGS}
    settings.setdefault(_BINDINGS[0], {}).update({what: f"['{key}']" for what, (key, _) in WINDOW_KEYS.items()})
    directory = home / '.config/glib-2.0/settings'
    directory.mkdir(parents=True)
    (directory / 'keyfile').write_text('\n'.join(
        f'[{schema.replace(".", "/")}]\n' + ''.join(f'{key}={value}\n' for key, value in values.items())
        for schema, values in settings.items()))


def write_bus_config(runtime, env):
    """Returns the configuration file of a bus on which only accessibility can be activated: no portal, keyring or
    file system of the host may join in."""
    services = Path(runtime, 'services')
    services.mkdir()
    for directory in env.get('XDG_DATA_DIRS', '/usr/local/share:/usr/share').split(':'):
        service = Path(directory, 'dbus-1/services/org.a11y.Bus.service')
        if service.exists() and not (services / service.name).exists():
            (services / service.name).symlink_to(service)
    config = Path(runtime, 'bus.conf')
    config.write_text(_BUS_CONFIG.format(runtime=runtime))
    return str(config)


def capture_environment(runtime, env):
    """For gst-launch: a registry of only the two plugins that captures need is scanned in no time, where in a private
    home each desktop would have all of them scanned."""
    plugins = Path(runtime, 'plugins')
    plugins.mkdir()
    for name in ('libgstcoreelements.so', 'libgstpipewire.so'):
        found = glob.glob(f'/usr/lib*/gstreamer-1.0/{name}') + glob.glob(f'/usr/lib*/*/gstreamer-1.0/{name}')
        if not found:
            raise RuntimeError(f'{name} is missing: install GStreamer and its PipeWire plugin')
        (plugins / name).symlink_to(found[0])
    return env | {'GST_PLUGIN_SYSTEM_PATH_1_0': str(plugins), 'GST_REGISTRY_1_0': str(plugins / 'registry'),
                  'GST_REGISTRY_FORK': 'no'}


def _keys_of(schema):
    found = Gio.SettingsSchemaSource.get_default().lookup(schema, True)
    names = found.list_keys() if found else ()
    return [name for name in names if found.get_key(name).get_value_type().dup_string() == 'as']


def _boolean(value):
    return 'true' if value else 'false'
