#!/usr/bin/python
"""Reads from the logs of an Elasticsearch node who was refused since a moment. Changes nothing, and never holds more than a line."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_auth_failures
short_description: Says who was refused by an Elasticsearch node, and from where
description:
  - Reads the audit log, what the HTTP tracer has written, and the ordinary log, rotated files included. Where audit or tracer were at work,
    the ordinary log is only asked about API keys, which neither of them names.
options:
  log_dir: {type: path, required: true, description: [Directory of the logs]}
  since_ms: {type: int, required: true, description: [Milliseconds since the epoch; earlier lines are left out]}
  principals:
    type: list
    elements: str
    default: []
    description: [Whose refusals are wanted; empty means everybody's. Those without a name are always handed back]
  url:
    type: str
    default: ''
    description:
      - The node. Where audit or tracer were not seen at work since then, one login as C(ops-probe), which is refused, shows whether they are.
author: [ops]
"""

EXAMPLES = r"""
- name: Look for refused logins
  ops_auth_failures:
    log_dir: /var/log/elasticsearch
    since_ms: 1764386700000
    principals: [logstash_a]
"""

RETURN = r"""
source: {description: 'The best that there is: audit, tracer, log or none.', returned: always, type: str}
failures: {description: By principal and address., returned: always, type: list}
clock_ms: {description: The clock of this host., returned: always, type: int}
"""

import base64
import gzip
import os
import re
import ssl
import time
import urllib.error
import urllib.request
import zlib

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_es_log_lines import AUDIT, LOG, ONLY_SAID, TRACER, Finder, time_of

LINE_BYTES = 64 * 1024
MOST_GROUPS = 500
# A plain file above this is not read from its beginning.
SEARCH_BYTES = 1024 * 1024
# A name that nobody has, and how long its refusal may take to be logged.
PROBE_NAME = 'ops-probe'
PROBE_SECONDS = 2
ANSWER_SECONDS = 10

LOG_FILE = re.compile(r'.+(_audit[^/]*\.json|\.log)(\.gz)?')
# Of the virtual machine, of slow requests, of what was printed: nobody logs in there.
OTHER_FILE = re.compile(r'^gc\.log|_slowlog|_deprecation|^output\.log')


def find_files(log_dir, since_ms):
    """Those that were written since then, audit logs first, in the order of their last lines."""
    found = []
    with os.scandir(log_dir) as entries:
        names = {entry.name: entry for entry in entries}
        for entry in names.values():
            # A file that is being packed is there twice.
            if entry.name.endswith('.gz') and entry.name[: -len('.gz')] in names:
                continue
            if not LOG_FILE.fullmatch(entry.name) or OTHER_FILE.search(entry.name):
                continue
            state = entry.stat()
            if state.st_size > 0 and state.st_mtime * 1000 >= since_ms - 1000 and entry.is_file():
                found.append(('_audit' not in entry.name, state.st_mtime, entry.path))
    return [path for _kind, _at, path in sorted(found)]


def lines_of(path, since_ms):
    """Every line since then with its time; one that is very long is cut, one that goes on has the time of its first."""
    opener = gzip.open if path.endswith('.gz') else open
    with opener(path, 'rb') as file:
        if not path.endswith('.gz'):
            go_to(file, since_ms)
        at_ms, whole = None, True
        while True:
            raw = file.readline(LINE_BYTES)
            if not raw:
                return
            begins, whole = whole, raw.endswith(b'\n')
            if not begins:
                continue
            line = raw.decode('utf-8', 'replace').rstrip('\n')
            own = time_of(line)
            at_ms = at_ms if own is None else own
            if at_ms is not None and at_ms >= since_ms:
                yield line, at_ms


def go_to(file, since_ms):
    """Near the first line since then, by halves: the lines of a log are in the order of time."""
    low, high = 0, os.fstat(file.fileno()).st_size
    while high - low > SEARCH_BYTES:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline()
        at_ms = next_time(file)
        if at_ms is not None and at_ms < since_ms:
            low = middle
        else:
            high = middle
    file.seek(low)
    if low > 0:
        file.readline()


def next_time(file):
    """Of the next line that has one, however long the lines between are."""
    for raw in iter(lambda: file.readline(LINE_BYTES), b''):
        at_ms = time_of(raw.decode('utf-8', 'replace'))
        if at_ms is not None:
            return at_ms
    return None


