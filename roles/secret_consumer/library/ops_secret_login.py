#!/usr/bin/python
"""Logs in from this host with what its own file says. It is never told the secret."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_secret_login
short_description: Logs in with the principal and the secret that a file of this host holds
description:
  - A server may remember another secret for a moment, so it is asked again for a while. Changes nothing.
options:
  entry:
    type: dict
    required: true
    description: [The entry of C(secret_consumers); without C(login_url) nobody is asked]
  patience_seconds: {type: int, default: 15, description: [How long a server is asked again that does not let us in]}
author: [ops]
"""

EXAMPLES = r"""
- name: Log in with what the file says
  ops_secret_login:
    entry: "{{ secret_consumers['logstash-writer'] }}"
  no_log: true
"""

RETURN = r"""
logged_in_as: {description: Whom the server has let in; null where nobody., returned: always, type: str}
problem: {description: Why not; null where all is well or nobody was asked., returned: always, type: str}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_secret_host import Trouble, read_login
from ansible.module_utils.ops_secret_ask import log_in


def main():
    module = AnsibleModule(
        argument_spec={
            'entry': {'type': 'dict', 'required': True},
            'patience_seconds': {'type': 'int', 'default': 15},
        },
        supports_check_mode=True,
    )
    entry = module.params['entry']
    try:
        principal, secret, _state = read_login(entry)
        if secret is None:
            raise Trouble('%s holds no %s' % (entry['file'], entry['names']['secret']))
        module.no_log_values.add(secret)
        known, problem = log_in(entry, principal, secret, module.params['patience_seconds']) if entry.get('login_url') else (None, None)
        module.exit_json(changed=False, logged_in_as=known, problem=problem)
    except Trouble as error:
        module.exit_json(changed=False, logged_in_as=None, problem=str(error))


if __name__ == '__main__':
    main()
