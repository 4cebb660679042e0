#!/usr/bin/python
"""Says whose data a data directory of Elasticsearch holds, and removes it where it is that of one given node. It must never remove the data
of another node, of one that runs, or anything that is not of Elasticsearch."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_node_data
short_description: Reads the ids in a data directory of Elasticsearch, or empties it
description:
  - Node id and cluster uuid are read from the newest commit of C(_state), which holds them as plain text since version 7.16; no other
    file is understood. A node that has never joined a cluster has no cluster uuid yet.
options:
  path:
    type: path
    required: true
    description: The data directory.
  state:
    type: str
    required: true
    choices: [read, wiped]
    description: C(wiped) removes everything in it; the directory itself stays.
  node_id:
    type: str
    default: ''
    description: Id of the node whose data may be removed.
  keep:
    type: list
    elements: path
    default: []
    description: Directories that must not lie in it.
author: [ops]
"""

EXAMPLES = r"""
- name: Remove the data of that node, and of no other
  ops_node_data:
    path: /var/lib/elasticsearch
    state: wiped
    node_id: LFz7Tt2HQn2Iz5yXq-aoww
"""

RETURN = r"""
entries:
  description: What is, or was, in the directory.
  returned: success
  type: list
  elements: str
node_id:
  description: Id of the node, null where none can be read.
  returned: success
  type: str
cluster_uuid:
  description: Uuid of the cluster that it was in, null where none can be read.
  returned: success
  type: str
locked:
  description: Whether a node runs on it.
  returned: success
  type: bool
free_bytes:
  description: Space that is free on its disk.
  returned: success
  type: int
total_bytes:
  description: Size of its disk.
  returned: success
  type: int
"""

import os
import re

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_data_dir import is_locked, names_in, why_not_emptied

# A pair of the commit: length and text of its name, then of its value. An id has 22 letters.
PAIR = rb'%s\x16([A-Za-z0-9_-]{22})'


def main():
    module = AnsibleModule(
        argument_spec={
            'path': {'type': 'path', 'required': True},
            'state': {'type': 'str', 'required': True, 'choices': ['read', 'wiped']},
            'node_id': {'type': 'str', 'default': ''},
            'keep': {'type': 'list', 'elements': 'path', 'default': []},
        },
        supports_check_mode=True,
    )
    params = module.params
    path = params['path']
    commit = read_commit(path)
    entries = entries_of(path)
    found = {
        'entries': entries,
        'node_id': id_in(commit, b'\x07node_id'),
        'cluster_uuid': id_in(commit, b'\x0ccluster_uuid'),
        'locked': is_locked(path),
        **space_of(path),
    }
    if params['state'] == 'read' or not entries:
        module.exit_json(changed=False, **found)
    refusal = why_not(path, params, found)
    if refusal:
        module.fail_json(msg=refusal, **found)
    if not module.check_mode:
        for name in in_order(entries):
            remove(os.path.join(path, name))
    module.exit_json(changed=True, **found)


# What is there


def entries_of(path):
    """What is in the directory; the empty state directory of a wipe that was cut short is nothing."""
    names = names_in(path)
    return [] if names == ['_state'] and not names_in(os.path.join(path, '_state')) else names


def read_commit(path):
    """Bytes of the newest commit; a node that runs may replace it at any moment."""
    state = os.path.join(path, '_state')
    for _time in range(5):
        newest = max(names_in(state), key=generation_of, default='')
        if generation_of(newest) < 0:
            return b''
        try:
            with open(os.path.join(state, newest), 'rb') as file:
                return file.read()
        except FileNotFoundError:
            continue
    return b''


def generation_of(name):
    found = re.fullmatch(r'segments_([0-9a-z]+)', name)
    return int(found[1], 36) if found else -1


def id_in(commit, name):
    found = re.search(PAIR % re.escape(name), commit)
    return found[1].decode('ascii') if found else None


def space_of(path):
    there = path
    while not os.path.isdir(there):
        there = os.path.dirname(there)
    shown = os.statvfs(there)
    return {'free_bytes': shown.f_bavail * shown.f_frsize, 'total_bytes': shown.f_blocks * shown.f_frsize}


# What is removed


def why_not(path, params, found):
    if params['node_id'] == '':
        return 'whose data may be removed was not said: give the id of the node'
    refusal = why_not_emptied(path, params['keep'])
    if refusal:
        return refusal
    if found['node_id'] != params['node_id']:
        holder = 'node %s' % found['node_id'] if found['node_id'] else 'a node whose id cannot be read'
        return '%s is the data of %s, and not of %s' % (path, holder, params['node_id'])
    return None


def in_order(names):
    """What says whose data it is goes last: after a wipe that was cut short the next one still knows."""
    return sorted(names, key=lambda name: (name == '_state', generation_of(name)))


def remove(path):
    if not os.path.isdir(path) or os.path.islink(path):
        os.remove(path)
        return
    for name in in_order(names_in(path)):
        remove(os.path.join(path, name))
    os.rmdir(path)


if __name__ == '__main__':
    main()
