#!/usr/bin/python
"""What this host has of its secrets, and where else they stand in plain text. It reads only, knows a secret only from its own file, and
hands none back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_secret_look
short_description: Says what a host has of its secrets, without the secrets
description:
  - Looks for the value of every secret in other files, in the environment and in the command line of the service.
options:
  entries: {type: dict, required: true, description: [Entries of C(secret_consumers) by id of the secret]}
  pids: {type: dict, default: {}, description: [Main process of each service by its name]}
  salt: {type: str, default: '', description: [Salt of the fingerprints; without one there are none]}
  search: {type: list, elements: str, default: [], description: [Files that are searched, as globs; ** goes through directories]}
  search_files: {type: int, default: 2000, description: [Most files that are searched]}
  search_bytes: {type: int, default: 1048576, description: [Larger files are left out]}
  login: {type: bool, default: true, description: [Log in once with each, where its entry says at which server]}
author: [ops]
"""

EXAMPLES = r"""
- name: Look at the secrets
  ops_secret_look:
    entries: "{{ secret_consumers }}"
    search: [/etc/default/*]
  no_log: true
"""

RETURN = r"""
secrets: {description: By id what was found., returned: always, type: dict}
problem: {description: What could not be read; null where all is well., returned: always, type: str}
"""

import glob
import os
import stat

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_secret_formats import Unreadable, quote_env, quote_yaml
from ansible.module_utils.ops_secret_host import (
    Trouble,
    fingerprint,
    is_older,
    iso,
    owner_of,
    read_login,
    read_since,
    started_at,
    temporary_of,
)
from ansible.module_utils.ops_secret_ask import log_in

# Anything shorter is found everywhere.
SHORTEST = 6


class Search:
    """The files that a secret may not stand in, each read once."""

    def __init__(self, globs, most, largest):
        self.most, self.largest = most, largest
        self.files, self.incomplete = self.find(globs)

    def find(self, globs):
        found = set()
        for path in (path for one in globs for path in matches(one)):
            if len(found) >= self.most:
                return sorted(found), True
            real = os.path.realpath(path)
            if os.path.isfile(real):
                found.add(real)
        return sorted(found), False

    def run(self, needles):
        """By id of the secret the files that hold it, where they are not its own."""
        found = {name: [] for name in needles}
        for path in self.files:
            content = self.read(path)
            if content is None:
                self.incomplete = True
                continue
            for name, (own, forms) in needles.items():
                if path != own and any(form in content for form in forms):
                    found[name].append(path)
        return found

    def read(self, path):
        try:
            with open(path, 'rb') as file:
                return file.read(self.largest) if os.fstat(file.fileno()).st_size <= self.largest else None
        except OSError:
            return None


def matches(pattern):
    """Hidden files below a directory too, which glob leaves out."""
    if not pattern.endswith('/**'):
        yield from glob.iglob(pattern, recursive=True)
        return
    for base in glob.iglob(pattern[: -len('/**')]):
        for folder, _folders, names in os.walk(base):
            yield from (os.path.join(folder, name) for name in names)


def forms_of(secret):
    """A secret as it is and as files quote it."""
    forms = {secret, quote_yaml(secret)[1:-1]}
    try:
        forms.add(quote_env(secret).strip('"\''))
    except Unreadable:
        pass
    return [one.encode() for one in forms]


def look_at_process(pid, forms):
    """Where the process shows the secret to whoever may look at it."""
    shown = []
    for name, file in (('environment', 'environ'), ('command line', 'cmdline')):
        try:
            with open('/proc/%d/%s' % (pid, file), 'rb') as content:
                text = content.read()
        except OSError:
            continue
        if any(form in text for form in forms):
            shown.append('%s of %d' % (name, pid))
    return shown


def look_at(module, entry, pid):
    principal, secret, state = read_login(entry)
    if secret is not None:
        module.no_log_values.add(secret)
    since = started_at(pid) if pid else None
    login = None
    if secret is not None and entry.get('login_url') and module.params['login']:
        known, problem = log_in(entry, principal, secret, 0)
        login = {'as': known, 'problem': problem}
    return secret, {
        'there': secret is not None,
        'principal': principal,
        'fingerprint': fingerprint(module.params['salt'], secret),
        'file_mode': None if state is None else '%04o' % stat.S_IMODE(state.st_mode),
        'file_owner': None if state is None else owner_of(state),
        'file_changed_at': None if state is None else iso(state.st_mtime),
        'login': login,
        'running_since': iso(since),
        'stale': entry['apply'] != 'none' and is_older(read_since(entry, pid), state),
    }


def look(module):
    params = module.params
    pids = {name: int(pid) for name, pid in params['pids'].items() if str(pid).isdigit() and int(pid) > 0}
    found, needles = {}, {}
    for name, entry in params['entries'].items():
        secret, found[name] = look_at(module, entry, pids.get(entry.get('service'), 0))
        if secret is not None and len(secret) >= SHORTEST:
            needles[name] = (os.path.realpath(entry['file']), forms_of(secret))
    left = [temporary_of(one['file']) for one in params['entries'].values()]
    search = Search(left + params['search'], params['search_files'], params['search_bytes'])
    elsewhere = search.run(needles)
    for name, (_own, forms) in needles.items():
        pid = pids.get(params['entries'][name].get('service'), 0)
        elsewhere[name] += look_at_process(pid, forms) if pid else []
    for name, one in found.items():
        one['plain_text_elsewhere'] = elsewhere.get(name, [])
        one['searched_files'] = len(search.files)
        one['search_incomplete'] = search.incomplete
    return found


def main():
    module = AnsibleModule(
        argument_spec={
            'entries': {'type': 'dict', 'required': True},
            'pids': {'type': 'dict', 'default': {}},
            'salt': {'type': 'str', 'default': ''},
            'search': {'type': 'list', 'elements': 'str', 'default': []},
            'search_files': {'type': 'int', 'default': 2000},
            'search_bytes': {'type': 'int', 'default': 1048576},
            'login': {'type': 'bool', 'default': True},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(changed=False, secrets=look(module), problem=None)
    except Trouble as error:
        module.exit_json(changed=False, secrets={}, problem=str(error))


if __name__ == '__main__':
    main()
