"""Runs Kafka's own tools. A secret is never on a command line: what holds one goes through a file of mode 0600."""

from __future__ import annotations

import os
import subprocess

from ansible.module_utils import ops_host

TOOL_OPTIONS = {
    'home': {'type': 'path', 'required': True},
    'java_home': {'type': 'str', 'default': ''},
    'config': {'type': 'path', 'required': True},
}


class ToolFailed(Exception):
    """What a tool said when it failed, in one line."""


def run_tool(params, tool, servers, *args):
    """Output of a tool that asks a cluster."""
    command = [os.path.join(params['home'], 'bin', tool), '--bootstrap-server', servers, '--command-config', params['config']]
    environment = {
        'PATH': '/usr/bin:/bin',
        # The official scripts write a log beside the software unless they are told where.
        'LOG_DIR': '/tmp',
        'KAFKA_HEAP_OPTS': '-Xmx128m',
        'KAFKA_JVM_PERFORMANCE_OPTS': '-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData',
    }
    if params['java_home']:
        environment['JAVA_HOME'] = params['java_home']
    try:
        ran = subprocess.run([*command, *args], capture_output=True, text=True, timeout=120, check=False, env=environment)
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolFailed('%s: %s' % (tool, error)) from error
    if ran.returncode != 0:
        lines = [line.strip() for line in (ran.stderr + ran.stdout).splitlines() if line.strip()]
        telling = [line for line in lines if line.startswith('Error') or 'Exception' in line and not line.startswith('at ')]
        raise ToolFailed('%s: %s' % (tool, (telling or lines or ['it said nothing'])[0][:500]))
    return ran.stdout


def open_servers(servers):
    """Those of the servers that accept connections; a tool would wait long for the others."""
    return ','.join(one for one in servers.split(',') if is_open(one))


def is_open(server):
    address, _colon, port = server.rpartition(':')
    return ops_host.is_open(address.strip('[]'), int(port), timeout=3)
