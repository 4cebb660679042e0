#!/usr/bin/python
"""Files of configuration that an archive brings (log4j2.properties and the like): put beside elasticsearch.yml, and brought up
to a newer version where nobody has changed them. It never touches what a person or a role has written."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_elasticsearch_defaults
short_description: Puts the configuration files of an archive into the configuration directory
options:
  home: {type: path, required: true, description: [Home of the software; its config directory is read]}
  config_dir: {type: path, required: true, description: [Directory of elasticsearch.yml]}
  group: {type: str, required: true, description: [Group that may read the files]}
author: [ops]
"""

EXAMPLES = r"""
- name: Put the files of the distribution beside elasticsearch.yml
  ops_elasticsearch_defaults:
    home: /usr/share/elasticsearch
    config_dir: /etc/elasticsearch
    group: elasticsearch
"""

RETURN = r"""
written:
  description: Files that were written.
  returned: success
  type: list
  elements: str
"""

import hashlib
import json
import os
import shutil

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_host import read_text

RECORD = '.ops-defaults.json'
# Written by the role, or by Elasticsearch itself.
OURS = ('elasticsearch.yml', 'elasticsearch.keystore')


def main():
    module = AnsibleModule(
        argument_spec={
            'home': {'type': 'path', 'required': True},
            'config_dir': {'type': 'path', 'required': True},
            'group': {'type': 'str', 'required': True},
        },
        supports_check_mode=True,
    )
    source, target = os.path.join(module.params['home'], 'config'), module.params['config_dir']
    record = read_record(target)
    wanted = {name: sha256(os.path.join(source, name)) for name in names_in(source)}
    written = [name for name in sorted(wanted) if is_due(os.path.join(target, name), wanted[name], record['files'].get(name))]
    installed = read_text(os.path.join(module.params['home'], '.ops-archive')).strip()
    if not module.check_mode:
        for name in written:
            put(module, os.path.join(source, name), os.path.join(target, name))
        as_brought = {name: wanted[name] for name in wanted if sha256(os.path.join(target, name)) == wanted[name]}
        put_record = {'archive': installed, 'files': {**record['files'], **as_brought}}
        if put_record != record:
            write_record(target, put_record)
    diff = {'before_header': target, 'after_header': target, 'before': '', 'after': ''.join('%s\n' % name for name in written)}
    module.exit_json(changed=bool(written), written=written, **({'diff': diff} if written else {}))


def names_in(source):
    for folder, _folders, names in os.walk(source):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), source)
            if path not in OURS:
                yield path


def is_due(path, wanted, put_before):
    """There is none, or it is still as an older version brought it."""
    there = sha256(path)
    return there is None or (there != wanted and there == put_before)


def put(module, source, target):
    os.makedirs(os.path.dirname(target), mode=0o750, exist_ok=True)
    draft = target + '.ops-draft'
    shutil.copyfile(source, draft)
    os.chmod(draft, 0o640)
    module.set_group_if_different(draft, module.params['group'], False)
    os.replace(draft, target)


def read_record(target):
    try:
        record = json.loads(read_text(os.path.join(target, RECORD)))
        return {'archive': record['archive'], 'files': dict(record['files'])}
    except (ValueError, KeyError, TypeError):
        return {'archive': '', 'files': {}}


def write_record(target, record):
    path = os.path.join(target, RECORD)
    with open(path + '.draft', 'w', encoding='utf-8') as file:
        json.dump(record, file)
    os.replace(path + '.draft', path)


def sha256(path):
    try:
        with open(path, 'rb') as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


if __name__ == '__main__':
    main()
