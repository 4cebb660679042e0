#!/usr/bin/python
"""Waits until a node that was started for the first time is in a cluster, and takes the masters of the first start out of
its configuration: left there, they could one day form a second cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_elasticsearch_join
short_description: Waits for the first join of an Elasticsearch node
options:
  url: {type: str, required: true, description: [Where the node answers]}
  ca: {type: path, required: true, description: [Certificate of the authority]}
  user: {type: str, required: true, description: [User]}
  password: {type: str, required: true, description: [Password of the user]}
  unit: {type: str, default: elasticsearch, description: [systemd unit]}
  log_dir: {type: path, required: true, description: [Directory of the node's log files]}
  config: {type: path, required: true, description: [The elasticsearch.yml]}
  stall_seconds: {type: int, required: true, description: [Longest time without a word in the log or a change of the answer]}
  limit_seconds: {type: int, default: 1800, description: [Longest time for all of it]}
author: [ops]
"""

EXAMPLES = r"""
- name: Wait until the node has joined
  ops_elasticsearch_join:
    url: https://192.168.56.11:9200
    ca: /etc/elasticsearch/certs/ca.crt
    user: elastic
    password: "{{ password }}"
    log_dir: /var/log/elasticsearch
    config: /etc/elasticsearch/elasticsearch.yml
    stall_seconds: 180
"""

RETURN = r"""
nodes:
  description: Nodes of the cluster when this one had joined.
  returned: success
  type: int
seconds:
  description: How long it took.
  returned: success
  type: float
"""

import base64
import json
import os
import re
import ssl
import tempfile
import time
import urllib.error
import urllib.request

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_host import log_bytes
from ansible.module_utils.ops_unit import has_ended, last_of, read_journal

LINE = re.compile(r'(?m)^cluster\.initial_master_nodes:.*\n?')


def main():
    module = AnsibleModule(
        argument_spec={
            'url': {'type': 'str', 'required': True},
            'ca': {'type': 'path', 'required': True},
            'user': {'type': 'str', 'required': True},
            'password': {'type': 'str', 'required': True, 'no_log': True},
            'unit': {'type': 'str', 'default': 'elasticsearch'},
            'log_dir': {'type': 'path', 'required': True},
            'config': {'type': 'path', 'required': True},
            'stall_seconds': {'type': 'int', 'required': True},
            'limit_seconds': {'type': 'int', 'default': 1800},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True, nodes=0, seconds=0.0)
    began = time.monotonic()
    health = wait_for_cluster(module, began)
    changed = forget_masters(module.params['config'])
    module.exit_json(changed=changed, nodes=health.get('number_of_nodes', 0), seconds=round(time.monotonic() - began, 1))


def wait_for_cluster(module, began):
    params = module.params
    last, moved = None, began
    while True:
        health, said = ask_health(params)
        if health is not None:
            return health
        if has_ended(params['unit']):
            module.fail_json(msg='the node has ended at its first start: %s' % last_words(params))
        now = time.monotonic()
        seen = (said, log_bytes(params['log_dir']))
        if seen != last:
            last, moved = seen, now
        if now - moved > params['stall_seconds'] or now - began > params['limit_seconds']:
            module.fail_json(
                msg='the node has not joined a cluster after %d s, and nothing has moved for %d s; it answers: %s; its log ends: %s'
                % (now - began, now - moved, said, last_words(params))
            )
        time.sleep(1)


def ask_health(params):
    """The health of the cluster, or what stands in the way; a node without a master answers 503."""
    token = base64.b64encode(('%s:%s' % (params['user'], params['password'])).encode()).decode()
    request = urllib.request.Request(
        params['url'] + '/_cluster/health?master_timeout=3s&timeout=3s', headers={'Authorization': 'Basic ' + token}
    )
    try:
        context = ssl.create_default_context(cafile=params['ca'])
        # The cluster is never reached through a proxy of the environment.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(request, timeout=15) as answer:
            return json.load(answer), ''
    except urllib.error.HTTPError as error:
        return None, 'status %d' % error.code
    except (OSError, ValueError) as error:
        return None, str(getattr(error, 'reason', error))


def last_words(params):
    """What the node said last; before it can write log files that is in the journal."""
    return last_of(read_journal(params['unit'], 60), r'ERROR|FATAL|Exception|bootstrap check') or 'nothing'


def forget_masters(path):
    """Keeps the time of the file: the running node misses nothing that is in it."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if not LINE.search(text):
        return False
    before = os.stat(path)
    handle, temporary = tempfile.mkstemp(prefix='.ops-', dir=os.path.dirname(path))
    with os.fdopen(handle, 'w', encoding='utf-8') as file:
        file.write(LINE.sub('', text))
        file.flush()
        os.fchmod(file.fileno(), before.st_mode & 0o7777)
        os.fchown(file.fileno(), before.st_uid, before.st_gid)
        os.fsync(file.fileno())
    os.utime(temporary, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(temporary, path)
    return True


if __name__ == '__main__':
    main()
