#!/usr/bin/python
"""Looks on a host for what would keep its Elasticsearch node from coming back after a restart. It changes nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_elasticsearch_lint
short_description: Finds what would keep an Elasticsearch node from starting again
description:
  - Reads configuration, certificates, limits and the unit of the service. Whatever it cannot look at is a warning.
  - Given the text of files that are not in place yet, it judges those instead of what is in the directory.
options:
  config_dir: {type: path, required: true, description: [Directory of elasticsearch.yml]}
  looks:
    type: list
    elements: str
    choices: [settings, certificates, served, keystore, heap, tmp, map_count, unit]
    default: [settings, certificates, served, keystore, heap, tmp, map_count, unit]
    description: [What is looked at]
  files: {type: dict, default: {}, description: [Text by file name below config_dir; stands for the file of that name]}
  strict:
    type: bool
    default: false
    description:
      - Judges a file before it is put in place. What a running node may have, but no new file should, is an error as well.
  repo_dir: {type: path, description: [Directory of the snapshot repository; path.repo has to name it]}
  cluster_roles: {type: list, elements: str, default: [], description: [Roles that some node of the cluster has; empty is not judged]}
  assumed: {type: list, elements: str, default: [], description: [Files that count as there although they are not made yet]}
  tmp_dir: {type: path, default: /tmp, description: [Temporary directory of the service]}
  unit: {type: str, default: '', description: [systemd unit; empty where systemd does not run the service]}
  address: {type: str, required: true, description: [Address that the node answers on]}
  ports: {type: list, elements: int, default: [], description: [TLS ports whose certificate is looked at]}
  certificate_days: {type: int, default: 7, description: [A certificate that ends within these days is an error]}
author: [ops]
"""

EXAMPLES = r"""
- name: Look for what would keep the node from starting
  ops_elasticsearch_lint:
    config_dir: /etc/elasticsearch
    unit: elasticsearch
    address: 192.168.56.21
    ports: [9200, 9300]
"""

RETURN = r"""
errors:
  description: What would keep the node from coming back.
  returned: always
  type: list
  elements: str
warnings_found:
  description: What is not as it should be.
  returned: always
  type: list
  elements: str
"""

import datetime
import glob
import os
import re
import ssl
import subprocess

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_unit import UnitUnknown, seconds_of, show_unit

try:
    import yaml
except ImportError:
    yaml = None

ROLES = {
    'master', 'voting_only', 'data', 'data_content', 'data_hot', 'data_warm', 'data_cold', 'data_frozen', 'ingest',
    'ml', 'remote_cluster_client', 'transform',
}  # fmt: skip
# https://www.elastic.co/guide/en/elasticsearch/reference/8.10/vm-max-map-count.html
MAX_MAP_COUNT = 262144
# https://www.elastic.co/guide/en/elasticsearch/reference/8.10/file-descriptors.html
OPEN_FILES = 65535
GIB = 1024**3
LOOKS = ['settings', 'certificates', 'served', 'keystore', 'heap', 'tmp', 'map_count', 'unit']


class Findings:
    def __init__(self):
        self.errors = []
        self.warnings = []


def main():
    module = AnsibleModule(
        argument_spec={
            'config_dir': {'type': 'path', 'required': True},
            'looks': {'type': 'list', 'elements': 'str', 'choices': LOOKS, 'default': LOOKS},
            'files': {'type': 'dict', 'default': {}},
            'strict': {'type': 'bool', 'default': False},
            'repo_dir': {'type': 'path'},
            'cluster_roles': {'type': 'list', 'elements': 'str', 'default': []},
            'assumed': {'type': 'list', 'elements': 'str', 'default': []},
            'tmp_dir': {'type': 'path', 'default': '/tmp'},
            'unit': {'type': 'str', 'default': ''},
            'address': {'type': 'str', 'required': True},
            'ports': {'type': 'list', 'elements': 'int', 'default': []},
            'certificate_days': {'type': 'int', 'default': 7},
        },
        supports_check_mode=True,
    )
    params = module.params
    found = Findings()
    looks = set(params['looks'])
    settings = read_settings(params, found) if looks & {'settings', 'certificates', 'heap', 'map_count'} else None
    loopback = is_loopback((settings or {}).get('network.host', '_local_'))
    if settings is not None and 'settings' in looks:
        check_settings(settings, params, found)
    if settings is not None and 'certificates' in looks:
        check_certificate_files(settings, params, found)
    if 'served' in looks:
        check_served_certificates(params, found)
    if 'keystore' in looks:
        check_keystore(params['config_dir'], found)
    if 'heap' in looks:
        check_heap(params, loopback, found)
    if 'tmp' in looks:
        check_tmp(params['tmp_dir'], found)
    if 'map_count' in looks:
        check_map_count(settings or {}, loopback, found)
    if 'unit' in looks and params['unit']:
        check_unit(params['unit'], found)
    module.exit_json(changed=False, errors=found.errors, warnings_found=found.warnings)


