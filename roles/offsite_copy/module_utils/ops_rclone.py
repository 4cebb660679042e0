"""Runs rclone as a child that never outlives us. Keys reach it through its environment, never through its arguments or a file;
what neither moves nor checks anything for a while is ended and called stalled."""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

STORE_OPTIONS = {
    'endpoint': {'type': 'str', 'required': True},
    'bucket': {'type': 'str', 'required': True},
    'prefix': {'type': 'str', 'default': ''},
    'region': {'type': 'str', 'default': ''},
    'provider': {'type': 'str', 'default': 'Other'},
    'ca_file': {'type': 'str', 'default': ''},
    'access_key': {'type': 'str', 'required': True, 'no_log': True},
    'secret_key': {'type': 'str', 'required': True, 'no_log': True},
}
SPEED_OPTIONS = {
    'transfers': {'type': 'int', 'default': 8},
    'checkers': {'type': 'int', 'default': 16},
    'bwlimit': {'type': 'str', 'default': ''},
    'fast_list': {'type': 'bool', 'default': True},
    'stall_seconds': {'type': 'int', 'default': 600},
}
PROXIES = ('http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY')
STATS_SECONDS = 1
DIE_WITH_PARENT = 1
# What `rclone check` calls an error and is an answer.
DIFFERENCE = re.compile(r'file not in |(md5|sizes|contents) differ|differences found')

libc = ctypes.CDLL(None, use_errno=True)


class RcloneFailed(Exception):
    """What rclone said when it failed, in one line."""


class Ran:
    """What one start of rclone did."""

    def __init__(self, code, output, log):
        self.code, self.output, self.errors = code, output, log.errors
        self.bytes = int(log.stats.get('bytes', 0))
        self.files = int(log.stats.get('transfers', 0))


class Rclone:
    """The store is the remote `store:`, the repository `source:`."""

    def __init__(self, store, cache_dir, speed=None, source='', reread=False):
        self.store, self.speed = store, speed or {}
        self.stall_seconds = self.speed.get('stall_seconds', 60)
        self.base = '/'.join(part.strip('/') for part in (store['bucket'], store['prefix']) if part.strip('/'))
        os.makedirs(cache_dir, mode=0o700, exist_ok=True)
        self.environment = {
            'PATH': '/usr/local/bin:/usr/bin:/bin',
            'HOME': cache_dir,
            'RCLONE_CONFIG': os.devnull,
            'RCLONE_CACHE_DIR': cache_dir,
            'RCLONE_CONFIG_STORE_TYPE': 's3',
            'RCLONE_CONFIG_STORE_PROVIDER': store['provider'],
            'RCLONE_CONFIG_STORE_ENDPOINT': store['endpoint'],
            'RCLONE_CONFIG_STORE_REGION': store['region'],
            'RCLONE_CONFIG_STORE_ACCESS_KEY_ID': store['access_key'],
            'RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY': store['secret_key'],
            # The bucket is there or it is not: it is not ours to make.
            'RCLONE_CONFIG_STORE_NO_CHECK_BUCKET': 'true',
            **({'RCLONE_CA_CERT': store['ca_file']} if store['ca_file'] else {}),
            **{name: os.environ[name] for name in PROXIES if name in os.environ},
            **source_environment(source, reread),
        }

    def at(self, path):
        """A path of the store, below bucket and prefix."""
        return 'store:%s/%s' % (self.base, path)

    def run(self, verb, *words, feed=None, accept=(0,)):
        """One start of rclone to its end. Raises RcloneFailed unless its exit status is accepted."""
        command = ['rclone', verb, '--use-json-log', '--stats', '%ds' % STATS_SECONDS, '--stats-log-level', 'NOTICE']
        with tempfile.TemporaryFile() as output, subprocess.Popen(
            [*command, *self.speed_words(), *words],
            env=self.environment,
            stdin=subprocess.PIPE if feed is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            preexec_fn=die_with_parent,
        ) as child:
            log = Log(child.stderr)
            if feed is not None:
                child.stdin.write(feed.encode())
                child.stdin.close()
            stalled = self.watch(child, log)
            log.join()
            output.seek(0)
            ran = Ran(child.returncode, output.read().decode('utf-8', 'replace'), log)
        if stalled:
            raise RcloneFailed('rclone %s has stalled: nothing moved for %d s; last it said: %s' % (verb, self.stall_seconds, log.last))
        if ran.code not in accept:
            raise RcloneFailed('rclone %s: %s' % (verb, '; '.join(ran.errors[:3]) or log.last or 'exit status %d' % ran.code))
        return ran

    def speed_words(self):
        speed = self.speed
        return [
            *(['--transfers', str(speed['transfers']), '--checkers', str(speed['checkers'])] if speed else []),
            *(['--bwlimit', speed['bwlimit']] if speed.get('bwlimit') else []),
            *(['--fast-list'] if speed.get('fast_list') else []),
            # Looks are answered soon or not at all.
            *([] if speed else ['--retries', '1', '--low-level-retries', '2', '--contimeout', '10s', '--timeout', '30s']),
        ]

    def watch(self, child, log):
        """Waits for the end. True when it was ended for having stalled; an orphan ends its child and itself."""
        parent = os.getppid()
        seen, since = None, time.monotonic()
        while True:
            try:
                child.wait(timeout=0.05 if seen is None else 0.2)
                return False
            except subprocess.TimeoutExpired:
                pass
            if os.getppid() != parent:
                child.kill()
                os._exit(1)
            if log.progress != seen:
                seen, since = log.progress, time.monotonic()
            elif time.monotonic() - since > self.stall_seconds:
                child.send_signal(signal.SIGKILL)
                return True


