#!/usr/bin/python
"""The manifest of a snapshot beside the files of its repository. It never touches a file that Elasticsearch has written."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_manifest_file
short_description: Writes, reads and removes manifests in the directory ops-manifests of a repository of type fs
options:
  dir:
    description: Directory of the repository.
    type: path
    required: true
  state:
    description: What is to be true afterwards; C(read) changes nothing.
    type: str
    choices: [written, read, removed]
    required: true
  snapshots:
    description: Names of the snapshots; one for C(written) and C(read).
    type: list
    elements: str
    required: true
  content:
    description: The manifest, compressed by gzip, in base64.
    type: str
    default: ''
author: [ops]
"""

EXAMPLES = r"""
- name: Remove manifests of snapshots that are gone
  ops_manifest_file:
    dir: /mnt/backups/elk
    state: removed
    snapshots: [daily_2025-01-10]
"""

RETURN = r"""
manifest:
  description: What was read, in base64; none where there is no manifest.
  returned: for read
  type: str
removed:
  description: Names of the snapshots whose manifest was there.
  returned: for removed
  type: list
  elements: str
"""

import base64
import binascii
import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_repository import Broken, acting_as_owner

FOLDER = 'ops-manifests'


def path_of(root, snapshot):
    if not snapshot or '/' in snapshot or snapshot.startswith('.'):
        raise Broken('%s is no name of a snapshot' % snapshot)
    return os.path.join(root, FOLDER, snapshot + '.json.gz')


def read(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(path, content):
    """As a whole or not at all, whenever the power fails."""
    os.makedirs(os.path.dirname(path), mode=0o750, exist_ok=True)
    draft = path + '.new'
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), 'wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def decode(text):
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Broken('the manifest is not in base64') from error


def run(params, check):
    root, state = params['dir'], params['state']
    paths = {snapshot: path_of(root, snapshot) for snapshot in params['snapshots']}
    if state == 'removed':
        there = [snapshot for snapshot, path in paths.items() if os.path.exists(path)]
        if not check:
            for snapshot in there:
                os.remove(paths[snapshot])
        return {'changed': bool(there), 'removed': there}
    if len(paths) != 1:
        raise Broken('one snapshot at a time')
    path = next(iter(paths.values()))
    found = read(path)
    if state == 'read':
        return {'changed': False, 'manifest': None if found is None else base64.b64encode(found).decode()}
    content = decode(params['content'])
    if content != found and not check:
        write(path, content)
    return {'changed': content != found}


def main():
    module = AnsibleModule(
        argument_spec={
            'dir': {'type': 'path', 'required': True},
            'state': {'type': 'str', 'choices': ['written', 'read', 'removed'], 'required': True},
            'snapshots': {'type': 'list', 'elements': 'str', 'required': True},
            # No secret, but megabytes that nobody wants to see again.
            'content': {'type': 'str', 'default': '', 'no_log': True},
        },
        supports_check_mode=True,
    )
    try:
        with acting_as_owner(module.params['dir']):
            found = run(module.params, module.check_mode)
    except Broken as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg='%s: %s' % (error.filename or module.params['dir'], error.strerror))
    module.exit_json(**found)


if __name__ == '__main__':
    main()
