#!/usr/bin/python
"""Has a running Vault read its certificate again where it serves another one than the file has. That is a reload (HUP), which
does not seal it; it is never restarted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_vault_certificate
short_description: Has a running Vault serve the certificate of its file
description:
  - Nothing is done where nobody answers on the port.
options:
  address: {type: str, required: true, description: [Address of the Vault]}
  port: {type: int, required: true, description: [Its port]}
  file: {type: path, required: true, description: [The certificate, PEM]}
  unit: {type: str, default: vault, description: [systemd unit]}
  stall_seconds: {type: int, required: true, description: [Longest time until it serves the new one]}
author: [ops]
"""

EXAMPLES = r"""
- name: Have Vault read its certificate again
  ops_vault_certificate:
    address: 192.168.56.71
    port: 8200
    file: /etc/vault/certs/host.crt
    stall_seconds: 60
"""

RETURN = r""" # """

import re
import ssl
import subprocess
import time

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        argument_spec={
            'address': {'type': 'str', 'required': True},
            'port': {'type': 'int', 'required': True},
            'file': {'type': 'path', 'required': True},
            'unit': {'type': 'str', 'default': 'vault'},
            'stall_seconds': {'type': 'int', 'required': True},
        },
        supports_check_mode=True,
    )
    params = module.params
    wanted, served = read_file(params['file']), read_served(params)
    if wanted is None or served is None or served == wanted:
        module.exit_json(changed=False)
    if not module.check_mode:
        reload_unit(module)
        wait_for(module, wanted)
    module.exit_json(changed=True)


def read_file(path):
    try:
        with open(path, encoding='ascii') as file:
            first = re.search(r'-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----', file.read(), re.DOTALL)
    except OSError:
        return None
    return ssl.PEM_cert_to_DER_cert(first[0]) if first else None


def read_served(params):
    """Only looked at, so it need not be trusted."""
    try:
        return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((params['address'], params['port']), timeout=10))
    except (OSError, ValueError):
        return None


def reload_unit(module):
    command = ['systemctl', 'reload', module.params['unit']]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if ran.returncode != 0:
        module.fail_json(msg='Vault cannot be reloaded: %s' % ran.stderr.strip())


def wait_for(module, wanted):
    until = time.monotonic() + module.params['stall_seconds']
    while read_served(module.params) != wanted:
        if time.monotonic() > until:
            module.fail_json(
                msg='Vault has been reloaded, and does not serve the certificate of %s: journalctl -u %s says why'
                % (module.params['file'], module.params['unit'])
            )
        time.sleep(0.2)


if __name__ == '__main__':
    main()
