# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Diorama's desktop entry and its types in a data folder of its own."""

import os
import shutil
import subprocess
from pathlib import Path

BUILD, SOURCE = Path(os.environ['DIORAMA_TEST_SCHEMAS']), Path(os.environ['DIORAMA_TEST_SRCDIR']).parent / 'data'
APPLICATION_ID = os.environ['DIORAMA_TEST_APPLICATION_ID']


def install(home, tell):
    """As `meson install` would, but only what counts here. TELL gets what the tools say. Returns the environment."""
    data = home / 'data'
    for folder in ('mime/packages', 'applications'):
        (data / folder).mkdir(parents=True)
    shutil.copy(SOURCE / 'app.diorama.Diorama.mime.xml', data / f'mime/packages/{APPLICATION_ID}.xml')
    shutil.copytree(SOURCE / 'icons', data / 'icons')
    desktop = (BUILD / f'{APPLICATION_ID}.desktop').read_text()
    program = home / 'bin/diorama'                                     # an entry whose program is not there is not used
    program.parent.mkdir()
    program.symlink_to('/bin/true')
    (data / f'applications/{APPLICATION_ID}.desktop').write_text(desktop)
    env = {'PATH': f'{program.parent}:{os.environ["PATH"]}', 'HOME': str(home), 'XDG_DATA_HOME': str(data),
           'XDG_DATA_DIRS': '/usr/share', 'XDG_CONFIG_HOME': str(home / 'config'), 'LC_ALL': 'C.UTF-8', 'GIO_USE_VFS': 'local',
           'DBUS_SESSION_BUS_ADDRESS': f'unix:path={home}/nothing'}
    for command in (['update-mime-database', data / 'mime'], ['update-desktop-database', data / 'applications']):
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        tell(done.stdout + done.stderr)
    return env