# elasticsearch.yml


def read_text(params, name):
    """Text of a file of the configuration: what was given for it, else what is on the disk."""
    if name in params['files']:
        return params['files'][name]
    with open(os.path.join(params['config_dir'], name), encoding='utf-8') as file:
        return file.read()


def read_settings(params, found):
    """Settings with dotted names, or None where the file cannot be used."""
    path = os.path.join(params['config_dir'], 'elasticsearch.yml')
    try:
        text = read_text(params, 'elasticsearch.yml')
    except (OSError, UnicodeDecodeError) as error:
        found.errors.append('%s cannot be read: %s' % (path, error))
        return None
    if yaml is None:
        found.warnings.append('%s was not looked at: python3-yaml is not installed on the host' % path)
        return None
    try:
        settings = flatten(yaml.load(text, Loader=strict_loader()) or {})  # noqa: S506
    except (yaml.YAMLError, ValueError) as error:
        found.errors.append('%s cannot be parsed: %s' % (path, ' '.join(str(error).split())))
        return None
    return settings


def strict_loader():
    """Elasticsearch refuses a name that is given twice; YAML loaders take the last one."""

    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node, deep=False):
            names = [self.construct_object(key, deep=True) for key, _value in node.value]
            twice = sorted({str(name) for name in names if names.count(name) > 1})
            if twice:
                raise ValueError('given twice: %s' % ', '.join(twice))
            return super().construct_mapping(node, deep)

    return Strict


def flatten(value, prefix=''):
    if not isinstance(value, dict):
        if prefix == '':
            raise ValueError('it is no mapping of settings')
        return {prefix: value}
    settings = {}
    for name, part in value.items():
        for key, one in flatten(part, '%s.%s' % (prefix, name) if prefix else str(name)).items():
            if key in settings:
                raise ValueError('given twice: %s' % key)
            settings[key] = one
    return settings


def check_settings(settings, params, found):
    strict = params['strict']
    if 'cluster.initial_master_nodes' in settings:
        if strict:
            found.errors.append(
                'cluster.initial_master_nodes does not belong in the file: on a node that joins later, or has lost its data, it '
                'forms a second cluster; it is set for the very first start and taken away again'
            )
        else:
            found.warnings.append(
                'cluster.initial_master_nodes is set: on a node that has lost its data it forms a second cluster; remove it'
            )
    check_index_level(settings, found)
    legacy = sorted(name for name in settings if re.fullmatch(r'node\.(master|data|ingest|ml|voting_only)', name))
    if legacy:
        found.errors.append('%s no longer exists: use node.roles' % ', '.join(legacy))
    roles = settings.get('node.roles')
    if isinstance(roles, list):
        unknown = sorted(str(role) for role in roles if role not in ROLES)
        if unknown:
            found.errors.append(
                'node.roles has unknown %s; a coordinating node has an empty list' % ', '.join(unknown)
            )
    check_write_pool(settings, found)
    check_cluster_roles(params['cluster_roles'], found)
    check_repository(settings, params['repo_dir'], found)
    if strict:
        check_secure_settings(settings, found)


