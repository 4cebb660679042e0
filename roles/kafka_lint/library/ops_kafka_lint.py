#!/usr/bin/python
"""Looks for what would keep a Kafka node from starting, or lose data once it runs. It changes nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_kafka_lint
short_description: Finds what is wrong with the configuration of a Kafka node in KRaft mode
description:
  - Reads server.properties, what is in the data directories, heap and unit. Whatever it cannot look at is a warning.
  - Given the text of a server.properties that is not in place yet, it judges that instead of the file.
options:
  config_dir: {type: path, required: true, description: [Directory of server.properties]}
  looks:
    type: list
    elements: str
    choices: [settings, files, storage, heap, unit]
    default: [settings, files, storage, heap, unit]
    description: [What is looked at]
  text: {type: str, description: [Text of a server.properties; stands for the file]}
  expected: {type: dict, default: {}, description: [Values that settings have to have]}
  brokers: {type: int, default: 0, description: [Brokers of the cluster; 0 is not judged]}
  unit: {type: str, default: '', description: [systemd unit; empty where systemd does not run the service]}
  heap_mib: {type: int, default: 0, description: [Heap of a unit that is not in place yet; 0 looks at the unit]}
author: [ops]
"""

EXAMPLES = r"""
- name: Look for what would keep the node from starting
  ops_kafka_lint:
    config_dir: /etc/kafka
    brokers: 3
    unit: kafka
"""

RETURN = r"""
errors:
  description: What would keep the node from starting, or loses data.
  returned: always
  type: list
  elements: str
warnings_found:
  description: What is not as it should be.
  returned: always
  type: list
  elements: str
"""

import os
import re

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ops_unit import UnitUnknown, seconds_of, show_unit

LOOKS = ['settings', 'files', 'storage', 'heap', 'unit']
# https://kafka.apache.org/36/documentation.html#os
OPEN_FILES = 100000
# https://kafka.apache.org/36/documentation.html#brokerconfigs
DEFAULTS = {
    'default.replication.factor': '1',
    'min.insync.replicas': '1',
    'offsets.topic.replication.factor': '3',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
    'message.max.bytes': '1048588',
    'replica.fetch.max.bytes': '1048576',
    'auto.create.topics.enable': 'true',
    'unclean.leader.election.enable': 'false',
    'listeners': 'PLAINTEXT://:9092',
    'log.dir': '/tmp/kafka-logs',
    'log.cleaner.dedupe.buffer.size': '134217728',
}
NUMBERS = [
    'node.id', 'broker.id', 'num.partitions', 'num.io.threads', 'num.network.threads', 'log.retention.hours',
    'default.replication.factor', 'min.insync.replicas', 'message.max.bytes', 'replica.fetch.max.bytes',
    'offsets.topic.replication.factor', 'transaction.state.log.replication.factor', 'transaction.state.log.min.isr',
    'log.cleaner.dedupe.buffer.size',
]  # fmt: skip
PROTOCOLS = ('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL')
COMPRESSIONS = ('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer')
LISTENER = re.compile(r'([A-Za-z0-9_.-]+)://(\[[^\]]*\]|[^:]*):(-?\d+)$')
MIB = 1024**2


class Findings:
    def __init__(self):
        self.errors = []
        self.warnings = []


def main():
    module = AnsibleModule(
        argument_spec={
            'config_dir': {'type': 'path', 'required': True},
            'looks': {'type': 'list', 'elements': 'str', 'choices': LOOKS, 'default': LOOKS},
            # It may hold a password, and is not to be seen in the arguments of the call.
            'text': {'type': 'str', 'no_log': True},
            'expected': {'type': 'dict', 'default': {}},
            'brokers': {'type': 'int', 'default': 0},
            'unit': {'type': 'str', 'default': ''},
            'heap_mib': {'type': 'int', 'default': 0},
        },
        supports_check_mode=True,
    )
    params = module.params
    found = Findings()
    looks = params['looks']
    settings = read_settings(params, found)
    shown = look_at_unit(params['unit'], found) if params['unit'] and {'heap', 'unit'} & set(looks) else None
    if settings is not None:
        if 'settings' in looks:
            check_settings(settings, params, found)
        if 'files' in looks:
            check_files(settings, found)
        if 'storage' in looks:
            check_storage(settings, found)
    if 'heap' in looks:
        check_heap(settings or {}, params['heap_mib'] or heap_of(shown), found)
    if 'unit' in looks and shown is not None:
        check_unit(params['unit'], shown, found)
    module.exit_json(changed=False, errors=found.errors, warnings_found=found.warnings)


# server.properties


