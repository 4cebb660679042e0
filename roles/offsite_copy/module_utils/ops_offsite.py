"""What a copy of a snapshot repository is made of: the files of the repository, and the marker beside the copy. The name of the newest
root `index-N` is what a reader of a repository goes by."""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import re
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_rclone import SPEED_OPTIONS, STORE_OPTIONS, RcloneFailed

ROOT_INDEX = re.compile(r'^index-(\d+)$')

# Not of the repository: files that are being written, what verifying leaves, what an NFS client keeps, and a copy that was fetched.
FOREIGN = ('- pending-*', '- .nfs*', '- /tests-*/**', '- /ops-fetched/**')
# Written anew at times; everything else never changes once it is there.
CHANGING = ('/index.latest', '/ops-manifests/**')


# Of every module here.
OPTIONS = {
    'repository': {'type': 'str', 'required': True},
    'store': {'type': 'dict', 'required': True, 'options': STORE_OPTIONS},
    'cache_dir': {'type': 'path', 'required': True},
}


def begin_work(options, in_check_mode):
    """A module that changes something; in check mode it ends here with this result."""
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            'generation': {'type': 'int', 'required': True},
            'speed': {'type': 'dict', 'default': {}, 'options': SPEED_OPTIONS, 'apply_defaults': True},
            **options,
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True, **in_check_mode)
    return module


def do_alone(module, work):
    """What the work returns; the module fails where it does, or where another copy of the repository does not end."""
    params = module.params
    try:
        with OnlyOne(params['cache_dir'], params['repository'], params['speed']['stall_seconds']):
            return work(params)
    except (RcloneFailed, OSError) as error:
        module.fail_json(msg=str(error))


def filters(*rules):
    return [word for rule in (*rules,) for word in ('--filter', rule)]


def generations(directory):
    """Generations of a repository, newest last; empty where the directory holds none."""
    try:
        with os.scandir(directory) as entries:
            found = [ROOT_INDEX.match(entry.name) for entry in entries]
    except OSError:
        return []
    return sorted(int(one.group(1)) for one in found if one)


def measure(directory):
    """Bytes and files that a copy has."""
    total = files = 0
    for folder, folders, names in os.walk(directory):
        if folder == directory:
            folders[:] = [name for name in folders if name != 'ops-fetched' and not name.startswith('tests-')]
        for name in names:
            if name.startswith(('pending-', '.nfs')):
                continue
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
                files += 1
            except FileNotFoundError:
                pass
    return total, files


def marker_path(repository):
    return repository + '.ops-copy.json'


def read_marker(rclone, repository):
    """None where there is none. It is a small object beside the copy, never in it."""
    text = rclone.run('cat', rclone.at(marker_path(repository))).output
    if text.strip() == '':
        return None
    try:
        marker = json.loads(text)
    except ValueError:
        return {'state': 'unreadable'}
    return marker if isinstance(marker, dict) else {'state': 'unreadable'}


def write_marker(rclone, repository, marker):
    text = json.dumps({**marker, 'format': 1, 'repository': repository}, sort_keys=True) + '\n'
    rclone.run('rcat', rclone.at(marker_path(repository)), feed=text)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


class OnlyOne:
    """Holds a lock of this host for as long as a copy is at work; what an earlier run left behind is waited for."""

    def __init__(self, cache_dir, repository, patience_seconds):
        os.makedirs(cache_dir, mode=0o700, exist_ok=True)
        self.path = os.path.join(cache_dir, repository + '.lock')
        self.patience_seconds = patience_seconds

    def __enter__(self):
        self.file = open(self.path, 'w', encoding='utf-8')
        until = time.monotonic() + self.patience_seconds
        while True:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return self
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError('another copy of the same repository is at work on this host: %s is locked' % self.path) from None
                time.sleep(0.2)

    def __exit__(self, *_error):
        self.file.close()
