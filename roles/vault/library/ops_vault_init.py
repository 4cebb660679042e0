#!/usr/bin/python
"""Initialises a Vault and writes what that gives (keys and first token) to a file of mode 0600 on this machine. Room for them is
made before Vault is asked, for it says them once; they are in no result, and no file of keys is ever written over."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_vault_init
short_description: Initialises a Vault, and keeps its keys in a file
options:
  url: {type: str, required: true, description: [Address of the Vault]}
  ca_file: {type: path, required: true, description: [Certificate of the authority]}
  file: {type: path, required: true, description: [File for the keys and the first token; it must not be there yet]}
  shares: {type: int, required: true, description: [Shares of the key]}
  threshold: {type: int, required: true, description: [Shares that unsealing takes]}
author: [ops]
"""

EXAMPLES = r"""
- name: Initialise Vault
  ops_vault_init:
    url: https://vault01.pl.ovh.local:8200
    ca_file: /srv/ca/ca.crt
    file: /srv/secrets/vault-init.json
    shares: 5
    threshold: 3
  delegate_to: localhost
"""

RETURN = r""" # """

import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_vault_api import SERVER_OPTIONS, Vault, VaultFailed, read_seal

ROOM_BYTES = 65536


def main():
    module = AnsibleModule(
        argument_spec={
            **SERVER_OPTIONS,
            'file': {'type': 'path', 'required': True},
            'shares': {'type': 'int', 'required': True},
            'threshold': {'type': 'int', 'required': True},
        },
        supports_check_mode=True,
    )
    params = module.params
    if module.check_mode:
        module.exit_json(changed=True)
    try:
        vault = Vault(params)
        if read_seal(vault)['initialised']:
            module.exit_json(changed=False)
        initialise(vault, params)
    except (VaultFailed, OSError) as error:
        module.fail_json(msg='Vault is not initialised: %s' % error)
    module.exit_json(changed=True)


def initialise(vault, params):
    path = params['file']
    if os.path.lexists(path):
        raise VaultFailed('%s is there already, with the keys of another Vault perhaps: move it away' % path)
    draft = path + '.draft'
    handle = make_room(draft)
    try:
        size = {'secret_shares': params['shares'], 'secret_threshold': params['threshold']}
        answer = vault.call('PUT', 'sys/init', size, timeout=120)
    except VaultFailed:
        os.close(handle)
        os.unlink(draft)
        raise
    write(handle, json.dumps(answer))
    put_in_place(draft, path)


def make_room(draft):
    """The draft, as large as it will ever be. One that an earlier attempt left may hold keys, so it is not written over."""
    os.makedirs(os.path.dirname(draft) or '.', mode=0o700, exist_ok=True)
    try:
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise VaultFailed('%s is there, perhaps with keys that were not put in place: look at it, and move it away' % draft) from None
    try:
        os.posix_fallocate(handle, 0, ROOM_BYTES)
        os.fsync(handle)
    except OSError:
        os.close(handle)
        os.unlink(draft)
        raise
    return handle


def write(handle, text):
    data = text.encode('ascii') + b'\n'
    os.write(handle, data)
    os.ftruncate(handle, len(data))
    os.fsync(handle)
    os.close(handle)


def put_in_place(draft, path):
    os.rename(draft, path)
    folder = os.open(os.path.dirname(path) or '.', os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


if __name__ == '__main__':
    main()
