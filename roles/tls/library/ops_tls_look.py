#!/usr/bin/python
"""Looks at key, certificate and stores of a host: what has to be made, what must not be used. It changes nothing and never
hands back a key or a password."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_tls_look
short_description: Says whether the certificate of a host is there, whose it is, and when it ends
description:
  - C(due) are the reasons to make something; C(refused) is what must not be replaced without a word from a person.
options:
  dir: {type: path, required: true, description: [Directory of host.key and host.crt]}
  ca: {type: str, required: true, description: ['Certificate of the authority, in PEM; empty where it is not made yet']}
  names: {type: list, elements: str, required: true, description: [Names that the certificate has to be for]}
  addresses: {type: list, elements: str, required: true, description: [Addresses that the certificate has to be for]}
  renew_days: {type: int, required: true, description: [A certificate that ends within these days is due]}
  keystore: {type: str, description: [Name of the PKCS12 file with key and certificate]}
  truststore: {type: str, description: [Name of the PKCS12 file with the authority]}
  replace:
    type: list
    elements: str
    choices: [expired, foreign]
    default: []
    description: [What is due instead of refused]
author: [ops]
"""

EXAMPLES = r"""
- name: Look at the certificate of the host
  ops_tls_look:
    dir: /etc/elasticsearch/certs
    ca: "{{ lookup('file', 'ca.crt') }}"
    names: [es-data01]
    addresses: [192.168.56.21]
    renew_days: 60
"""

RETURN = r"""
due:
  description: Why something has to be made.
  returned: success
  type: list
  elements: str
renew:
  description: Whether the certificate itself has to be signed anew.
  returned: success
  type: bool
refused:
  description: What must not be used, and the remedy.
  returned: success
  type: list
  elements: str
certificate:
  description: Issuer, serial, names and end of the certificate; null where there is none.
  returned: success
  type: dict
pem:
  description: The certificate itself; empty where there is none that can be read.
  returned: success
  type: str
"""

import datetime
import ipaddress
import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs12
except ImportError:
    x509 = None


def main():
    module = AnsibleModule(
        argument_spec={
            'dir': {'type': 'path', 'required': True},
            'ca': {'type': 'str', 'required': True},
            'names': {'type': 'list', 'elements': 'str', 'required': True},
            'addresses': {'type': 'list', 'elements': 'str', 'required': True},
            'renew_days': {'type': 'int', 'required': True},
            'keystore': {'type': 'str'},
            'truststore': {'type': 'str'},
            'replace': {'type': 'list', 'elements': 'str', 'choices': ['expired', 'foreign'], 'default': []},
        },
        supports_check_mode=True,
    )
    if x509 is None:
        # Before role base has been there, as in a first run in check mode, there is nothing to look at either.
        if not os.path.exists(os.path.join(module.params['dir'], 'host.crt')):
            answer(module, Look(), None, '')
        module.fail_json(msg=missing_required_lib('cryptography'))
    look = Look()
    certificate, pem = look_at_certificate(module.params, look)
    answer(module, look, certificate, pem)


class Look:
    def __init__(self):
        self.due = []
        self.renew = False
        self.refused = []


def answer(module, look, certificate, pem):
    if certificate is None and not look.due and not look.refused:
        look.due.append('there is no certificate yet')
    path = os.path.join(module.params['dir'], 'host.crt')
    after = ''.join('%s\n' % reason for reason in look.due)
    module.exit_json(
        # The tasks that follow make it; in check mode nobody else says that something would be made.
        changed=module.check_mode and bool(look.due) and not look.refused,
        due=look.due,
        renew=look.renew,
        refused=look.refused,
        certificate=None if certificate is None else describe(certificate),
        pem=pem,
        diff={'before_header': path, 'after_header': '%s (made anew)' % path, 'before': '', 'after': after},
    )


def look_at_certificate(params, look):
    folder = params['dir']
    authority = x509.load_pem_x509_certificate(params['ca'].encode('ascii')) if params['ca'] else None
    if authority is not None and ends_of(authority) <= now():
        look.refused.append(
            'the certificate authority itself has ended on %s: make a new one in tls_ca_dir' % ends_of(authority).date()
        )
    pem = read_file(os.path.join(folder, 'host.crt'))
    if pem is None:
        return None, ''
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError:
        look.due.append('%s/host.crt is no certificate' % folder)
        look.renew = True
        return None, ''
    judge_certificate(params, certificate, authority, look)
    judge_files(params, certificate, look)
    return certificate, pem.decode('ascii')


