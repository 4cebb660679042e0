#!/usr/bin/python
"""Looks at a machine that is to become a node of a cluster: software, configuration, certificate. It changes nothing, and what it cannot
read it says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_node_look
short_description: Says what is installed, configured and certified on the host of a node of Elasticsearch
options:
  home:
    type: path
    required: true
    description: Home of the software.
  config_dir:
    type: path
    required: true
    description: Directory of elasticsearch.yml.
  data_dir:
    type: path
    required: true
    description: Data directory, where the configuration names none.
  unit:
    type: str
    default: ''
    description: systemd unit; empty where systemd does not run the service.
  ca:
    type: str
    required: true
    description: Certificates of the authority that the cluster trusts, as PEM.
  store_password_file:
    type: path
    description: File with the password of the PKCS12 store; C(store.password) beside the store is tried as well.
author: [ops]
"""

EXAMPLES = r"""
- name: Look at what is installed
  ops_node_look:
    home: /usr/share/elasticsearch
    config_dir: /etc/elasticsearch
    data_dir: /var/lib/elasticsearch
    ca: "{{ lookup('ansible.builtin.file', es_ca_file) }}"
"""

RETURN = r"""
installed:
  description: Whether the software is there.
  returned: success
  type: bool
version:
  description: Its version, null where there is none.
  returned: success
  type: str
running:
  description: Whether systemd has a process of the unit.
  returned: success
  type: bool
config:
  description: What elasticsearch.yml says of the node and of its cluster, null where there is none.
  returned: success
  type: dict
data_dir:
  description: The data directory.
  returned: success
  type: str
certificate:
  description: Who signed the certificate of the transport port, for how long and for whom; null where there is none.
  returned: success
  type: dict
plugins:
  description: Plugins that are installed.
  returned: success
  type: list
  elements: str
problems:
  description: What could not be read.
  returned: success
  type: list
  elements: str
time:
  description: The clock of the host, in seconds since 1970.
  returned: success
  type: float
"""

import datetime
import glob
import os
import re
import socket
import subprocess
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule

try:
    import yaml
except ImportError:
    yaml = None

TRANSPORT = 'xpack.security.transport.ssl.'
# Of a node whose configuration names none.
ALL_ROLES = [
    'master', 'data', 'data_content', 'data_hot', 'data_warm', 'data_cold', 'data_frozen', 'ingest', 'ml',
    'remote_cluster_client', 'transform',
]  # fmt: skip


def main():
    module = AnsibleModule(
        argument_spec={
            'home': {'type': 'path', 'required': True},
            'config_dir': {'type': 'path', 'required': True},
            'data_dir': {'type': 'path', 'required': True},
            'unit': {'type': 'str', 'default': ''},
            'ca': {'type': 'str', 'required': True},
            'store_password_file': {'type': 'path', 'no_log': False},
        },
        supports_check_mode=True,
    )
    params = module.params
    moment = time.time()
    problems = []
    settings = read_settings(params['config_dir'], problems)
    version = version_of(params['home'])
    module.exit_json(
        changed=False,
        installed=version is not None,
        version=version,
        running=has_process(params['unit']),
        config=None if settings is None else describe(settings),
        data_dir=data_dir_of(settings or {}, params['data_dir'], problems),
        certificate=None if settings is None else certificate_of(settings, params, problems),
        plugins=plugins_of(params['home']),
        problems=problems,
        time=moment,
    )


# Software


def version_of(home):
    found = [re.search(r'/elasticsearch-(\d+\.\d+\.\d+[^/]*)\.jar$', path) for path in glob.glob(os.path.join(home, 'lib', 'elasticsearch-*.jar'))]
    return next((match[1] for match in found if match), None)


def plugins_of(home):
    folder = os.path.join(home, 'plugins')
    return sorted(name for name in list_names(folder) if os.path.isdir(os.path.join(folder, name)) and not name.startswith('.'))


