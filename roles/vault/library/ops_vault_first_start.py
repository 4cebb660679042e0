#!/usr/bin/python
"""Starts a Vault for the first time and waits until it answers; what it says then is that it is not initialised. One that ends at
that, and has no data, is left stopped; it never stops or restarts one that runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_vault_first_start
short_description: Starts a Vault for the first time and waits until it answers
description:
  - In check mode it says that Vault would be started.
options:
  url: {type: str, required: true, description: [Address of the Vault]}
  ca_file: {type: path, required: true, description: [Certificate of the authority]}
  unit: {type: str, default: vault, description: [systemd unit]}
  stall_seconds: {type: int, required: true, description: [Longest time until it answers]}
author: [ops]
"""

EXAMPLES = r"""
- name: Start Vault
  ops_vault_first_start:
    url: https://192.168.56.71:8200
    ca_file: /etc/vault/certs/ca.crt
    stall_seconds: 60
"""

RETURN = r"""
seconds:
  description: How long it took.
  returned: success
  type: float
"""

import subprocess
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_unit import UnitUnknown, last_of, read_journal, show_unit
from ansible.module_utils.ops_vault_api import SERVER_OPTIONS, Vault, VaultFailed, read_seal


def main():
    module = AnsibleModule(
        argument_spec={
            **SERVER_OPTIONS,
            'unit': {'type': 'str', 'default': 'vault'},
            'stall_seconds': {'type': 'int', 'required': True},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True, seconds=0.0)
    began, moment = time.monotonic(), int(time.time())
    unit = module.params['unit']
    # Earlier attempts that failed count neither as attempts nor as restarts of this one.
    subprocess.run(['systemctl', 'reset-failed', unit], capture_output=True, timeout=60, check=False)
    ran = subprocess.run(['systemctl', 'start', unit], capture_output=True, text=True, timeout=120, check=False)
    if ran.returncode != 0:
        module.fail_json(msg='Vault does not start: %s' % (last_words(unit, moment) or ran.stderr.strip()))
    try:
        wait_for_answer(module, began, moment)
    except UnitUnknown as error:
        module.fail_json(msg='whether Vault runs is not known: %s' % error)
    module.exit_json(changed=True, seconds=round(time.monotonic() - began, 1))


def wait_for_answer(module, began, moment):
    params = module.params
    while True:
        try:
            read_seal(Vault(params))
            return
        except VaultFailed as error:
            unit = show_unit(params['unit'], 'ActiveState,NRestarts')
            # Before the first look at its process it may have ended already, and been started again.
            if unit.get('ActiveState') != 'active' or int(unit.get('NRestarts', '0') or 0) > 0:
                said = last_words(params['unit'], moment)
                # systemd would try it again and again, and with half of the next attempt's files.
                subprocess.run(['systemctl', 'stop', params['unit']], capture_output=True, timeout=120, check=False)
                module.fail_json(msg='Vault has ended at its first start: %s' % said)
            if time.monotonic() - began > params['stall_seconds']:
                module.fail_json(
                    msg='Vault has not answered for %d s (%s); it said: %s'
                    % (params['stall_seconds'], error, last_words(params['unit'], moment))
                )
        time.sleep(0.1)


def last_words(unit, moment):
    """What it has said since this moment, in seconds since 1970."""
    return last_of(read_journal(unit, 20, '--since', '@%d' % moment), r'vault-server:|\[ERROR\]|[Ee]rror')


if __name__ == '__main__':
    main()
