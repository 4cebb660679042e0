#!/usr/bin/python
"""The fence marker: a small file on the host that says which run of ops may stop or start a service there.

It is the last guard against an ops process that was paused, lost its locks meanwhile and then goes on.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_fence
short_description: Claims, releases or reads the fence marker of one service on one host
description:
  - A higher fencing token wins over a lower one; with equal tokens the run must be the same.
options:
  dir: {type: path, required: true, description: [Directory of the markers]}
  service: {type: str, required: true, description: [Service that the marker is about]}
  host: {type: str, required: true, description: [Host that the marker is about]}
  run: {type: str, default: '', description: [Id of the run]}
  fencing: {type: int, default: 0, description: [Fencing token of the run]}
  state:
    type: str
    required: true
    choices: [claimed, released, read]
    description:
      - C(claimed) writes the marker, C(released) removes it, C(read) says what is there. The first two fail where a newer
        run has left its own.
author: [ops]
"""

EXAMPLES = r"""
- name: Claim the service for this run
  ops_fence:
    dir: /var/lib/ops
    service: elasticsearch
    host: es-data01
    run: r-20250412-0700
    fencing: 12
    state: claimed
"""

RETURN = r"""
marker:
  description: What the marker says afterwards, null where there is none.
  returned: success
  type: dict
path:
  description: The file.
  returned: always
  type: str
"""

import datetime
import fcntl
import json
import os
import re
import tempfile

from ansible.module_utils.basic import AnsibleModule


def read_marker(module, path):
    try:
        with open(path, encoding='utf-8') as file:
            marker = json.load(file)
        return {'run': str(marker['run']), 'fencing': int(marker['fencing']), 'at': str(marker['at'])}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        module.fail_json(
            msg='the fence marker %s cannot be read (%s): look at it, and remove it if no run is alive' % (path, error),
            path=path,
        )


def refuse_newer(module, marker, path):
    """A marker of a newer run, or of another one with the same token, ends the task before anything is touched."""
    run, fencing = module.params['run'], module.params['fencing']
    if marker is None or marker['fencing'] < fencing or (marker['fencing'] == fencing and marker['run'] == run):
        return
    module.fail_json(
        msg='fenced: run %s (token %d) holds %s on %s since %s, and run %s has only token %d'
        % (marker['run'], marker['fencing'], module.params['service'], module.params['host'], marker['at'], run, fencing),
        path=path,
        marker=marker,
    )


def write_marker(path, marker):
    """Whole or not at all, and on disk before the service is touched."""
    folder = os.path.dirname(path)
    handle, temporary = tempfile.mkstemp(prefix='.fence-', dir=folder)
    with os.fdopen(handle, 'w', encoding='utf-8') as file:
        json.dump(marker, file)
        file.write('\n')
        file.flush()
        os.fchmod(file.fileno(), 0o644)
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(folder)


def sync_folder(folder):
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def apply_state(module, path):
    params = module.params
    marker = read_marker(module, path)
    if params['state'] == 'read':
        return False, marker
    refuse_newer(module, marker, path)
    if params['state'] == 'released':
        if marker is not None and not module.check_mode:
            os.unlink(path)
            sync_folder(os.path.dirname(path))
        return marker is not None, None

    if marker is not None and (marker['run'], marker['fencing']) == (params['run'], params['fencing']):
        return False, marker
    now = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    marker = {'run': params['run'], 'fencing': params['fencing'], 'at': now}
    if not module.check_mode:
        write_marker(path, marker)
    return True, marker


def main():
    module = AnsibleModule(
        argument_spec={
            'dir': {'type': 'path', 'required': True},
            'service': {'type': 'str', 'required': True},
            'host': {'type': 'str', 'required': True},
            'run': {'type': 'str', 'default': ''},
            'fencing': {'type': 'int', 'default': 0},
            'state': {'type': 'str', 'required': True, 'choices': ['claimed', 'released', 'read']},
        },
        supports_check_mode=True,
    )
    params = module.params
    for name in ('service', 'host'):
        if not re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9._-]*', params[name]):
            module.fail_json(msg='%s is no usable name: %r' % (name, params[name]))
    path = os.path.join(params['dir'], '%s.%s.fence' % (params['service'], params['host']))
    if params['state'] == 'claimed' and params['run'] == '':
        module.fail_json(msg='a marker needs the id of its run')

    if params['state'] == 'claimed' and not module.check_mode:
        os.makedirs(params['dir'], mode=0o755, exist_ok=True)
    if not os.path.isdir(params['dir']):
        module.exit_json(changed=params['state'] == 'claimed', marker=None, path=path)

    # Two runs at the same marker take turns.
    handle = os.open(params['dir'], os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    changed, marker = apply_state(module, path)
    module.exit_json(changed=changed, marker=marker, path=path)


if __name__ == '__main__':
    main()