def read_settings(params, found):
    """Settings by name, or None where the file cannot be used."""
    path = os.path.join(params['config_dir'], 'server.properties')
    text = params['text']
    try:
        if text is None:
            with open(path, encoding='utf-8') as file:
                text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        found.errors.append('%s cannot be read: %s' % (path, error))
        return None
    settings, twice = {}, []
    for name, value in parse_properties(text):
        if name in settings:
            twice.append(name)
        settings[name] = value
    if twice:
        found.errors.append('given twice, and only the last one counts: %s' % ', '.join(sorted(set(twice))))
    return settings


def parse_properties(text):
    """Names and values as java.util.Properties reads them."""
    lines = iter(text.splitlines())
    for line in lines:
        line = line.lstrip()
        if line == '' or line[0] in '#!':
            continue
        while re.search(r'(?<!\\)(\\\\)*\\$', line):
            line = line[:-1] + next(lines, '').lstrip()
        match = re.match(r'((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)$', line)
        yield unescape(match[1]), unescape(match[2]).strip()


def unescape(text):
    return re.sub(r'\\(.)', lambda match: {'t': '\t', 'n': '\n', 'r': '\r'}.get(match[1], match[1]), text)


def list_of(value):
    return [part.strip() for part in (value or '').split(',') if part.strip()]


def number_of(settings, name):
    try:
        return int(settings.get(name, DEFAULTS.get(name, '')))
    except ValueError:
        return None


def check_settings(settings, params, found):
    check_mode(settings, found)
    check_numbers(settings, found)
    check_listeners(settings, found)
    check_copies(settings, params['brokers'], found)
    check_sizes(settings, found)
    check_data_loss(settings, found)
    # What systemd does not run is a trial, such as the embedded lab, and may be gone tomorrow.
    if params['unit'] or params['text'] is not None:
        check_places(settings, found)
    for name, value in params['expected'].items():
        # What is not given at all is said by the rule that knows what becomes of it.
        if name in settings and settings[name] != str(value):
            found.errors.append('%s is %s, and the inventory says %s' % (name, settings[name], value))


def check_mode(settings, found):
    """KRaft or nothing: this platform has no ZooKeeper."""
    if 'zookeeper.connect' in settings:
        found.errors.append('zookeeper.connect: this platform runs without ZooKeeper; remove it, and give process.roles')
    roles = list_of(settings.get('process.roles'))
    if not roles:
        if 'zookeeper.connect' not in settings:
            found.errors.append(
                'neither process.roles nor zookeeper.connect: the node does not start; KRaft needs process.roles=broker,controller'
            )
    elif set(roles) - {'broker', 'controller'}:
        found.errors.append('process.roles has unknown %s' % ', '.join(sorted(set(roles) - {'broker', 'controller'})))
    node = settings.get('node.id', settings.get('broker.id'))
    if 'node.id' not in settings:
        meant = ' (broker.id=%s is its name with ZooKeeper)' % settings['broker.id'] if 'broker.id' in settings else ''
        found.errors.append('node.id is missing%s' % meant)
    elif settings.get('broker.id', settings['node.id']) != settings['node.id']:
        found.errors.append('node.id and broker.id differ: the node does not start')
    check_voters(settings, roles, node, found)


def check_voters(settings, roles, node, found):
    voters = list_of(settings.get('controller.quorum.voters'))
    if not voters:
        found.errors.append('controller.quorum.voters is missing: the controllers do not find each other')
        return
    bad = [voter for voter in voters if not re.fullmatch(r'\d+@[^@\s]+:\d+', voter)]
    if bad:
        found.errors.append('controller.quorum.voters has %s, which is not ID@HOST:PORT' % ', '.join(bad))
        return
    ids = [voter.split('@')[0] for voter in voters]
    if len(set(ids)) < len(ids):
        found.errors.append('controller.quorum.voters names an id twice')
    if 'controller' in roles and node is not None and node not in ids:
        found.errors.append('node %s has the role controller and is not in controller.quorum.voters: it does not start' % node)
    if 'controller' not in roles and roles and node in ids:
        found.errors.append('node %s is in controller.quorum.voters and has not the role controller' % node)
    if len(ids) % 2 == 0:
        found.warnings.append('%d controllers bear the loss of no more than %d would: use an odd number' % (len(ids), len(ids) - 1))


def check_numbers(settings, found):
    bad = [name for name in NUMBERS if name in settings and not re.fullmatch(r'-?\d+', settings[name])]
    if bad:
        found.errors.append('no whole number: %s' % ', '.join('%s=%s' % (name, settings[name]) for name in bad))
    compression = settings.get('compression.type', 'producer')
    if compression not in COMPRESSIONS:
        found.errors.append('compression.type has no %s; there are %s' % (compression, ', '.join(COMPRESSIONS)))


