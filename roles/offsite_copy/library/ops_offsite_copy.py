#!/usr/bin/python
"""Copies a snapshot repository to an S3-compatible store, in passes after each of which the copy can be read: what the index file names
is there before it, and nothing that an index file at the store may name is removed here."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_offsite_copy
short_description: Brings the copy of a snapshot repository up to one of its generations
description:
  - All moving, comparing and checking is rclone's; this is the order of its starts.
options:
  repository: {type: str, required: true, description: [Name of the repository]}
  directory: {type: path, required: true, description: [Where it lies on this host]}
  generation: {type: int, required: true, description: [The generation that was looked at; another one is refused]}
  run: {type: str, required: true, description: [Who copies]}
  snapshots: {type: list, elements: str, default: [], description: [Snapshots in it, for the marker]}
  reread: {type: bool, default: false, description: [Read the whole repository again in place of remembering its checksums]}
  store: {type: dict, required: true, description: [Endpoint, bucket, prefix, region, provider, ca_file, access_key, secret_key]}
  speed: {type: dict, default: {}, description: [Transfers, checkers, bwlimit, fast_list, stall_seconds]}
  cache_dir: {type: path, required: true, description: [Directory of rclone's cache]}
author: [ops]
"""

EXAMPLES = r"""
- name: Copy it
  ops_offsite_copy:
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
"""

from ansible.module_utils.ops_offsite import (
    CHANGING,
    FOREIGN,
    begin_work,
    do_alone,
    filters,
    generations,
    measure,
    now,
    read_marker,
    write_marker,
)
from ansible.module_utils.ops_rclone import Rclone, RcloneFailed, compare


def main():
    module = begin_work(
        {
            'directory': {'type': 'path', 'required': True},
            'run': {'type': 'str', 'required': True},
            'snapshots': {'type': 'list', 'elements': 'str', 'default': []},
            'reread': {'type': 'bool', 'default': False},
        },
        in_check_mode={'marker': {}},
    )
    marker = do_alone(module, lambda params: Copy(params).make())
    module.exit_json(changed=marker['moved']['files'] > 0, marker=marker)


class Moved(RcloneFailed):
    """The repository is not the one that was looked at."""


class Copy:
    def __init__(self, params):
        self.params = params
        self.rclone = Rclone(params['store'], params['cache_dir'], params['speed'], params['directory'], params['reread'])
        self.there = self.rclone.at(params['repository'])
        self.moved = {'bytes': 0, 'files': 0}

    def make(self):
        params, wanted = self.params, self.params['generation']
        before = read_marker(self.rclone, params['repository']) or {}
        marker = {
            'state': 'unfinished',
            'run': params['run'],
            'generation': wanted,
            # What a reader can rely on meanwhile: the index of the last whole copy, and everything that it names.
            'whole': before.get('whole'),
            'whole_bytes': before.get('whole_bytes'),
            'started_at': now(),
            'snapshots': before.get('snapshots', []),
        }
        self.require_generation()
        write_marker(self.rclone, params['repository'], marker)
        self.copy_blobs()
        indices = self.require_generation()
        self.copy_indices(indices)
        self.copy_changing()
        surplus = self.check()
        self.require_generation()
        total, files = measure(params['directory'])
        marker.update(whole=wanted, whole_bytes=total, bytes=total, files=files, moved=self.moved, surplus=surplus)
        marker.update(snapshots=params['snapshots'], ended_at=now(), state='finished' if surplus == 0 else 'unfinished')
        write_marker(self.rclone, params['repository'], marker)
        return marker

    def copy_blobs(self):
        """Everything that index files name. A blob never changes: where two differ, one is damaged, and neither is overwritten."""
        rules = filters(*FOREIGN, '- /index-*', *('- ' + one for one in CHANGING))
        self.start('copy', '--checksum', '--immutable', *rules, 'source:', self.there)

    def copy_indices(self, indices):
        rules = filters(*('+ /index-%d' % one for one in indices), '- **')
        self.start('copy', '--checksum', *rules, self.params['directory'], self.there)

    def copy_changing(self):
        rules = filters(*('+ ' + one for one in CHANGING), '- **')
        self.start('copy', '--checksum', *rules, self.params['directory'], self.there)

    def check(self):
        """Compares all of both ends by checksum. Returns how many files the store has beyond those of the repository."""
        found = self.guarded(lambda: compare(self.rclone, 'source:', self.there, *filters(*FOREIGN)))
        wrong = [*found['missing-on-dst'], *found['differ'], *found['error']]
        if wrong:
            self.require_generation()
            raise RcloneFailed('the copy is not the repository: %d files are missing or differ: %s' % (len(wrong), ', '.join(wrong[:5])))
        return len(found['missing-on-src'])

    def start(self, verb, *words):
        ran = self.guarded(lambda: self.rclone.run(verb, *words))
        self.moved = {'bytes': self.moved['bytes'] + ran.bytes, 'files': self.moved['files'] + ran.files}

    def guarded(self, work):
        try:
            return work()
        except RcloneFailed as error:
            # Somebody who writes meanwhile removes files under us: that is the news, not the file.
            self.require_generation()
            raise RcloneFailed(explain(str(error))) from error

    def require_generation(self):
        wanted, there = self.params['generation'], generations(self.params['directory'])
        if not there:
            raise Moved('%s holds no repository any more: is it still mounted?' % self.params['directory'])
        if there[-1] != wanted:
            raise Moved('somebody else has written to the repository: it is at generation %d, not %d' % (there[-1], wanted))
        return there


def explain(text):
    if 'immutable file modified' not in text:
        return text
    return (
        '%s. A file of a repository never changes, so one of both is damaged, and neither was overwritten: restore from each to find out '
        'which; a damaged one at the store is deleted there by hand and copied again' % text
    )


if __name__ == '__main__':
    main()
