#!/usr/bin/python
"""Removes from the copy what its repository no longer has: old index files first, then what only they named. Nothing is removed unless
the copy is whole and at the generation of the repository."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_offsite_tidy
short_description: Removes from the copy of a snapshot repository what the repository no longer has
options:
  repository: {type: str, required: true, description: [Name of the repository]}
  directory: {type: path, required: true, description: [Where it lies on this host]}
  generation: {type: int, required: true, description: [The generation that the copy is whole at]}
  run: {type: str, required: true, description: [Who made the copy; the marker of another run is refused]}
  store: {type: dict, required: true, description: [Endpoint, bucket, prefix, region, provider, ca_file, access_key, secret_key]}
  speed: {type: dict, default: {}, description: [Transfers, checkers, bwlimit, fast_list, stall_seconds]}
  cache_dir: {type: path, required: true, description: [Directory of rclone's cache]}
author: [ops]
"""

EXAMPLES = r"""
- name: Tidy the copy
  ops_offsite_tidy:
    repository: elk_backup
    directory: /mnt/backups/elk
    generation: 7
    run: by-hand
    store: {endpoint: "https://s3.example.org", bucket: elk-offsite, access_key: "{{ key }}", secret_key: "{{ secret }}"}
    cache_dir: /var/cache/ops-offsite
"""

RETURN = r"""
marker:
  description: The marker as it now is.
  returned: success
  type: dict
removed:
  description: How many files were removed.
  returned: success
  type: int
"""

import os
import tempfile

from ansible.module_utils.ops_offsite import (
    FOREIGN,
    ROOT_INDEX,
    begin_work,
    do_alone,
    filters,
    generations,
    now,
    read_marker,
    write_marker,
)
from ansible.module_utils.ops_rclone import Rclone, RcloneFailed, compare


def main():
    module = begin_work(
        {'directory': {'type': 'path', 'required': True}, 'run': {'type': 'str', 'required': True}},
        in_check_mode={'marker': {}, 'removed': 0},
    )
    removed, marker = do_alone(module, tidy)
    module.exit_json(changed=removed > 0, marker=marker, removed=removed)


def tidy(params):
    rclone = Rclone(params['store'], params['cache_dir'], params['speed'])
    marker = read_marker(rclone, params['repository'])
    refuse(params, marker)
    surplus = find_surplus(rclone, params)
    # The repository may have been unmounted or written to while both ends were listed.
    refuse(params, marker)
    indices = [name for name in surplus if ROOT_INDEX.match(name)]
    remove(rclone, params, indices)
    remove(rclone, params, [name for name in surplus if name not in set(indices)])
    marker.update(state='finished', surplus=0, ended_at=now())
    write_marker(rclone, params['repository'], marker)
    return len(surplus), marker


def refuse(params, marker):
    there = generations(params['directory'])
    if not there or there[-1] != params['generation']:
        raise RcloneFailed('the repository is at generation %s, not %d' % (there[-1] if there else 'none', params['generation']))
    if marker is None or marker.get('run') != params['run'] or marker.get('whole') != params['generation']:
        raise RcloneFailed('the copy is not the one that this run has made whole: nothing is removed from it')


def find_surplus(rclone, params):
    found = compare(rclone, params['directory'], rclone.at(params['repository']), '--size-only', *filters(*FOREIGN))
    wrong = [name for name in found['missing-on-src'] if os.path.lexists(os.path.join(params['directory'], name))]
    if wrong:
        raise RcloneFailed('rclone does not see what is there: %s' % ', '.join(wrong[:5]))
    return found['missing-on-src']


def remove(rclone, params, names):
    if not names:
        return
    with tempfile.NamedTemporaryFile('w', encoding='utf-8') as file:
        file.write(''.join(name + '\n' for name in names))
        file.flush()
        rclone.run('delete', '--files-from-raw', file.name, rclone.at(params['repository']))


if __name__ == '__main__':
    main()
