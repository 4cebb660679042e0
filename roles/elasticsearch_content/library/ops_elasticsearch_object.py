#!/usr/bin/python
"""One object of an Elasticsearch cluster, by its API: compared with what is there, and written where it differs. What the
cluster has no API for is reported as lacking, never passed over."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_elasticsearch_object
short_description: A policy, template, repository, role or user of an Elasticsearch cluster
description:
  - Passwords are read from files on the machine that runs the module. A password counts as unchanged when the user can log in
    with it.
options:
  urls: {type: list, elements: str, required: true, description: [Nodes; the first one that answers is asked]}
  ca_file: {type: path, required: true, description: [Certificate of the authority]}
  user: {type: str, required: true, description: [User]}
  password_file: {type: path, required: true, description: [File with the password of the user]}
  kind:
    type: str
    required: true
    choices: [ilm_policy, index_template, repository, slm_policy, role, user]
    description: [What it is]
  name: {type: str, required: true, description: [Name of the object]}
  body: {type: dict, default: {}, description: [What it has to be, as the API takes it]}
  secret_file: {type: path, description: [For a user; file with the password it has to have]}
  timeout_seconds: {type: int, default: 60, description: [Longest time for one answer]}
author: [ops]
"""

EXAMPLES = r"""
- name: Register the repository of the snapshots
  ops_elasticsearch_object:
    urls: ["https://es-coord01.pl.ovh.local:9200"]
    ca_file: /srv/ca/ca.crt
    user: elastic
    password_file: /srv/secrets/elastic.password
    kind: repository
    name: elk_backup
    body: {type: fs, settings: {location: /mnt/backups/elk}}
"""

RETURN = r"""
lacking:
  description: What the cluster has no API for; empty where it has it.
  returned: success
  type: str
"""

import base64
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request

from ansible.module_utils.basic import AnsibleModule

PATHS = {
    'ilm_policy': '/_ilm/policy/',
    'index_template': '/_index_template/',
    'repository': '/_snapshot/',
    'slm_policy': '/_slm/policy/',
    'role': '/_security/role/',
    'user': '/_security/user/',
}
SPOKEN = {
    'ilm_policy': 'lifecycle policies (ILM)',
    'slm_policy': 'snapshot policies (SLM)',
    'index_template': 'index templates',
    'repository': 'snapshot repositories',
    'role': 'roles',
    'user': 'users',
}


class Cluster:
    def __init__(self, module):
        params = module.params
        self.module = module
        self.context = ssl.create_default_context(cafile=params['ca_file'])
        self.login = (params['user'], read_secret(module, params['password_file']))

    def ask(self, method, path, body=None, login=None):
        """Status and answer of the first node that answers at all."""
        token = base64.b64encode(':'.join(login or self.login).encode()).decode()
        headers = {'Authorization': 'Basic ' + token, 'Content-Type': 'application/json'}
        data = None if body is None else json.dumps(body).encode()
        # The cluster is never reached through a proxy of the environment.
        handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.context)
        opener = urllib.request.build_opener(*handlers)
        troubles = []
        for url in self.module.params['urls']:
            request = urllib.request.Request(url + path, data=data, headers=headers, method=method)
            try:
                with opener.open(request, timeout=self.module.params['timeout_seconds']) as answer:
                    return answer.status, json.loads(answer.read() or b'{}')
            except urllib.error.HTTPError as error:
                return error.code, parse(error.read())
            except (OSError, ValueError) as error:
                troubles.append('%s: %s' % (url, getattr(error, 'reason', error)))
                if method != 'GET' and not is_refused(error):
                    break  # It may have been done; the next run finds out.
        raise Unreachable('; '.join(troubles))


class Unreachable(Exception):
    """No node answers."""


def main():
    module = AnsibleModule(
        argument_spec={
            'urls': {'type': 'list', 'elements': 'str', 'required': True},
            'ca_file': {'type': 'path', 'required': True},
            'user': {'type': 'str', 'required': True},
            'password_file': {'type': 'path', 'required': True, 'no_log': False},
            'kind': {'type': 'str', 'required': True, 'choices': sorted(PATHS)},
            'name': {'type': 'str', 'required': True},
            'body': {'type': 'dict', 'default': {}},
            'secret_file': {'type': 'path', 'no_log': False},
            'timeout_seconds': {'type': 'int', 'default': 60},
        },
        supports_check_mode=True,
    )
    try:
        apply(module, Cluster(module))
    except Unreachable as error:
        module.fail_json(msg='no node of the cluster answers: %s' % error)
    except OSError as error:
        module.fail_json(msg='%s' % error)


def apply(module, cluster):
    kind, name = module.params['kind'], module.params['name']
    there = read_object(module, cluster, kind, name)
    if there is LACKING:
        lacking = 'the cluster has no %s: %s was not made' % (SPOKEN[kind], name)
        module.exit_json(changed=False, lacking=lacking)
    wanted = reduce(kind, module.params['body'])
    found = None if there is None else reduce(kind, there)
    differs = found is None or (not covers(kind, found, wanted) if module.params['body'] else False)
    secret = read_secret(module, module.params['secret_file']) if module.params['secret_file'] else None
    new_secret = secret is not None and (there is None or not can_log_in(cluster, name, secret))
    if not module.check_mode and (differs or new_secret):
        write_object(module, cluster, secret if new_secret else None, is_new=found is None)
    shown = restrict(found, wanted) if found is not None else None
    module.exit_json(
        changed=differs or new_secret,
        lacking='',
        diff={
            'before_header': '%s %s' % (kind, name),
            'after_header': '%s %s' % (kind, name),
            'before': text_of(shown) if differs else '',
            'after': (text_of(wanted) if differs else '') + ('password: (a new value)\n' if new_secret else ''),
        },
    )