def check_listeners(settings, found):
    listeners = read_listeners(settings, 'listeners', found)
    advertised = read_listeners(settings, 'advertised.listeners', found) if 'advertised.listeners' in settings else None
    if listeners is None or ('advertised.listeners' in settings and advertised is None):
        return
    protocols = read_protocols(settings, listeners, found)
    controllers = list_of(settings.get('controller.listener.names'))
    check_controller_listeners(settings, listeners, controllers, found)
    clients = {name: where for name, where in listeners.items() if name not in controllers}
    inner = settings.get('inter.broker.listener.name')
    if inner is not None and inner not in clients:
        found.errors.append('inter.broker.listener.name %s is no listener of the broker' % inner)
    for name, (host, _port) in (advertised or {}).items():
        if name in controllers:
            found.errors.append('advertised.listeners names %s, the listener of the controllers' % name)
        elif name not in listeners:
            found.errors.append('advertised.listeners names %s, which is not in listeners' % name)
        if host in ('0.0.0.0', '[::]', ''):
            found.errors.append('advertised.listeners gives %s an address that nobody can reach: %s' % (name, host or 'none'))
    for name, (host, _port) in clients.items():
        if host in ('0.0.0.0', '[::]', '') and name not in (advertised or {}):
            found.errors.append('%s listens on every address and advertises none: brokers and clients cannot reach it' % name)
    open_ones = sorted(name for name in clients if protocols.get(name, name) in ('PLAINTEXT', 'SASL_PLAINTEXT'))
    kinds = {protocols.get(name, name) for name in open_ones}
    if open_ones:
        found.warnings.append(
            'listener %s is not encrypted%s: everybody who reaches the port reads and writes every topic'
            % (', '.join(open_ones), '' if 'SASL_PLAINTEXT' in kinds else ' and asks nobody who he is')
        )


def read_listeners(settings, name, found):
    given = list_of(settings.get(name, DEFAULTS.get(name)))
    matches = [LISTENER.match(one) for one in given]
    if not all(matches):
        bad = [one for one, match in zip(given, matches) if not match]
        found.errors.append('%s has %s, which is not NAME://HOST:PORT' % (name, ', '.join(bad)))
        return None
    names = [match[1] for match in matches]
    if len(set(names)) < len(names):
        found.errors.append('%s gives a name twice' % name)
    ports = [(match[2], match[3]) for match in matches if match[3] != '0']
    if len(set(ports)) < len(ports):
        found.errors.append('%s gives one port to two listeners' % name)
    return {match[1]: (match[2], int(match[3])) for match in matches}


def read_protocols(settings, listeners, found):
    given = dict(pair.split(':', 1) for pair in list_of(settings.get('listener.security.protocol.map')) if ':' in pair)
    unknown = sorted(name for name in listeners if name not in given and (given or name not in PROTOCOLS))
    # Without a map, Kafka takes the listener of the controllers for PLAINTEXT.
    controllers = list_of(settings.get('controller.listener.names'))
    unknown = [name for name in unknown if given or name not in controllers]
    if unknown:
        found.errors.append('listener.security.protocol.map says nothing of %s' % ', '.join(unknown))
    bad = sorted('%s:%s' % pair for pair in given.items() if pair[1] not in PROTOCOLS)
    if bad:
        found.errors.append('listener.security.protocol.map has unknown %s' % ', '.join(bad))
    return given


def check_controller_listeners(settings, listeners, controllers, found):
    roles = list_of(settings.get('process.roles'))
    if not roles:
        return
    if not controllers:
        found.errors.append('controller.listener.names is missing: the node does not start')
    elif 'controller' in roles and not set(controllers) & set(listeners):
        found.errors.append('no listener for the controllers: listeners has no %s' % ', '.join(controllers))


def check_copies(settings, brokers, found):
    copies, least = number_of(settings, 'default.replication.factor'), number_of(settings, 'min.insync.replicas')
    if copies is None or least is None:
        return
    if least > copies:
        found.errors.append(
            'min.insync.replicas %d is more than default.replication.factor %d: no write with acks=all ever succeeds' % (least, copies)
        )
    elif copies == 1:
        found.warnings.append('default.replication.factor is 1: a broker that is down takes its partitions with it')
    elif copies == least:
        found.warnings.append(
            'default.replication.factor %d with min.insync.replicas %d: while any one broker is down, every partition with a copy on '
            'it refuses writes with acks=all; three copies would bear it' % (copies, least)
        )
    if not brokers:
        return
    names = ('default.replication.factor', 'offsets.topic.replication.factor', 'transaction.state.log.replication.factor')
    for name in names:
        value = number_of(settings, name)
        if value is not None and value > brokers:
            found.errors.append('%s is %d, and there are %d brokers: such topics cannot be made' % (name, value, brokers))