class Groups:
    """Refusals added up by principal and address."""

    def __init__(self, principals):
        self.principals, self.groups = set(principals), {}

    def add(self, one):
        if one.principal == PROBE_NAME:
            return
        if self.principals and one.principal is not None and one.principal not in self.principals:
            return
        key = (one.principal, one.address, one.detail)
        if key not in self.groups and len(self.groups) >= MOST_GROUPS:
            # A name that was asked for is never lost among many others.
            key = (one.principal if self.principals else None, None, 'more than %d pairs of principal and address' % MOST_GROUPS)
        group = self.groups.setdefault(key, {'count': 0, 'first_ms': one.at_ms, 'last_ms': one.at_ms})
        group['count'] += 1
        group['first_ms'] = min(group['first_ms'], one.at_ms)
        group['last_ms'] = max(group['last_ms'], one.at_ms)

    def listed(self):
        ordered = sorted(self.groups.items(), key=lambda item: (-item[1]['count'], str(item[0])))
        return [{'principal': key[0], 'address': key[1], 'detail': key[2], **group} for key, group in ordered]


# What knows less about the same refusal is left out from where another has begun.
BETTER = {AUDIT: (), TRACER: (AUDIT,), LOG: (AUDIT, TRACER)}


def read_all(log_dir, since_ms, principals):
    groups, first_ms, tells = Groups(principals), {}, set()
    files = find_files(log_dir, since_ms)
    for path in files:
        finder = Finder()
        try:
            for line, at_ms in lines_of(path, since_ms):
                one = finder.take(line, at_ms)
                tells |= finder.tells
                for source, began_ms in finder.first_ms.items():
                    first_ms[source] = min(began_ms, first_ms.get(source, began_ms))
                if one is None:
                    continue
                known = any(first_ms.get(source, one.at_ms + 1) <= one.at_ms for source in BETTER[one.source])
                if one.detail in ONLY_SAID or not known:
                    groups.add(one)
        except FileNotFoundError:
            # Turned over while it was read: what it held is in the file that comes next in the next look.
            continue
        except (EOFError, zlib.error, gzip.BadGzipFile):
            # It is being packed, or was cut off.
            continue
    return next((one for one in (AUDIT, TRACER) if one in tells), None), groups.listed()


def prove(log_dir, url):
    """Whether the node logs a refusal now, seen by one of our own; none where it does not."""
    began_ms = int(time.time() * 1000)
    if not is_refused(url):
        return None
    until = time.monotonic() + PROBE_SECONDS
    while True:
        source, _failures = read_all(log_dir, began_ms, [])
        if source is not None or time.monotonic() > until:
            return source
        time.sleep(0.2)


def is_refused(url):
    login = base64.b64encode(('%s:%s' % (PROBE_NAME, PROBE_NAME)).encode()).decode()
    # Nothing that is worth to be kept from anybody is sent, so that it does not matter who answers.
    handlers = [urllib.request.HTTPSHandler(context=ssl._create_unverified_context()), urllib.request.ProxyHandler({})]
    try:
        request = urllib.request.Request(url + '/_security/_authenticate', headers={'Authorization': 'Basic ' + login})
        with urllib.request.build_opener(*handlers).open(request, timeout=ANSWER_SECONDS):
            return False
    except urllib.error.HTTPError as error:
        return error.code == 401
    except (OSError, ValueError):
        return False


def main():
    module = AnsibleModule(
        argument_spec={
            'log_dir': {'type': 'path', 'required': True},
            'since_ms': {'type': 'int', 'required': True},
            'principals': {'type': 'list', 'elements': 'str', 'default': []},
            'url': {'type': 'str', 'default': ''},
        },
        supports_check_mode=True,
    )
    params = module.params
    clock_ms = int(time.time() * 1000)
    try:
        if not find_files(params['log_dir'], 0):
            module.exit_json(changed=False, source='none', failures=[], clock_ms=clock_ms)
        source, failures = read_all(params['log_dir'], params['since_ms'], params['principals'])
        if source is None and params['url']:
            source = prove(params['log_dir'], params['url'])
    except FileNotFoundError:
        module.exit_json(changed=False, source='none', failures=[], clock_ms=clock_ms)
    except OSError as error:
        module.fail_json(msg='the logs in %s cannot be read: %s' % (params['log_dir'], error.strerror))
    module.exit_json(changed=False, source=source or LOG, failures=failures, clock_ms=clock_ms)


if __name__ == '__main__':
    main()