def check_index_level(settings, found):
    names = sorted(name for name in settings if name.startswith('index.'))
    if 'index.buffer_size' in names:
        names.remove('index.buffer_size')
        found.errors.append('index.buffer_size is no setting: it is indices.memory.index_buffer_size')
    if names:
        found.errors.append(
            'index-level settings keep a node from starting: %s; they belong in the index template' % ', '.join(names)
        )


def check_cluster_roles(roles, found):
    """A cluster is judged by what all of its nodes can do together."""
    if not roles:
        return
    if not {'data', 'data_content'} & set(roles):
        found.errors.append(
            'no node of the cluster has the role data_content: nothing can hold .security-7 and plain indices; '
            'add it to the hot nodes'
        )
    if 'ingest' not in roles:
        found.errors.append('no node of the cluster has the role ingest: ingest pipelines cannot run; add it to the hot nodes')


def check_repository(settings, folder, found):
    if not folder:
        return
    given = settings.get('path.repo', [])
    named = [os.path.normpath(str(one)) for one in (given if isinstance(given, list) else str(given).split(','))]
    if not any(folder == one or folder.startswith(one + '/') for one in named):
        found.errors.append(
            'path.repo does not name %s: a repository of type fs cannot be registered there; every master and data node '
            'needs it, with the same directory mounted' % folder
        )


def check_secure_settings(settings, found):
    names = sorted(name for name in settings if re.search(r'(^|[._])(secure_)?(password|passphrase|key_passphrase)$', name))
    if names:
        found.errors.append('%s: a password does not belong in the file, but in the keystore' % ', '.join(names))


def check_write_pool(settings, found):
    try:
        size = int(settings['thread_pool.write.size'])
        processors = int(float(settings.get('node.processors', os.cpu_count() or 1)))
    except (KeyError, TypeError, ValueError):
        return
    if size > processors + 1:
        found.errors.append(
            'thread_pool.write.size is %d, but may be at most %d on %d processors' % (size, processors + 1, processors)
        )


def is_loopback(host):
    hosts = host if isinstance(host, list) else [host]
    return all(re.match(r'127\.|_local|localhost$|::1$', str(one)) for one in hosts)


# Certificates


def check_certificate_files(settings, params, found):
    names = [name for name in settings if re.search(r'\.ssl\.((keystore|truststore)\.path|certificate|key)$', name)]
    for name in sorted(names):
        path = os.path.join(params['config_dir'], str(settings[name]))
        if path in params['assumed']:
            continue
        if not os.path.isfile(path):
            found.errors.append('%s names %s, which is not there' % (name, path))
        elif name.endswith('.certificate'):
            with open(path, 'rb') as file:
                judge_certificate(name, file.read(), params['certificate_days'], found)


def check_served_certificates(params, found):
    """A PKCS12 file cannot be opened without its password, so the certificate that the node serves is looked at."""
    for port in params['ports']:
        where = '%s:%d' % (params['address'], port)
        try:
            pem = ssl.get_server_certificate((params['address'], port), timeout=5)
        except TypeError:
            # Python before 3.10 knows no timeout here.
            pem = None
        except ConnectionRefusedError:
            continue
        except (OSError, ssl.SSLError) as error:
            found.warnings.append('the certificate at %s cannot be looked at: %s' % (where, error))
            continue
        if pem:
            judge_certificate('the certificate at %s' % where, pem.encode('ascii'), params['certificate_days'], found)


def judge_certificate(name, pem, least_days, found):
    try:
        ran = subprocess.run(
            ['openssl', 'x509', '-noout', '-enddate'], input=pem, capture_output=True, timeout=10, check=True
        )
        ends = datetime.datetime.strptime(ran.stdout.decode().strip(), 'notAfter=%b %d %H:%M:%S %Y GMT')
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        found.warnings.append('%s cannot be read: %s' % (name, error))
        return
    days = (ends - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)).days
    if days < 0:
        found.errors.append('%s has expired on %s' % (name, ends.date()))
    elif days < least_days:
        found.errors.append('%s expires in %d days, on %s' % (name, days, ends.date()))
    elif days < 30:
        found.warnings.append('%s expires in %d days, on %s' % (name, days, ends.date()))


