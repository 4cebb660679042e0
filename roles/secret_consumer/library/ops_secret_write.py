#!/usr/bin/python
"""Puts principal and secret into the file that a service of this host reads them from. Nothing else in the file changes, and no copy of
it is left."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_secret_write
short_description: Puts a principal and its secret into a file, and says whether the service has read it since
description:
  - What cannot be done is handed back as C(problem), which holds no secret, so that the task can have C(no_log).
options:
  entry:
    type: dict
    required: true
    description: [The entry of C(secret_consumers) for this secret]
  principal: {type: str, required: true, description: [Whose secret it is]}
  secret: {type: str, required: true, description: [The secret]}
  salt: {type: str, default: '', description: [Salt of the fingerprint; without one there is none]}
  pid: {type: int, default: 0, description: [Main process of the service; 0 where it does not run]}
author: [ops]
"""

EXAMPLES = r"""
- name: Write the file
  ops_secret_write:
    entry: "{{ secret_consumers['logstash-writer'] }}"
    principal: logstash_b
    secret: "{{ ops_secret_value }}"
    pid: 4711
  no_log: true
"""

RETURN = r"""
problem: {description: What could not be done; null where all is well., returned: always, type: str}
content_changed: {description: Whether the file says something else than before., returned: always, type: bool}
fingerprint: {description: Of the secret; null without a salt., returned: always, type: str}
apply: {description: Whether the service has to read the file., returned: always, type: bool}
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_secret_formats import Unreadable, replace_values
from ansible.module_utils.ops_secret_host import (
    Trouble,
    fingerprint,
    is_older,
    only_one,
    read_since,
    read_text,
    remove_left,
    set_attributes,
    wanted_attributes,
    write_text,
)


def wanted_values(entry, principal, secret):
    names = entry['names']
    return {names[part]: value for part, value in (('principal', principal), ('secret', secret)) if names.get(part)}


def write_file(module, entry):
    """Whether the content and whether owner or mode were changed."""
    path = entry['file']
    text, state = read_text(path)
    attributes = wanted_attributes(entry, state)
    try:
        new = replace_values(text, entry['format'], wanted_values(entry, module.params['principal'], module.params['secret']))
    except Unreadable as error:
        raise Trouble('%s: %s' % (path, error)) from None
    if not module.check_mode:
        remove_left(path)
    has = (state.st_uid, state.st_gid, state.st_mode & 0o7777) if state else None
    if new != text or state is None:
        if not module.check_mode:
            write_text(path, new, *attributes)
        return True, has != attributes
    if has == attributes:
        return False, False
    if not module.check_mode:
        try:
            set_attributes(path, *attributes)
        except OSError as error:
            raise Trouble('owner or mode of %s cannot be set: %s' % (path, error.strerror)) from None
    return False, True


def must_apply(entry, pid, content_changed):
    """Also where a play has died between the file and the service, or the service was never told."""
    if entry['apply'] == 'none':
        return False
    since = read_since(entry, pid)
    return content_changed or since is None or is_older(since, read_text(entry['file'])[1])


def main():
    module = AnsibleModule(
        argument_spec={
            'entry': {'type': 'dict', 'required': True},
            'principal': {'type': 'str', 'required': True},
            'secret': {'type': 'str', 'required': True, 'no_log': True},
            'salt': {'type': 'str', 'default': ''},
            'pid': {'type': 'int', 'default': 0},
        },
        supports_check_mode=True,
    )
    entry, params = module.params['entry'], module.params
    result = {'problem': None, 'content_changed': False, 'fingerprint': None, 'apply': False}
    try:
        if params['secret'] == '' or params['principal'] == '':
            raise Trouble('the principal or the secret to be written is empty')
        with only_one(os.path.dirname(entry['file'])):
            content, attributes = write_file(module, entry)
        result['content_changed'] = content
        result['fingerprint'] = fingerprint(params['salt'], params['secret'])
        result['apply'] = must_apply(entry, params['pid'], content)
        module.exit_json(changed=content or attributes, **result)
    except Trouble as error:
        module.exit_json(changed=False, **{**result, 'problem': str(error)})


if __name__ == '__main__':
    main()
