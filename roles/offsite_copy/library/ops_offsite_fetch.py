#!/usr/bin/python
"""Fetches the last whole copy of a snapshot repository from the store into a directory. Only the index file of that copy comes with it,
and it comes last: a directory that is half fetched holds no repository."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_offsite_fetch
short_description: Fetches the copy of a snapshot repository from the store
options:
  repository: {type: str, required: true, description: [Name of the repository]}
  generation: {type: int, required: true, description: [The generation that the copy is whole at]}
  into: {type: path, required: true, description: [Directory that becomes the same as the copy]}
  store: {type: dict, required: true, description: [Endpoint, bucket, prefix, region, provider, ca_file, access_key, secret_key]}
  speed: {type: dict, default: {}, description: [Transfers, checkers, bwlimit, fast_list, stall_seconds]}
  cache_dir: {type: path, required: true, description: [Directory of rclone's cache]}
author: [ops]
"""

EXAMPLES = r"""
- name: Fetch it
  ops_offsite_fetch:
    repository: elk_backup
    generation: 7
    into: /mnt/backups/elk/ops-fetched/elk_backup
    store: {endpoint: "https://s3.example.org", bucket: elk-offsite, access_key: "{{ key }}", secret_key: "{{ secret }}"}
    cache_dir: /var/cache/ops-offsite
"""

RETURN = r"""
moved:
  description: Bytes and files that were fetched.
  returned: success
  type: dict
"""

import os

from ansible.module_utils.ops_offsite import begin_work, do_alone, filters, generations, measure
from ansible.module_utils.ops_rclone import Rclone, RcloneFailed


def main():
    module = begin_work(
        {'into': {'type': 'path', 'required': True}},
        in_check_mode={'moved': {'bytes': 0, 'files': 0}},
    )
    # Servers run as another user and have to read it.
    os.umask(0o022)
    moved = do_alone(module, fetch)
    total, files = measure(module.params['into'])
    module.exit_json(changed=moved['files'] > 0, moved=moved, bytes=total, files=files)


def fetch(params):
    rclone = Rclone(params['store'], params['cache_dir'], params['speed'])
    into, copy, wanted = params['into'], rclone.at(params['repository']), params['generation']
    os.makedirs(into, exist_ok=True)
    # Says that what is in there came from the store and may be made the same as it again.
    with open(into.rstrip('/') + '.ops-fetch', 'w', encoding='utf-8') as file:
        file.write('%s %d\n' % (params['repository'], wanted))
    for other in generations(into):
        os.unlink(os.path.join(into, 'index-%d' % other))
    blobs = rclone.run('sync', '--checksum', *filters('- /index-*', '- /index.latest'), copy, into)
    index = rclone.run('copy', '--checksum', *filters('+ /index-%d' % wanted, '- **'), copy, into)
    if generations(into) != [wanted]:
        raise RcloneFailed('the store has no index-%d: the copy is not what its marker says' % wanted)
    return {'bytes': blobs.bytes + index.bytes, 'files': blobs.files + index.files}


if __name__ == '__main__':
    main()
