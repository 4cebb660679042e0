#!/usr/bin/python
"""What a Vault has to hold: audit log, KV v2, policies, AppRole. Each is compared with what is there and written where it
differs; a mount that is there and differs is only reported, for making it anew would lose what is in it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_vault_content
short_description: Audit log, KV v2, policies and AppRole of a Vault
description:
  - A token that Vault refuses is a warning, and nothing is written then.
options:
  url: {type: str, required: true, description: [Address of the Vault]}
  ca_file: {type: path, required: true, description: [Certificate of the authority]}
  token_file: {type: path, required: true, description: [File with a token, or with what initialising gave, on this machine]}
  kv_path: {type: str, required: true, description: [Where the secrets are]}
  policies: {type: dict, default: {}, description: ['Policies by name: rules, each with C(path) and C(capabilities)']}
  approles:
    type: list
    elements: dict
    default: []
    description: [Roles of AppRole]
    suboptions:
      name: {type: str, required: true, description: [Name]}
      policies: {type: list, elements: str, required: true, description: [Policies of its tokens]}
      token_seconds: {type: int, default: 3600, description: [How long a token is good for]}
      token_most_seconds: {type: int, default: 86400, description: [How long it can be renewed for]}
      secret_id_seconds: {type: int, default: 0, description: [How long a secret_id is good for; 0 is without end]}
  audit_file: {type: str, default: '', description: [File of the audit log on the host of the Vault; empty for none]}
  as_new: {type: bool, default: false, description: [In check mode; it is about to be initialised and holds nothing]}
author: [ops]
"""

EXAMPLES = r"""
- name: See to what Vault holds
  ops_vault_content:
    url: https://vault01.pl.ovh.local:8200
    ca_file: /srv/ca/ca.crt
    token_file: /srv/secrets/vault-init.json
    kv_path: secret
    policies: {elk: [{path: secret/data/elk, capabilities: [read]}]}
    approles: [{name: logstash, policies: [elk]}]
    audit_file: /var/log/vault/audit.log
  delegate_to: localhost
"""

