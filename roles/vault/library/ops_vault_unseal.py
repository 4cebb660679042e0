#!/usr/bin/python
"""Unseals a Vault with the keys of a file on this machine, and waits until it serves. No key is in a result."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_vault_unseal
short_description: Unseals a Vault with the keys of a file
options:
  url: {type: str, required: true, description: [Address of the Vault]}
  ca_file: {type: path, required: true, description: [Certificate of the authority]}
  file: {type: path, required: true, description: [File with the keys]}
  stall_seconds: {type: int, required: true, description: [Longest time until it serves once it is unsealed]}
author: [ops]
"""

EXAMPLES = r"""
- name: Unseal Vault
  ops_vault_unseal:
    url: https://vault01.pl.ovh.local:8200
    ca_file: /srv/ca/ca.crt
    file: /srv/secrets/vault-init.json
    stall_seconds: 60
  delegate_to: localhost
"""

RETURN = r""" # """

import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_vault_api import SERVER_OPTIONS, Vault, VaultFailed, read_keys, read_seal


def main():
    module = AnsibleModule(
        argument_spec={
            **SERVER_OPTIONS,
            'file': {'type': 'path', 'required': True},
            'stall_seconds': {'type': 'int', 'required': True},
        },
        supports_check_mode=True,
    )
    params = module.params
    if module.check_mode:
        module.exit_json(changed=True)
    try:
        vault = Vault(params)
        sealed = read_seal(vault)['sealed']
        if sealed:
            unseal(vault, read_keys(module, params['file']), params['file'])
        wait_until_it_serves(vault, params['stall_seconds'])
    except VaultFailed as error:
        module.fail_json(msg='Vault is not unsealed: %s' % error)
    module.exit_json(changed=sealed)


def unseal(vault, keys, path):
    for key in keys:
        try:
            sealed = vault.call('PUT', 'sys/unseal', {'key': key})['sealed']
        except VaultFailed as error:
            if error.status == 400:
                raise VaultFailed('it refuses the keys of %s; are they those of another Vault? (%s)' % (path, error)) from error
            raise
        if not sealed:
            return
    raise VaultFailed('the %d keys of %s do not suffice' % (len(keys), path))


def wait_until_it_serves(vault, stall_seconds):
    until = time.monotonic() + stall_seconds
    while True:
        try:
            vault.call('GET', 'sys/health')
            return
        except VaultFailed as error:
            if time.monotonic() > until:
                raise VaultFailed('%d s after that it does not serve yet: %s' % (stall_seconds, error)) from error
        time.sleep(0.1)


if __name__ == '__main__':
    main()