def compare(rclone, here, there, *words):
    """One start of `rclone check`. Paths that differ, are missing at the one end or at the other; any other trouble is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        reports = {name: os.path.join(folder, name) for name in ('differ', 'error', 'missing-on-dst', 'missing-on-src')}
        report_words = [word for name, path in reports.items() for word in ('--' + name, path)]
        ran = rclone.run('check', *words, *report_words, here, there, accept=(0, 1))
        other = [one for one in ran.errors if not DIFFERENCE.search(one)]
        if other:
            raise RcloneFailed('rclone check: %s' % '; '.join(other[:3]))
        return {name: read_lines(path) for name, path in reports.items()}


def read_lines(path):
    try:
        with open(path, encoding='utf-8') as file:
            return [line.rstrip('\n') for line in file if line.strip()]
    except FileNotFoundError:
        return []


class Log(threading.Thread):
    """Reads what rclone says, line by line: its errors, its statistics, and whether they move."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.errors, self.stats, self.last, self.progress = stream, [], {}, '', ()
        self.start()

    def run(self):
        for raw in self.stream:
            self.read(raw.decode('utf-8', 'replace').strip())

    def read(self, line):
        try:
            entry = json.loads(line)
        except ValueError:
            # The last word of a failed start is plain text.
            self.last = line[:500] or self.last
            return
        text = ' '.join(str(entry.get('msg', '')).split())[:500]
        if 'stats' in entry:
            self.stats = entry['stats']
            moving = sum(int(one.get('bytes', 0)) for one in self.stats.get('transferring') or [] if isinstance(one, dict))
            self.progress = tuple(self.stats.get(name) for name in ('bytes', 'checks', 'transfers', 'deletes')) + (moving,)
        elif entry.get('level') in ('error', 'fatal', 'critical'):
            self.errors.append('%s: %s' % (entry['object'], text) if entry.get('object') else text)
            self.last = text


def source_environment(source, reread):
    """Checksums of the repository are remembered by size and time of each file, for its files never change; or read again."""
    if not source:
        return {}
    if reread:
        return {'RCLONE_CONFIG_SOURCE_TYPE': 'alias', 'RCLONE_CONFIG_SOURCE_REMOTE': source}
    return {
        'RCLONE_CONFIG_SOURCE_TYPE': 'hasher',
        'RCLONE_CONFIG_SOURCE_REMOTE': source,
        'RCLONE_CONFIG_SOURCE_HASHES': 'md5',
        'RCLONE_CONFIG_SOURCE_MAX_AGE': 'off',
    }


def die_with_parent():
    libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)


def find_rclone():
    """The version, or None where it is not installed."""
    try:
        environment = {'PATH': '/usr/local/bin:/usr/bin:/bin'}
        ran = subprocess.run(['rclone', 'version'], capture_output=True, text=True, timeout=30, check=False, env=environment)
    except (OSError, subprocess.SubprocessError):
        return None
    words = ran.stdout.split()
    return words[1] if ran.returncode == 0 and len(words) > 1 else None