RETURN = r"""
written:
  description: What was written, or would be.
  returned: success
  type: list
  elements: str
warnings_found:
  description: What is there and is not as it was asked for.
  returned: success
  type: list
  elements: str
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_vault_api import SERVER_OPTIONS, Vault, VaultFailed, read_token


class Content:
    """Everything that is written goes through C(write), which writes nothing in check mode and keeps both sides for the diff."""

    def __init__(self, module, vault):
        self.module, self.vault = module, vault
        self.written, self.warnings, self.before, self.after = [], [], [], []

    def read(self, path):
        answer = self.vault.call('GET', path) if self.vault else None
        return (answer or {}).get('data')

    def write(self, name, path, body, shown_before, shown_after):
        self.written.append(name)
        if shown_before:
            self.before.append('%s: %s\n' % (name, shown_before))
        self.after.append('%s: %s\n' % (name, shown_after))
        if not self.module.check_mode:
            self.vault.call('POST', path, body)


def main():
    role = {
        'name': {'type': 'str', 'required': True},
        'policies': {'type': 'list', 'elements': 'str', 'required': True},
        'token_seconds': {'type': 'int', 'default': 3600, 'no_log': False},
        'token_most_seconds': {'type': 'int', 'default': 86400, 'no_log': False},
        'secret_id_seconds': {'type': 'int', 'default': 0, 'no_log': False},
    }
    module = AnsibleModule(
        argument_spec={
            **SERVER_OPTIONS,
            'token_file': {'type': 'path', 'required': True, 'no_log': False},
            'kv_path': {'type': 'str', 'required': True},
            'policies': {'type': 'dict', 'default': {}},
            'approles': {'type': 'list', 'elements': 'dict', 'default': [], 'options': role},
            'audit_file': {'type': 'str', 'default': ''},
            'as_new': {'type': 'bool', 'default': False},
        },
        supports_check_mode=True,
    )
    params = module.params
    content = None
    try:
        is_new = params['as_new'] and module.check_mode
        vault = None if is_new else Vault(params, read_token(module, params['token_file']))
        content = Content(module, vault)
        see_to_all(content, params)
    except VaultFailed as error:
        if error.status == 403 and not content.written:
            refused = 'nothing that it holds was looked at: it refuses the token of %s (%s)' % (params['token_file'], error)
            module.exit_json(changed=False, written=[], warnings_found=[refused])
        done = ', '.join(content.written) if content else ''
        module.fail_json(msg='Vault does not hold what it has to: %s%s' % (error, '; written: %s' % done if done else ''))
    module.exit_json(
        changed=bool(content.written),
        written=content.written,
        warnings_found=content.warnings,
        diff={
            'before_header': 'what Vault holds',
            'after_header': 'what Vault holds',
            'before': ''.join(content.before),
            'after': ''.join(content.after),
        },
    )


def see_to_all(content, params):
    # The audit log comes first, so that it has all the rest.
    if params['audit_file']:
        see_to_audit(content, params['audit_file'])
    see_to_secrets(content, params['kv_path'].strip('/'))
    for name, rules in params['policies'].items():
        see_to_policy(content, name, rules)
    if params['approles']:
        see_to_approle(content)
    for role in params['approles']:
        see_to_role(content, role)


def see_to_audit(content, path):
    there = (content.read('sys/audit') or {}).get('file/')
    if there is None:
        body = {'type': 'file', 'options': {'file_path': path}}
        content.write('audit to a file', 'sys/audit/file', body, None, path)
    elif there['options'].get('file_path') != path:
        content.warnings.append('the audit log goes to %s, and not to %s as asked for' % (there['options'].get('file_path'), path))


def see_to_secrets(content, path):
    there = (content.read('sys/mounts') or {}).get(path + '/')
    if there is None:
        body = {'type': 'kv', 'options': {'version': '2'}}
        content.write('secrets at %s/' % path, 'sys/mounts/' + path, body, None, 'KV v2')
    elif there['type'] != 'kv' or (there.get('options') or {}).get('version') != '2':
        shown = '%s %s' % (there['type'], (there.get('options') or {}).get('version', ''))
        content.warnings.append('at %s/ is %s, and not KV v2 as asked for: it was left alone' % (path, shown.strip()))


def see_to_policy(content, name, rules):
    rule = 'path %s {\n  capabilities = %s\n}'
    wanted = '\n'.join(rule % (json.dumps(one['path']), json.dumps(one['capabilities'])) for one in rules)
    there = content.read('sys/policies/acl/' + name)
    before = there['policy'].strip() if there else None
    if before != wanted:
        content.write('policy ' + name, 'sys/policies/acl/' + name, {'policy': wanted}, in_a_line(before), in_a_line(wanted))


def in_a_line(text):
    return ' '.join(text.split()) if text else None


def see_to_approle(content):
    there = (content.read('sys/auth') or {}).get('approle/')
    if there is None:
        content.write('AppRole', 'sys/auth/approle', {'type': 'approle'}, None, 'at approle/')


def see_to_role(content, role):
    wanted = {
        'token_policies': sorted(role['policies']),
        'token_ttl': role['token_seconds'],
        'token_max_ttl': role['token_most_seconds'],
        'secret_id_ttl': role['secret_id_seconds'],
    }
    path = 'auth/approle/role/' + role['name']
    # A role is asked for only where AppRole is there: in check mode it may have been only about to be.
    there = None if 'AppRole' in content.written else content.read(path)
    before = {name: there.get(name) for name in wanted} if there else None
    if before is not None:
        before['token_policies'] = sorted(before['token_policies'] or [])
    if before != wanted:
        content.write('AppRole ' + role['name'], path, wanted, before, wanted)


if __name__ == '__main__':
    main()
