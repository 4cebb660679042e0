#!/usr/bin/python
"""Entries of elasticsearch.keystore. Values go to the vendor's tool on its stdin, never on a command line; whether one has
changed is known from a salted digest beside the keystore, which only root can read."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_elasticsearch_keystore
short_description: Sets entries of the keystore of an Elasticsearch node
options:
  home: {type: path, required: true, description: [Home of the software]}
  config_dir: {type: path, required: true, description: [Directory of elasticsearch.keystore]}
  java_home: {type: str, default: '', description: [Home of a JDK; empty for the one of the distribution]}
  group: {type: str, required: true, description: [Group that may read the keystore]}
  values: {type: dict, default: {}, description: [Value by name]}
  files: {type: dict, default: {}, description: [File on the host that holds the value, by name]}
  absent: {type: list, elements: str, default: [], description: [Names that must not be there]}
author: [ops]
"""

EXAMPLES = r"""
- name: Set the entries of the keystore
  ops_elasticsearch_keystore:
    home: /usr/share/elasticsearch
    config_dir: /etc/elasticsearch
    group: elasticsearch
    files: {xpack.security.http.ssl.keystore.secure_password: /etc/elasticsearch/certs/store.password}
"""

RETURN = r"""
names:
  description: Entries that were set or removed.
  returned: success
  type: list
  elements: str
"""

import hashlib
import json
import os
import secrets
import subprocess
import tempfile

from ansible.module_utils.basic import AnsibleModule

RECORD = '.ops-keystore.json'
ROUNDS = 20000


def main():
    module = AnsibleModule(
        argument_spec={
            'home': {'type': 'path', 'required': True},
            'config_dir': {'type': 'path', 'required': True},
            'java_home': {'type': 'str', 'default': ''},
            'group': {'type': 'str', 'required': True},
            'values': {'type': 'dict', 'default': {}, 'no_log': True},
            'files': {'type': 'dict', 'default': {}},
            'absent': {'type': 'list', 'elements': 'str', 'default': []},
        },
        supports_check_mode=True,
    )
    folder = module.params['config_dir']
    store, record_file = os.path.join(folder, 'elasticsearch.keystore'), os.path.join(folder, RECORD)
    record = read_record(record_file)
    values = read_values(module)
    unchanged = {name for name, value in values.items() if record['digests'].get(name) == digest(value, record['salt'])}
    touched = sha256(store) != record['keystore']
    # Only a keystore that is not as we left it has to be opened, which takes a JVM.
    there = set(list_names(module)) if touched and can_list(module, store) else (set() if touched else set(record['digests']))
    to_set = sorted(name for name in values if name not in unchanged or name not in there)
    to_remove = sorted(there & set(module.params['absent']))
    changed = to_set + to_remove
    if not module.check_mode and (changed or touched):
        if to_remove:
            run_tool(module, ['remove', *to_remove])
        if to_set:
            run_tool(module, ['add', '-x', '-f', *to_set], ''.join('%s\n' % values[name] for name in to_set))
        os.chmod(store, 0o660)
        module.set_group_if_different(store, module.params['group'], False)
        digests = {**record['digests'], **{name: digest(values[name], record['salt']) for name in values}}
        for name in module.params['absent']:
            digests.pop(name, None)
        write_record(record_file, {**record, 'digests': digests, 'keystore': sha256(store)}, keep_time=not changed)
    names = ''.join('%s: (a new value)\n' % name for name in to_set) + ''.join('%s: removed\n' % name for name in to_remove)
    diff = {'before_header': store, 'after_header': store, 'before': '', 'after': names}
    module.exit_json(changed=bool(changed), names=changed, **({'diff': diff} if changed else {}))


def read_values(module):
    values = {name: str(value) for name, value in module.params['values'].items()}
    for name, path in module.params['files'].items():
        try:
            with open(path, encoding='utf-8') as file:
                values[name] = file.read().strip()
        except OSError as error:
            if not module.check_mode:
                module.fail_json(msg='the value of %s cannot be read: %s' % (name, error))
            # Made by a task that check mode leaves out.
            values[name] = ''
    empty = sorted(name for name, value in values.items() if value == '' and not module.check_mode)
    broken = sorted(name for name, value in values.items() if '\n' in value)
    if empty or broken:
        module.fail_json(msg='values that are empty or have more than one line: %s' % ', '.join(empty + broken))
    return values


def digest(value, salt):
    return hashlib.pbkdf2_hmac('sha256', value.encode('utf-8'), bytes.fromhex(salt), ROUNDS).hex()


def sha256(path):
    try:
        with open(path, 'rb') as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def read_record(path):
    try:
        with open(path, encoding='utf-8') as file:
            record = json.load(file)
        return {'salt': record['salt'], 'digests': dict(record['digests']), 'keystore': record['keystore']}
    except (OSError, ValueError, KeyError, TypeError):
        return {'salt': secrets.token_hex(16), 'digests': {}, 'keystore': ''}


def write_record(path, record, keep_time):
    """The time of the record says when a value last changed, which a running node may not have read."""
    before = os.stat(path) if keep_time and os.path.exists(path) else None
    handle, temporary = tempfile.mkstemp(prefix='.ops-', dir=os.path.dirname(path))
    with os.fdopen(handle, 'w', encoding='utf-8') as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    if before is not None:
        os.utime(temporary, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(temporary, path)


def can_list(module, store):
    return os.path.exists(store) and os.path.exists(tool_of(module))


def list_names(module):
    return [line.strip() for line in run_tool(module, ['list']).splitlines() if line.strip()]


def tool_of(module):
    return os.path.join(module.params['home'], 'bin', 'elasticsearch-keystore')


def run_tool(module, words, lines=''):
    params = module.params
    env = {
        'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'ES_HOME': params['home'],
        'ES_PATH_CONF': params['config_dir'],
        **({'ES_JAVA_HOME': params['java_home']} if params['java_home'] else {}),
    }
    try:
        ran = subprocess.run(
            [tool_of(module), *words], env=env, input=lines, capture_output=True, text=True, timeout=300, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        module.fail_json(msg='elasticsearch-keystore %s cannot be run: %s' % (words[0], type(error).__name__))
    if ran.returncode != 0:
        module.fail_json(msg='elasticsearch-keystore %s fails: %s' % (words[0], ran.stderr.strip()[-500:]))
    return ran.stdout


if __name__ == '__main__':
    main()
