#!/usr/bin/python
"""Puts software from an archive into place: unpacked beside its home and renamed when it is whole. A half-unpacked home is
never used, and a second run begins again."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_archive
short_description: Unpacks an archive into the home of a piece of software
description:
  - A tar loses its top directory; a zip is unpacked as it is. The home remembers the checksum, in C(.ops-archive).
  - C(judged) changes nothing and fails where there is no room. In check mode the archive need not be there.
options:
  archive: {type: path, description: [The archive on the host]}
  home: {type: path, required: true, description: [Home of the software]}
  checksum: {type: str, required: true, description: ['sha256: or sha512: and the digest in hex']}
  needs: {type: list, elements: str, default: [], description: [Files that have to be in the archive, from the home on]}
  zip_dir: {type: str, default: bin, description: [Directory of the home that a zip is unpacked into]}
  size: {type: int, default: 0, description: [Bytes of an archive that is not on the host yet]}
  state: {type: str, choices: [judged, unpacked], default: unpacked, description: [What is wanted]}
author: [ops]
"""

EXAMPLES = r"""
- name: Unpack Kafka
  ops_archive:
    archive: /var/tmp/kafka.tgz
    home: /opt/kafka
    checksum: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    needs: [bin/kafka-server-start.sh]
"""

RETURN = r""" # """

import hashlib
import os
import shutil
import subprocess
import zipfile

from ansible.module_utils.basic import AnsibleModule

MARKER = '.ops-archive'
MIB = 1024**2


class Refused(Exception):
    """What cannot be installed, in one sentence."""


def main():
    module = AnsibleModule(
        argument_spec={
            'archive': {'type': 'path'},
            'home': {'type': 'path', 'required': True},
            'checksum': {'type': 'str', 'required': True},
            'needs': {'type': 'list', 'elements': 'str', 'default': []},
            'zip_dir': {'type': 'str', 'default': 'bin'},
            'size': {'type': 'int', 'default': 0},
            'state': {'type': 'str', 'choices': ['judged', 'unpacked'], 'default': 'unpacked'},
        },
        required_if=[('state', 'unpacked', ['archive'])],
        supports_check_mode=True,
    )
    params = module.params
    home, now = params['home'], read_marker(params['home'])
    if now == params['checksum']:
        module.exit_json(changed=False)
    try:
        if params['state'] == 'judged':
            check_room('/var/tmp', params['size'] + 64 * MIB)
            check_room(os.path.dirname(home), 3 * params['size'] + 64 * MIB)
            module.exit_json(changed=False)
        diff = {'before_header': home, 'after_header': home, 'before': now + '\n', 'after': params['checksum'] + '\n'}
        if not module.check_mode:
            install(params)
    except (Refused, OSError, zipfile.BadZipFile) as error:
        shutil.rmtree(home + '.unpacking', ignore_errors=True)
        module.fail_json(msg='the software for %s is not installed: %s' % (home, error))
    module.exit_json(changed=True, diff=diff)


def install(params):
    home = params['home']
    draft = home + '.unpacking'
    shutil.rmtree(draft, ignore_errors=True)
    check_archive(params['archive'], params['checksum'])
    check_room(os.path.dirname(home), 3 * os.path.getsize(params['archive']) + 64 * MIB)
    os.makedirs(draft, mode=0o755)
    unpack(params['archive'], draft, params['zip_dir'])
    lacking = [name for name in params['needs'] if not os.path.exists(os.path.join(draft, name))]
    if lacking:
        raise Refused('the archive has no %s' % ', '.join(lacking))
    with open(os.path.join(draft, MARKER), 'w', encoding='ascii') as file:
        file.write(params['checksum'] + '\n')
    put_in_place(draft, home)


def read_marker(home):
    try:
        with open(os.path.join(home, MARKER), encoding='ascii') as file:
            return file.read().strip()
    except OSError:
        return ''


def check_archive(path, checksum):
    method, _colon, wanted = checksum.partition(':')
    if method not in ('sha256', 'sha512'):
        raise Refused('the checksum has to be sha256: or sha512: and hex digits')
    digest = hashlib.new(method)
    with open(path, 'rb') as file:
        for part in iter(lambda: file.read(4 * MIB), b''):
            digest.update(part)
    if digest.hexdigest() != wanted.lower():
        raise Refused('its %s is %s, and not %s as given: it is damaged or another one' % (method, digest.hexdigest(), wanted))


def check_room(folder, needed):
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    shown = os.statvfs(folder)
    free = shown.f_bavail * shown.f_frsize
    if free < needed:
        raise Refused('%s has %d MiB free, and about %d are needed: make room' % (folder, free // MIB, needed // MIB))


def unpack(archive, draft, zip_dir):
    if zipfile.is_zipfile(archive):
        unpack_zip(archive, os.path.join(draft, zip_dir))
    else:
        tar = ['tar', '--extract', '--file', archive, '--directory', draft, '--strip-components=1', '--no-same-owner']
        ran = subprocess.run(tar, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise Refused('tar cannot unpack it: %s' % (ran.stderr.strip().splitlines() or ['no reason was given'])[0])
    subprocess.run(['chmod', '--recursive', 'go-w,a+rX', draft], check=True)


def unpack_zip(archive, folder):
    with zipfile.ZipFile(archive) as file:
        for entry in file.infolist():
            path = file.extract(entry, folder)
            # Python leaves out what the zip says of who may run a file.
            if entry.external_attr >> 16 & 0o111:
                os.chmod(path, 0o755)


def put_in_place(draft, home):
    previous = home + '.previous'
    shutil.rmtree(previous, ignore_errors=True)
    if os.path.lexists(home):
        os.rename(home, previous)
    os.rename(draft, home)
    shutil.rmtree(previous, ignore_errors=True)


if __name__ == '__main__':
    main()
