#!/usr/bin/python
"""What there is of a repository, of its copy at the store, and at the place where a copy may be fetched to. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_offsite_look
short_description: Says what is in a snapshot repository and what the store has of it
options:
  repository: {type: str, required: true, description: [Name of the repository]}
  directory: {type: str, default: '', description: [Where it lies on this host; empty where that is of no interest]}
  expected: {type: list, elements: str, default: [], description: [Files that must be at its root]}
  measure: {type: bool, default: false, description: [Whether its bytes are counted, which reads every directory]}
  into: {type: str, default: '', description: [Directory that a copy is to be fetched to]}
  store: {type: dict, required: true, description: [Endpoint, bucket, prefix, region, provider, ca_file, access_key, secret_key]}
  cache_dir: {type: path, required: true, description: [Directory of rclone's cache]}
author: [ops]
"""

EXAMPLES = r"""
- name: Look at both ends
  ops_offsite_look:
    repository: elk_backup
    directory: /mnt/backups/elk
    store: {endpoint: "https://s3.example.org", bucket: elk-offsite, access_key: "{{ key }}", secret_key: "{{ secret }}"}
    cache_dir: /var/cache/ops-offsite
"""

RETURN = r"""
found:
  description: C(rclone) (version), C(source), C(store) and C(target).
  returned: success
  type: dict
"""

import os
import shutil

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_offsite import OPTIONS, generations, measure, read_marker
from ansible.module_utils.ops_rclone import Rclone, RcloneFailed, find_rclone


def main():
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            'directory': {'type': 'str', 'default': ''},
            'expected': {'type': 'list', 'elements': 'str', 'default': []},
            'measure': {'type': 'bool', 'default': False},
            'into': {'type': 'str', 'default': ''},
        },
        supports_check_mode=True,
    )
    params = module.params
    version = find_rclone()
    found = {
        'rclone': version,
        'source': look_at_source(params) if params['directory'] else None,
        'store': look_at_store(params) if version else {'problem': None, 'marker': None},
        'target': look_at_target(params['into']) if params['into'] else None,
    }
    module.exit_json(changed=False, found=found)


def look_at_source(params):
    directory = params['directory']
    there = generations(directory)
    return {
        'exists': os.path.isdir(directory),
        'generation': there[-1] if there else None,
        'missing': [name for name in params['expected'] if not os.path.isfile(os.path.join(directory, name))],
        'bytes': measure(directory)[0] if params['measure'] else None,
    }


def look_at_store(params):
    try:
        rclone = Rclone(params['store'], params['cache_dir'])
        return {'problem': None, 'marker': read_marker(rclone, params['repository'])}
    except (RcloneFailed, OSError) as error:
        return {'problem': str(error), 'marker': None}


def look_at_target(into):
    there = into
    while not os.path.isdir(there) and there != os.path.dirname(there):
        there = os.path.dirname(there)
    record = into.rstrip('/') + '.ops-fetch'
    return {
        'entries': len(os.listdir(into)) if os.path.isdir(into) else 0,
        'fetched': os.path.isfile(record),
        'free': shutil.disk_usage(there).free,
    }


if __name__ == '__main__':
    main()