def judge_certificate(params, certificate, authority, look):
    path = os.path.join(params['dir'], 'host.crt')
    if authority is None or not is_signed_by(certificate, authority):
        text = '%s is signed by another authority (%s)' % (path, certificate.issuer.rfc4514_string())
        remedy = 'give the tls_ca_dir of that authority, or set tls_replace: [foreign] to have it replaced'
        refuse_or_renew(params, look, 'foreign', text, remedy)
    ends = ends_of(certificate)
    days = (ends - now()).days
    if ends <= now():
        text = '%s has ended on %s' % (path, ends.date())
        refuse_or_renew(params, look, 'expired', text, 'set tls_replace: [expired] to have it replaced')
    elif days < params['renew_days']:
        renew(look, '%s ends in %d days, on %s' % (path, days, ends.date()))
    lacking = sorted(wanted_names(params) - names_of(certificate))
    if lacking:
        renew(look, '%s is not for %s' % (path, ', '.join(lacking)))
    if not fits_key(certificate, os.path.join(params['dir'], 'host.key')):
        renew(look, '%s is not for the key beside it' % path)


def refuse_or_renew(params, look, kind, text, remedy):
    if kind in params['replace']:
        renew(look, text)
    else:
        look.refused.append('%s: %s' % (text, remedy))


def renew(look, reason):
    look.due.append(reason)
    look.renew = True


def judge_files(params, certificate, look):
    folder = params['dir']
    if (read_file(os.path.join(folder, 'ca.crt')) or b'').strip() != params['ca'].strip().encode('ascii'):
        look.due.append('%s/ca.crt is not the authority' % folder)
    if params['keystore'] and not holds(os.path.join(folder, params['keystore']), folder, certificate):
        look.due.append('%s/%s does not hold the certificate' % (folder, params['keystore']))
    if params['truststore'] and not os.path.exists(os.path.join(folder, params['truststore'])):
        look.due.append('there is no %s/%s' % (folder, params['truststore']))


def holds(store, folder, certificate):
    data, password = read_file(store), read_file(os.path.join(folder, 'store.password'))
    if data is None or password is None:
        return False
    try:
        found = pkcs12.load_key_and_certificates(data, password.strip())[1]
    except ValueError:
        return False
    return found == certificate


def is_signed_by(certificate, authority):
    if certificate.issuer != authority.subject:
        return False
    key = authority.public_key()
    signed, signature, digest = certificate.tbs_certificate_bytes, certificate.signature, certificate.signature_hash_algorithm
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(digest))
        else:
            key.verify(signature, signed, padding.PKCS1v15(), digest)
    except (InvalidSignature, TypeError, AttributeError):
        return False
    return True


def fits_key(certificate, path):
    data = read_file(path)
    if data is None:
        return False
    try:
        key = load_pem_private_key(data, None)
    except (TypeError, ValueError):
        return False
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*spki) == certificate.public_key().public_bytes(*spki)


def wanted_names(params):
    return set(params['names']) | {str(ipaddress.ip_address(one)) for one in params['addresses']}


def names_of(certificate):
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return set(names.get_values_for_type(x509.DNSName)) | {str(one) for one in names.get_values_for_type(x509.IPAddress)}


def describe(certificate):
    return {
        'issuer': certificate.issuer.rfc4514_string(),
        'serial': '%X' % certificate.serial_number,
        'names': sorted(names_of(certificate)),
        'not_after': ends_of(certificate).strftime('%Y-%m-%dT%H:%M:%SZ'),
        'days_left': (ends_of(certificate) - now()).days,
    }


def ends_of(certificate):
    # cryptography before 42 has only the time without a zone.
    return getattr(certificate, 'not_valid_after_utc', None) or certificate.not_valid_after.replace(tzinfo=datetime.timezone.utc)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def read_file(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError:
        return None


if __name__ == '__main__':
    main()