LACKING = object()


def read_object(module, cluster, kind, name):
    """The object as the cluster has it, None where there is none, LACKING where there is no such API."""
    status, answer = cluster.ask('GET', PATHS[kind] + urllib.parse.quote(name, safe=''))
    if status == 404:
        return None
    if status == 400 and 'no handler found' in json.dumps(answer):
        return LACKING
    if status != 200:
        fail(module, 'GET', status, answer)
    if kind == 'index_template':
        return answer['index_templates'][0]['index_template']
    found = answer.get(name)
    return None if found is None else {'slm_policy': lambda: found['policy']}.get(kind, lambda: found)()


def write_object(module, cluster, secret, is_new):
    kind, name, body = module.params['kind'], module.params['name'], dict(module.params['body'])
    path = PATHS[kind] + urllib.parse.quote(name, safe='')
    where = path
    if kind == 'user' and not body:
        where, body = path + '/_password', {}
    if secret is not None:
        body['password'] = secret
    status, answer = cluster.ask('PUT', where, body)
    if status in (200, 201):
        return
    if is_unverified(answer):
        # The server keeps a repository that it could not verify; the next run would take it for good.
        if is_new:
            cluster.ask('DELETE', path)
        nodes = sorted(set(re.findall(r'\[([\w.-]+)\]\[[\d.a-fA-F:]+\]', json.dumps(answer))))
        module.fail_json(
            msg='the repository %s cannot be used by %s: mount the same directory on every master and data node, writable for '
            'the user elasticsearch (9200)' % (name, ', '.join(nodes) or 'some nodes')
        )
    fail(module, 'PUT', status, answer)


def is_unverified(answer):
    error = answer.get('error') if isinstance(answer, dict) else None
    return isinstance(error, dict) and error.get('type') == 'repository_verification_exception'


def fail(module, method, status, answer):
    error = answer.get('error', answer) if isinstance(answer, dict) else answer
    reason = error.get('reason', error) if isinstance(error, dict) else error
    hint = ': is the password file the one of this cluster?' if status == 401 else ''
    params = module.params
    module.fail_json(
        msg='the cluster answers %d to %s %s %s: %s%s' % (status, method, params['kind'], params['name'], str(reason)[:1000], hint)
    )


def can_log_in(cluster, name, secret):
    status, _answer = cluster.ask('GET', '/_security/_authenticate', login=(name, secret))
    return status == 200


# What two descriptions of one object have in common: settings with flat names and every value as text.


def reduce(kind, value):
    plain = dict(value)
    if kind == 'index_template':
        template = dict(plain.get('template') or {})
        settings = {with_index(name): text for name, text in flatten(template.get('settings') or {}).items()}
        plain['template'] = {'settings': settings, 'mappings': template.get('mappings') or {}}
    if kind == 'repository':
        plain['settings'] = flatten(plain.get('settings') or {})
    if kind == 'role':
        plain['indices'] = [{'allow_restricted_indices': False, **one} for one in plain.get('indices') or []]
        plain['applications'] = plain.get('applications') or []
    return as_text(plain)


def with_index(name):
    return name if name.startswith('index.') else 'index.' + name


def flatten(value, prefix=''):
    if not isinstance(value, dict):
        return {prefix: value}
    found = {}
    for name, part in value.items():
        found.update(flatten(part, '%s.%s' % (prefix, name) if prefix else name))
    return found


def as_text(value):
    if isinstance(value, dict):
        return {str(name): as_text(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_text(part) for part in value]
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return str(value)


def covers(kind, found, wanted):
    """Whether everything that is wanted is there, and of what we name nothing more; the server adds fields of its own."""
    if kind == 'index_template':
        return all(found.get(name) == part for name, part in wanted.items())
    if kind == 'ilm_policy':
        return steps_of(found) == steps_of(wanted) and includes(found, wanted)
    return includes(found, wanted)


def steps_of(policy):
    phases = policy['policy']['phases']
    return {name: sorted(phase.get('actions', {})) for name, phase in phases.items()}


def includes(found, wanted):
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(name in found and includes(found[name], part) for name, part in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(includes(*pair) for pair in zip(sort(found), sort(wanted)))
        )
    return found == wanted


def sort(values):
    return sorted(values, key=lambda one: json.dumps(one, sort_keys=True) if not isinstance(one, str) else one)


def restrict(found, wanted):
    """Of what is there only the parts that we name, for a diff that shows the difference alone."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {name: restrict(found[name], wanted[name]) for name in wanted if name in found}
    return found


def text_of(value):
    return '' if value is None else json.dumps(value, indent=2, sort_keys=True) + '\n'


def is_refused(error):
    return isinstance(getattr(error, 'reason', error), ConnectionRefusedError)


def read_secret(module, path):
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read().strip()
    except OSError as error:
        module.fail_json(msg='the password in %s cannot be read: %s' % (path, error.strerror))
    if text == '':
        module.fail_json(msg='the password in %s is empty' % path)
    module.no_log_values.add(text)
    return text


def parse(data):
    try:
        return json.loads(data)
    except ValueError:
        return {'error': data.decode('utf-8', 'replace')[:500]}


if __name__ == '__main__':
    main()
