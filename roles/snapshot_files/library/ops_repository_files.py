#!/usr/bin/python
"""Room in a snapshot repository of type fs, and whether every file of one snapshot is in it. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_repository_files
short_description: Looks at the files of a snapshot repository of type fs
description:
  - Elasticsearch calls a snapshot a success when every shard has been written, and never looks again at files that an earlier
    snapshot has brought. This looks at all of them.
options:
  dir:
    description: Directory of the repository.
    type: path
    required: true
  snapshot:
    description: Uuid of the snapshot whose files are looked for; empty for the room alone.
    type: str
    default: ''
  read:
    description: Read every file to its end and compare its checksum, not only its length.
    type: bool
    default: false
author: [ops]
"""

EXAMPLES = r"""
- name: Look for every file of a snapshot
  ops_repository_files:
    dir: /mnt/backups/elk
    snapshot: bF3T7iXyQgqZc8bA3wYk4A
"""

RETURN = r"""
free_bytes:
  description: Room that the owner of the directory may still use.
  returned: always
  type: int
total_bytes:
  description: Size of the filesystem.
  returned: always
  type: int
shards:
  description: Shards that were looked at.
  returned: with a snapshot
  type: int
files:
  description: Files that were looked for.
  returned: with a snapshot
  type: int
bytes:
  description: Their sizes.
  returned: with a snapshot
  type: int
lost:
  description: How many things are wrong.
  returned: with a snapshot
  type: int
troubles:
  description: The first of them; C(index), C(shard) (none where it is not of a shard), C(file) and C(why).
  returned: with a snapshot
  type: list
  elements: dict
"""

import os
import zlib

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_repository import Broken, acting_as_owner, read_blob, read_contents

MOST_TROUBLES = 50
CHUNK = 1 << 20


class Check:
    def __init__(self, root, reads):
        self.root = root
        self.reads = reads
        self.shards = self.files = self.bytes = self.lost = 0
        self.troubles = []

    def complain(self, index, shard, file, why):
        self.lost += 1
        if len(self.troubles) < MOST_TROUBLES:
            self.troubles.append({'index': index, 'shard': shard, 'file': file, 'why': why})

    def metadata(self, index, shard, *parts):
        """A file of metadata, parsed; none where it cannot be."""
        self.files += 1
        try:
            return read_blob(os.path.join(self.root, *parts))
        except Broken as error:
            self.complain(index, shard, '/'.join(parts), str(error))
            return None

    def snapshot(self, uuid):
        contents = read_contents(self.root)
        found = next((one for one in contents['snapshots'] if one['uuid'] == uuid), None)
        if found is None:
            raise Broken('the table of contents does not name the snapshot %s' % uuid)
        for name in ('snap-%s.dat' % uuid, 'meta-%s.dat' % uuid):
            self.metadata('', None, name)
        identifiers = contents.get('index_metadata_identifiers', {})
        lookup = found.get('index_metadata_lookup', {})
        for name, index in sorted(contents['indices'].items()):
            if uuid in index['snapshots']:
                blob = identifiers.get(lookup.get(index['id']), uuid)
                self.metadata(name, None, 'indices', index['id'], 'meta-%s.dat' % blob)
                for shard, generation in enumerate(index.get('shard_generations', [])):
                    self.shard(uuid, name, index['id'], shard, generation)

    def shard(self, uuid, name, folder, shard, generation):
        self.shards += 1
        place = ('indices', folder, str(shard))
        if generation is not None:
            # What the next snapshot of this shard builds upon.
            self.metadata(name, shard, *place, 'index-%s' % generation)
        described = self.metadata(name, shard, *place, 'snap-%s.dat' % uuid)
        if described is None:
            return
        try:
            sizes = {entry.name: entry.stat().st_size for entry in os.scandir(os.path.join(self.root, *place))}
        except OSError as error:
            self.complain(name, shard, '/'.join(place), 'cannot be listed: %s' % error.strerror)
            return
        for file in described.get('files', []):
            # The content of a small one is in the description itself.
            if not file['name'].startswith('v__'):
                self.file(name, shard, place, file, sizes)

    def file(self, name, shard, place, file, sizes):
        parts = list(parts_of(file))
        right = True
        for part, length in parts:
            self.files += 1
            self.bytes += length
            size = sizes.get(part)
            if size != length:
                right = False
                why = 'is not there' if size is None else 'has %d bytes instead of %d' % (size, length)
                self.complain(name, shard, '/'.join((*place, part)), '%s (%s)' % (why, file['physical_name']))
        if right and self.reads:
            self.read(name, shard, place, file, [part for part, _length in parts])

    def read(self, name, shard, place, file, parts):
        """Each ends with the checksum of what is before it; that checksum is in the description too."""
        left = file['length'] - 8
        checksum, tail = 0, b''
        try:
            for part in parts:
                with open(os.path.join(self.root, *place, part), 'rb') as opened:
                    while data := opened.read(CHUNK):
                        checksum = zlib.crc32(data[:max(0, left)], checksum)
                        tail += data[max(0, left):]
                        left -= len(data)
        except OSError as error:
            self.complain(name, shard, '/'.join((*place, parts[0])), 'cannot be read: %s' % error.strerror)
            return
        if int(file['checksum'], 36) != checksum or int.from_bytes(tail, 'big') != checksum:
            why = 'its content is not what was written (%s)' % file['physical_name']
            self.complain(name, shard, '/'.join((*place, parts[0])), why)


def parts_of(file):
    """Names and lengths of the files that one file of the index lies in."""
    length, most = file['length'], file.get('part_size')
    if not most or most >= length:
        yield file['name'], length
        return
    for number in range((length + most - 1) // most):
        yield '%s.part%d' % (file['name'], number), min(most, length - number * most)


def look(root, uuid, reads):
    space = os.statvfs(root)
    found = {'free_bytes': space.f_bavail * space.f_frsize, 'total_bytes': space.f_blocks * space.f_frsize}
    if uuid:
        check = Check(root, reads)
        check.snapshot(uuid)
        for name in ('shards', 'files', 'bytes', 'lost', 'troubles'):
            found[name] = getattr(check, name)
    return found


def main():
    module = AnsibleModule(
        argument_spec={
            'dir': {'type': 'path', 'required': True},
            'snapshot': {'type': 'str', 'default': ''},
            'read': {'type': 'bool', 'default': False},
        },
        supports_check_mode=True,
    )
    root = module.params['dir']
    try:
        with acting_as_owner(root):
            found = look(root, module.params['snapshot'], module.params['read'])
    except Broken as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg='%s: %s' % (error.filename or root, error.strerror))
    module.exit_json(changed=False, **found)


if __name__ == '__main__':
    main()