def list_names(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def has_process(unit):
    if unit == '':
        return False
    try:
        ran = subprocess.run(
            ['systemctl', 'show', '--property', 'MainPID', unit], capture_output=True, timeout=20, check=False, text=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return re.search(r'(?m)^MainPID=[1-9]', ran.stdout) is not None


# elasticsearch.yml


def read_settings(folder, problems):
    path = os.path.join(folder, 'elasticsearch.yml')
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        problems.append('%s cannot be read: %s' % (path, error))
        return None
    if yaml is None:
        problems.append('%s was not looked at: python3-yaml is not installed on the host' % path)
        return None
    try:
        return flatten(yaml.safe_load(text) or {})
    except (yaml.YAMLError, AttributeError) as error:
        problems.append('%s cannot be parsed: %s' % (path, ' '.join(str(error).split())))
        return None


def flatten(settings, prefix=''):
    flat = {}
    for name, value in settings.items():
        key = '%s%s' % (prefix, name)
        flat.update(flatten(value, key + '.') if isinstance(value, dict) else {key: value})
    return flat


def describe(settings):
    roles = settings.get('node.roles')
    return {
        'cluster_name': str(settings.get('cluster.name', 'elasticsearch')),
        'node_name': str(settings.get('node.name', socket.gethostname())),
        'roles': ALL_ROLES if roles is None else texts(roles),
        'attributes': {name[len('node.attr.') :]: str(value) for name, value in settings.items() if name.startswith('node.attr.')},
        'seed_hosts': texts(settings.get('discovery.seed_hosts')),
        'initial_master_nodes': texts(settings.get('cluster.initial_master_nodes')),
    }


def texts(value):
    """A list, or texts between commas."""
    if value is None:
        return []
    parts = value if isinstance(value, list) else str(value).split(',')
    return [text for text in (str(part).strip() for part in parts) if text]


def data_dir_of(settings, usual, problems):
    paths = texts(settings.get('path.data')) or [usual]
    if len(paths) > 1:
        problems.append('path.data names %d directories: only the first of them was looked at' % len(paths))
    return paths[0]


# Certificate


def certificate_of(settings, params, problems):
    pem = read_certificate(settings, params, problems)
    if pem is None:
        return None
    shown = openssl(['x509', '-noout', '-enddate', '-ext', 'subjectAltName'], pem)
    ends = re.search(r'(?m)^notAfter=(.+) GMT$', shown.stdout)
    if ends is None:
        problems.append('the certificate of the transport port cannot be understood: %s' % shown.stderr.strip()[-200:])
        return None
    # Letters of a month in English, whatever the language of the host.
    moment = datetime.datetime.strptime(ends[1], '%b %d %H:%M:%S %Y').replace(tzinfo=datetime.timezone.utc)
    return {
        'signed_by_cluster_ca': is_signed_by(params['ca'], pem),
        'days_left': (moment - datetime.datetime.now(datetime.timezone.utc)).days,
        'names': re.findall(r'(?:DNS|IP Address):([^,\s]+)', shown.stdout),
    }


def read_certificate(settings, params, problems):
    named = settings.get(TRANSPORT + 'certificate')
    store = settings.get(TRANSPORT + 'keystore.path')
    if named is None and store is None:
        problems.append('the transport port has no certificate: no node of a cluster with security lets it in')
        return None
    path = os.path.join(params['config_dir'], str(named or store))
    if not os.path.isfile(path):
        problems.append('the configuration names %s, which is not there' % path)
        return None
    if named is not None:
        with open(path, encoding='ascii', errors='replace') as file:
            return file.read()
    beside = os.path.join(os.path.dirname(path), 'store.password')
    files = [file for file in (params['store_password_file'], beside) if file and os.path.isfile(file)]
    for source in ['file:%s' % file for file in files] or ['pass:']:
        ran = openssl(['pkcs12', '-in', path, '-nokeys', '-clcerts', '-passin', source])
        if 'BEGIN CERTIFICATE' in ran.stdout:
            return ran.stdout
    problems.append('%s cannot be opened: its certificate was not looked at' % path)
    return None


def is_signed_by(authority, pem):
    """Whether it has ended is another question."""
    with tempfile.NamedTemporaryFile('w', suffix='.crt') as file:
        file.write(authority)
        file.flush()
        return openssl(['verify', '-no_check_time', '-CAfile', file.name], pem).returncode == 0


def openssl(words, given=''):
    try:
        return subprocess.run(['openssl', *words], input=given, capture_output=True, timeout=20, check=False, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        return subprocess.CompletedProcess(words, 1, '', 'openssl cannot be run: %s' % error)


if __name__ == '__main__':
    main()