# Files, memory and limits


def check_keystore(folder, found):
    path = os.path.join(folder, 'elasticsearch.keystore')
    try:
        with open(path, 'rb') as file:
            begins = file.read(32)
        # Every Lucene codec file begins with this number.
        if not begins.startswith(b'\x3f\xd7\x6c\x17'):
            found.errors.append('%s is no keystore of Elasticsearch' % path)
    except OSError as error:
        found.errors.append('%s cannot be read: %s' % (path, error))


def check_heap(params, loopback, found):
    given = {}
    for name in heap_files(params):
        try:
            lines = read_text(params, name).splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            match = re.match(r'(?:\d+-?\d*:)?-Xm([sx])(\d+)([kmgKMG]?)\s*$', line.strip())
            if match:
                given[match[1]] = int(match[2]) * {'': 1, 'k': 1024, 'm': 1024**2, 'g': GIB}[match[3].lower()]
    if not given:
        return
    least, most = given.get('s'), given.get('x')
    if least != most:
        (found.warnings if loopback else found.errors).append('-Xms and -Xmx differ: a production node refuses to start')
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    if most is None:
        return
    if most > memory:
        found.errors.append('the heap (%d MiB) is larger than the memory of the host' % (most // 1024**2))
    elif most > memory // 2:
        found.warnings.append('the heap takes more than half of the memory of the host')
    if most > 31 * GIB:
        found.warnings.append('a heap above 31 GiB loses compressed pointers')


def heap_files(params):
    """In the order in which Elasticsearch reads them; the last one wins."""
    folder = os.path.join(params['config_dir'], 'jvm.options.d')
    names = {os.path.join('jvm.options.d', os.path.basename(path)) for path in glob.glob(os.path.join(folder, '*.options'))}
    names |= {name for name in params['files'] if re.fullmatch(r'jvm\.options\.d/[^/]+\.options', name)}
    return ['jvm.options'] + sorted(names)


def check_tmp(folder, found):
    try:
        if os.statvfs(folder).f_flag & os.ST_NOEXEC:
            found.errors.append('%s is mounted noexec: native libraries cannot be loaded' % folder)
    except OSError as error:
        found.errors.append('%s cannot be used: %s' % (folder, error))


def check_map_count(settings, loopback, found):
    if settings.get('node.store.allow_mmap') is False:
        return
    try:
        with open('/proc/sys/vm/max_map_count', encoding='ascii') as file:
            count = int(file.read())
    except (OSError, ValueError):
        return
    if count < MAX_MAP_COUNT:
        (found.warnings if loopback else found.errors).append(
            'vm.max_map_count is %d; a production node refuses to start below %d' % (count, MAX_MAP_COUNT)
        )


# The unit of systemd


def check_unit(unit, found):
    names = 'LoadState,Type,TimeoutStartUSec,TimeoutStopUSec,SendSIGKILL,LimitNOFILE'
    try:
        shown = show_unit(unit, names)
    except UnitUnknown as error:
        found.warnings.append('the unit was not looked at: %s' % error)
        return
    if shown.get('LoadState') != 'loaded':
        found.errors.append('systemd has no unit %s (%s)' % (unit, shown.get('LoadState', 'unknown')))
        return
    if shown.get('Type') == 'notify' and seconds_of(shown.get('TimeoutStartUSec', '')) < 900:
        found.errors.append('TimeoutStartSec of %s is under 15 minutes: systemd may end a node that recovers' % unit)
    if shown.get('SendSIGKILL') != 'no':
        stops = seconds_of(shown.get('TimeoutStopUSec', ''))
        text = 'systemd kills %s when it has not stopped after %s: set SendSIGKILL=no' % (unit, shown.get('TimeoutStopUSec'))
        (found.errors if stops < 600 else found.warnings).append(text)
    files = shown.get('LimitNOFILE', 'infinity')
    if files.isdigit() and int(files) < OPEN_FILES:
        found.errors.append('LimitNOFILE of %s is %s, under %d' % (unit, files, OPEN_FILES))


if __name__ == '__main__':
    main()
