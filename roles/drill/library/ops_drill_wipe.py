#!/usr/bin/python
"""Empties the data directory of a stopped node of Elasticsearch. It must never empty anything else."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_drill_wipe
short_description: Empties the data directory of a stopped node of Elasticsearch
description:
  - What is not known to belong there, a link, a node that runs, or a directory that is to be kept inside it is a refusal, and then
    nothing is removed. The directory itself stays.
options:
  allowed:
    type: bool
    required: true
    description: Whether the host is marked as one that may be harmed.
  path:
    type: path
    required: true
    description: The data directory.
  keep:
    type: list
    elements: path
    default: []
    description: Directories that must not lie in it.
author: [ops]
"""

EXAMPLES = r"""
- name: Lose the disk of a node
  ops_drill_wipe:
    allowed: true
    path: /var/lib/elasticsearch
    keep: [/mnt/backups/elk]
"""

RETURN = r"""
entries:
  description: What was in the directory.
  returned: always
  type: list
bytes:
  description: How much that was.
  returned: always
  type: int
"""

import os
import shutil

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_data_dir import names_in, why_not_emptied


def size_of(path):
    if not os.path.isdir(path) or os.path.islink(path):
        return os.lstat(path).st_size
    return sum(
        os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names
    )


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.remove(path)


def main():
    module = AnsibleModule(
        argument_spec={
            'allowed': {'type': 'bool', 'required': True},
            'path': {'type': 'path', 'required': True},
            'keep': {'type': 'list', 'elements': 'path', 'default': []},
        },
        supports_check_mode=True,
    )
    path = module.params['path']
    if not module.params['allowed']:
        module.fail_json(msg='this host is not marked as one that may be harmed (ops_drill)')
    refusal = why_not_emptied(path, module.params['keep'])
    if refusal:
        module.fail_json(msg=refusal)
    entries = names_in(path)
    size = sum(size_of(os.path.join(path, name)) for name in entries)
    if not module.check_mode:
        for name in entries:
            remove(os.path.join(path, name))
    module.exit_json(changed=bool(entries), entries=entries, bytes=size)


if __name__ == '__main__':
    main()