def check_sizes(settings, found):
    message, fetch = number_of(settings, 'message.max.bytes'), number_of(settings, 'replica.fetch.max.bytes')
    if message is not None and fetch is not None and 'message.max.bytes' in settings and message > fetch:
        found.warnings.append(
            'message.max.bytes %d is more than replica.fetch.max.bytes %d: followers fetch such messages one by one' % (message, fetch)
        )


def check_places(settings, found):
    folders = list_of(settings.get('log.dirs', settings.get('log.dir', DEFAULTS['log.dir'])))
    passing = [folder for folder in folders if re.match(r'/(tmp|var/tmp|run|dev/shm)(/|$)', folder)]
    if passing:
        default = '' if {'log.dirs', 'log.dir'} & set(settings) else 'log.dirs is missing: '
        found.errors.append('%sthe data would be in %s, which is emptied' % (default, ', '.join(passing)))


def check_data_loss(settings, found):
    if is_true(settings, 'unclean.leader.election.enable'):
        found.errors.append('unclean.leader.election.enable: a copy that lags becomes leader, and acknowledged messages are lost')
    if is_true(settings, 'auto.create.topics.enable'):
        default = '' if 'auto.create.topics.enable' in settings else ' (which is its default)'
        found.warnings.append('auto.create.topics.enable is true%s: a misspelt name makes a topic' % default)


def is_true(settings, name):
    return settings.get(name, DEFAULTS[name]).lower() == 'true'


# Files, data and memory


def check_files(settings, found):
    names = [name for name in settings if re.search(r'(^|\.)ssl\.(keystore|truststore)\.location$', name)]
    for name in sorted(names):
        if not os.path.isfile(settings[name]):
            found.errors.append('%s names %s, which is not there' % (name, settings[name]))


def check_storage(settings, found):
    node = settings.get('node.id', settings.get('broker.id'))
    for folder in list_of(settings.get('log.dirs', settings.get('log.dir', DEFAULTS['log.dir']))):
        path = os.path.join(folder, 'meta.properties')
        try:
            with open(path, encoding='utf-8') as file:
                meta = dict(parse_properties(file.read()))
        except (OSError, UnicodeDecodeError) as error:
            found.errors.append('%s cannot be read: %s; a node does not start on a directory that is not formatted' % (path, error))
            continue
        there = meta.get('node.id', meta.get('broker.id'))
        if node is not None and there != node:
            found.errors.append('%s is of node %s, and node.id is %s: the node does not start' % (path, there, node))


def heap_of(shown):
    """MiB of the unit's heap; 0 where it gives none."""
    match = re.search(r'-Xmx(\d+)([mgMG])', (shown or {}).get('Environment', ''))
    return int(match[1]) * (1024 if match[2] in 'gG' else 1) if match else 0


def check_heap(settings, heap_mib, found):
    if not heap_mib:
        return
    memory_mib = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // MIB
    if heap_mib > memory_mib:
        found.errors.append('the heap (%d MiB) is larger than the memory of the host (%d MiB)' % (heap_mib, memory_mib))
    elif heap_mib > memory_mib // 2:
        found.warnings.append('the heap takes more than half of the memory of the host: Kafka lives by the cache of files')
    buffer_mib = (number_of(settings, 'log.cleaner.dedupe.buffer.size') or 0) // MIB
    if buffer_mib * 3 > heap_mib:
        found.errors.append(
            'log.cleaner.dedupe.buffer.size (%d MiB) is more than a third of the heap (%d MiB): the broker ends with OutOfMemoryError'
            % (buffer_mib, heap_mib)
        )


# The unit of systemd


def look_at_unit(unit, found):
    try:
        return show_unit(unit, 'LoadState,TimeoutStopUSec,SendSIGKILL,LimitNOFILE,Environment')
    except UnitUnknown as error:
        found.warnings.append('the unit was not looked at: %s' % error)
        return None


def check_unit(unit, shown, found):
    if shown.get('LoadState') != 'loaded':
        found.errors.append('systemd has no unit %s (%s)' % (unit, shown.get('LoadState', 'unknown')))
        return
    stops = seconds_of(shown.get('TimeoutStopUSec', ''))
    if stops < 300:
        found.errors.append(
            'systemd gives up on %s when it has not stopped after %s: a broker may take minutes to hand its leaders over'
            % (unit, shown.get('TimeoutStopUSec'))
        )
    if shown.get('SendSIGKILL') != 'no':
        found.warnings.append('systemd kills %s when it has not stopped in time: set SendSIGKILL=no' % unit)
    files = shown.get('LimitNOFILE', 'infinity')
    if files.isdigit() and int(files) < OPEN_FILES:
        found.warnings.append('LimitNOFILE of %s is %s, under %d' % (unit, files, OPEN_FILES))


if __name__ == '__main__':
    main()
