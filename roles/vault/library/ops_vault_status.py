#!/usr/bin/python
"""Asks a Vault whether it is initialised and sealed. It changes nothing; where nobody answers, it says why."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_vault_status
short_description: Says whether a Vault is initialised and sealed
options:
  url: {type: str, required: true, description: [Address of the Vault]}
  ca_file: {type: path, required: true, description: [Certificate of the authority]}
  as_new: {type: bool, default: false, description: [One that does not answer is one that has still to be started]}
author: [ops]
"""

EXAMPLES = r"""
- name: Ask for the seal
  ops_vault_status:
    url: https://vault01.pl.ovh.local:8200
    ca_file: /srv/ca/ca.crt
  delegate_to: localhost
"""

RETURN = r"""
initialised:
  description: Whether it is initialised; null where that is not known.
  returned: success
  type: bool
sealed:
  description: Whether it is sealed; null where that is not known.
  returned: success
  type: bool
problem:
  description: Why it is not known; null where it is.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_vault_api import SERVER_OPTIONS, Vault, VaultFailed, read_seal


def main():
    module = AnsibleModule(
        argument_spec={**SERVER_OPTIONS, 'as_new': {'type': 'bool', 'default': False}},
        supports_check_mode=True,
    )
    try:
        module.exit_json(changed=False, problem=None, **read_seal(Vault(module.params)))
    except VaultFailed as error:
        if module.params['as_new']:
            module.exit_json(changed=False, problem=None, initialised=False, sealed=True)
        module.exit_json(changed=False, problem=str(error), initialised=None, sealed=None)


if __name__ == '__main__':
    main()
