#!/usr/bin/python
"""Writes a certificate authority as a PKCS12 store with a trusted entry as Java reads it. There is no password: it holds
nothing but a public certificate. Runs on the controller, whose Python brings a new enough cryptography."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_truststore
short_description: Writes a certificate as a PKCS12 store that Java trusts
description:
  - A PKCS12 file as openssl 3.0 makes it holds no trusted entry for Java; this one does.
options:
  certificate: {type: path, required: true, description: [Certificate in PEM]}
  path: {type: path, required: true, description: [The store; one that is there is written anew]}
extends_documentation_fragment: [ansible.builtin.files]
author: [ops]
"""

EXAMPLES = r"""
- name: Write the authority as a store that Java trusts
  ops_truststore:
    certificate: /srv/ca/ca.crt
    path: /srv/ca/truststore.p12
    mode: "0644"
"""

RETURN = r""" # """

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

    serialize = pkcs12.serialize_java_truststore
    make_entry = pkcs12.PKCS12Certificate
except (ImportError, AttributeError):
    serialize = None


def main():
    module = AnsibleModule(
        argument_spec={
            'certificate': {'type': 'path', 'required': True},
            'path': {'type': 'path', 'required': True},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    if serialize is None:
        module.fail_json(msg=missing_required_lib('cryptography >= 45'))
    path = module.params['path']
    with open(module.params['certificate'], 'rb') as file:
        certificate = x509.load_pem_x509_certificate(file.read())
    if not module.check_mode:
        handle, temporary = tempfile.mkstemp(prefix='.ops-', dir=os.path.dirname(path))
        with os.fdopen(handle, 'wb') as file:
            file.write(serialize([make_entry(certificate, b'ca')], NoEncryption()))
            os.fsync(file.fileno())
        module.atomic_move(temporary, path)
        module.set_fs_attributes_if_different(module.load_file_common_arguments(module.params), True)
    module.exit_json(changed=True)


if __name__ == '__main__':
    main()
