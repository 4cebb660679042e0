#!/usr/bin/python
"""Looks at the Vault of a host before anything is done to it: installed or not, running or not, new or with data. It changes
nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_vault_look
short_description: Says what there is of a Vault on a host
options:
  method: {type: str, choices: [apt, archive], required: true, description: [How it is installed]}
  home: {type: path, required: true, description: [Home of the software from an archive]}
  binary: {type: path, required: true, description: [The program]}
  data_dir: {type: path, required: true, description: [Directory of the data]}
  directories: {type: list, elements: path, default: [], description: [Directories that have to be there]}
  user: {type: str, required: true, description: [User of the service]}
  unit: {type: str, default: vault, description: [systemd unit]}
  watched: {type: dict, default: {}, description: [Files that a running Vault has read at its start, by the name to call each]}
author: [ops]
"""

EXAMPLES = r"""
- name: Look at the Vault
  ops_vault_look:
    method: archive
    home: /opt/vault
    binary: /opt/vault/bin/vault
    data_dir: /var/lib/vault
    user: vault
"""

RETURN = r"""
installed:
  description: Version of the package, or checksum of the archive that the software came from; empty where there is none.
  returned: success
  type: str
running:
  description: Whether the service has a process.
  returned: success
  type: bool
storage:
  description:
    - C(initialised) where a Vault has its keyring in it; C(foreign) where something is in it that is not Vault's, with C(entries).
  returned: success
  type: dict
stale:
  description: Names of watched files, and the software, that have changed since the process began.
  returned: success
  type: list
  elements: str
"""

import os
import re
import shutil
import subprocess

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_host import id_of, list_data, read_text
from ansible.module_utils.ops_unit import UnitUnknown, process_of, show_unit, stale_of, state_of

OF_VAULT = {'audit', 'auth', 'core', 'logical', 'sys', 'lost+found'}


def main():
    module = AnsibleModule(
        argument_spec={
            'method': {'type': 'str', 'choices': ['apt', 'archive'], 'required': True},
            'home': {'type': 'path', 'required': True},
            'binary': {'type': 'path', 'required': True},
            'data_dir': {'type': 'path', 'required': True},
            'directories': {'type': 'list', 'elements': 'path', 'default': []},
            'user': {'type': 'str', 'required': True},
            'unit': {'type': 'str', 'default': 'vault'},
            'watched': {'type': 'dict', 'default': {}},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        shown = show_unit(params['unit'])
    except UnitUnknown as error:
        module.fail_json(msg=str(error))
    process = process_of(shown)
    replaced = ['the software'] if process and is_replaced(process, params['binary']) else []
    module.exit_json(
        changed=False,
        installed=package_version() if params['method'] == 'apt' else archive_of(params['home']),
        **state_of(shown),
        user_id=id_of(params['user']),
        codename=codename(),
        logrotate=shutil.which('logrotate', path='/usr/sbin:/usr/bin:/sbin:/bin') is not None,
        directories=[path for path in params['directories'] if os.path.isdir(path)],
        storage=look_at_storage(module, params['data_dir']),
        stale=sorted(stale_of(params['watched'], shown) + replaced),
    )


def package_version():
    """Without the revision of the package."""
    command = ['dpkg-query', '--show', '--showformat', '${db:Status-Status} ${Version}', 'vault']
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    status, _blank, version = ran.stdout.partition(' ')
    return version.rpartition('-')[0] or version if ran.returncode == 0 and status == 'installed' else ''


def archive_of(home):
    return read_text(os.path.join(home, '.ops-archive')).strip()


def codename():
    found = re.search(r'(?m)^VERSION_CODENAME="?(\w+)', read_text('/etc/os-release'))
    return found[1] if found else ''


def look_at_storage(module, folder):
    entries = list_data(module, folder)
    return {
        'initialised': os.path.exists(os.path.join(folder, 'core', '_keyring')),
        'foreign': not OF_VAULT.issuperset(entries),
        'entries': entries[:5],
    }


def is_replaced(process, binary):
    """A package keeps the time that its files were built at, so the program itself is compared, not its time."""
    try:
        return not os.path.samestat(os.stat('/proc/%d/exe' % process), os.stat(binary))
    except OSError:
        return False


if __name__ == '__main__':
    main()
