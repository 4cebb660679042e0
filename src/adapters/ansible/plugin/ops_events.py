"""Tells ops what every host does, one JSON line per event.

It only watches: whatever goes wrong in here, the play goes on as if the plugin were not there. The file it writes may
hold what tasks printed, so ops reads it from memory-backed storage, redacts it and removes it.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import threading
import time

from ansible.playbook.block import Block
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__ as ansible_version

DOCUMENTATION = """
name: ops_events
type: aggregate
short_description: Writes one JSON line per event to the file named by OPS_EVENTS
description:
  - Environment - OPS_EVENTS (file to append to), OPS_RUN (id of the run), OPS_HEARTBEAT_SECONDS (default 15).
  - Without OPS_EVENTS it does nothing.
"""

# A payload above this goes to a file beside the events, so that one line stays one small write.
MAX_INLINE = 16 * 1024
# What a task may say at all; the rest is cut off, and the event says so.
MAX_SPILL = 8 * 1024 * 1024


def harmless(method):
    """Nothing that happens in here may change what the play does."""

    @functools.wraps(method)
    def guarded(self, *args, **kwargs):
        if self.file is None:
            return
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # pylint: disable=broad-except
            self.lose(method.__name__, error)

    return guarded


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'aggregate'
    CALLBACK_NAME = 'ops_events'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.file = None
        self.path = os.environ.get('OPS_EVENTS')
        self.lock = threading.Lock()
        self.seq = 0
        self.play = {}
        self.begun = {}
        if self.path:
            try:
                self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                self._display.warning('ops_events cannot write %s: %s' % (self.path, error))

    # What a playbook goes through.

    @harmless
    def v2_playbook_on_start(self, playbook):
        versions = 'ansible-core %s, Python %s' % (ansible_version, platform.python_version())
        self.write('begin', message=versions, run=os.environ.get('OPS_RUN'), pid=os.getpid())
        threading.Thread(target=self.beat, name='ops_events', daemon=True).start()

    @harmless
    def v2_playbook_on_play_start(self, play):
        self.play = {'play': play.get_name(), 'play_uuid': str(play._uuid)}
        self.write('play')

    @harmless
    def v2_playbook_on_no_hosts_matched(self):
        self.write('play', message='no hosts matched', empty=True)

    @harmless
    def v2_playbook_on_task_start(self, task, is_conditional):
        self.write('task', **self.of_task(task))

    @harmless
    def v2_playbook_on_handler_task_start(self, task):
        self.write('task', **self.of_task(task))

    @harmless
    def v2_playbook_on_notify(self, handler, host):
        self.write('handler', host=host.get_name(), **self.of_task(handler))

    @harmless
    def v2_playbook_on_stats(self, stats):
        counts = ('ok', 'changed', 'failures', 'dark', 'skipped', 'rescued', 'ignored')
        recap = {host: {name: getattr(stats, name).get(host, 0) for name in counts} for host in stats.processed}
        self.write('end', recap=recap)

    # What a host goes through.

    @harmless
    def v2_runner_on_start(self, host, task):
        self.begun[host.get_name(), str(task._uuid)] = time.monotonic()
        self.write('host.started', host=host.get_name(), **self.of_task(task))

    @harmless
    def v2_runner_on_ok(self, result):
        self.write_result('host.ok', result)

    @harmless
    def v2_runner_on_failed(self, result, ignore_errors=False):
        task = result.task
        rescued = not ignore_errors and will_be_rescued(task)
        fatal = bool(task.any_errors_fatal or task.run_once)
        self.write_result('host.failed', result, ignored=bool(ignore_errors), rescued=rescued, fatal=fatal)

    @harmless
    def v2_runner_on_unreachable(self, result):
        task = result.task
        fatal = bool(task.any_errors_fatal or task.run_once)
        self.write_result('host.unreachable', result, ignored=bool(task.ignore_unreachable), fatal=fatal)

    @harmless
    def v2_runner_on_skipped(self, result):
        self.write_result('host.skipped', result)

    @harmless
    def v2_runner_retry(self, result):
        self.write_result('host.retry', result, last=False)

    @harmless
    def v2_runner_on_async_poll(self, result):
        self.write_result('host.poll', result, last=False)

    @harmless
    def v2_runner_item_on_ok(self, result):
        self.write_result('host.item', result, last=False, status='ok')

    @harmless
    def v2_runner_item_on_failed(self, result):
        self.write_result('host.item', result, last=False, status='failed')

    @harmless
    def v2_runner_item_on_skipped(self, result):
        self.write_result('host.item', result, last=False, status='skipped')

    # How it is told.

    def of_task(self, task):
        return {
            'task': task.get_name(),
            'task_uuid': str(task._uuid),
            'action': str(task.action),
            'run_once': bool(task.run_once),
            'is_handler': type(task).__name__ == 'Handler',
        }

    def write_result(self, kind, result, last=True, **more):
        host = result.host.get_name()
        data = result.result
        event = {'host': host, **self.of_task(result.task), 'changed': bool(data.get('changed')), **more}
        event['delegated_to'] = result.task_fields.get('delegate_to') or None
        begun = self.begun.pop((host, event['task_uuid']), None) if last else None
        if begun is not None:
            event['seconds'] = round(time.monotonic() - begun, 3)
        for name in ('attempts', 'retries'):
            if name in data:
                event[name] = data[name]
        if 'ansible_job_id' in data:
            event['job'] = str(data['ansible_job_id'])

        payload = {}
        if data.get('_ansible_no_log') or result.task.no_log is True:
            event['no_log'] = True
        else:
            payload['message'] = message_of(kind, data)
            if kind == 'host.item':
                payload['item'] = data.get('_ansible_item_label', data.get('item'))
            if kind == 'host.ok':
                payload.update(result_of(result.task, data))
            diff = self.diff_of(data)
            if diff:
                payload['diff'] = diff
        self.write(kind, payload=payload, **event)

    def diff_of(self, data):
        # A loop has told its diffs item by item.
        if not data.get('diff') or 'results' in data:
            return ''
        return self._get_diff(data['diff'])

    def write(self, kind, payload=None, **event):
        with self.lock:
            self.seq += 1
            event = {
                'seq': self.seq,
                'kind': kind,
                'time': time.time(),
                'monotonic': time.monotonic(),
                **self.play,
                **event,
            }
            if payload:
                text = as_json(payload)
                if len(text) <= MAX_INLINE:
                    event.update(payload)
                else:
                    event.update(self.spill(text))
            os.write(self.file, (as_json(event) + '\n').encode('ascii'))

    def spill(self, text):
        name = '%s.%d' % (os.path.basename(self.path), self.seq)
        with open(os.path.join(os.path.dirname(self.path), name), 'w', encoding='ascii') as file:
            file.write(text[:MAX_SPILL])
        return {'spill': name, 'truncated': len(text) > MAX_SPILL}

    def beat(self):
        interval = float(os.environ.get('OPS_HEARTBEAT_SECONDS', '15'))
        while True:
            time.sleep(interval)
            try:
                self.write('heartbeat')
            except Exception:  # pylint: disable=broad-except
                return

    def lose(self, where, error):
        """An event that could not be told is still counted, so that ops sees the gap."""
        try:
            self.write('heartbeat', lost='%s: %s' % (where, type(error).__name__))
        except Exception:  # pylint: disable=broad-except
            pass


def will_be_rescued(task):
    """Whether the task sits in the main part of a block that has a rescue part, however deep."""
    child = task
    parent = task._parent
    while parent is not None:
        if isinstance(parent, Block) and parent.rescue and any(child._uuid == one._uuid for one in parent.block):
            return True
        child, parent = parent, parent._parent
    return False


def message_of(kind, data):
    if kind == 'host.skipped':
        return text_of(data.get('skip_reason') or data.get('skipped_reason') or data.get('msg'))
    if kind in ('host.ok', 'host.poll'):
        return None
    said = [text_of(data.get(name)) for name in ('msg', 'stderr', 'module_stderr', 'module_stdout')]
    return '\n'.join(part for part in dict.fromkeys(said) if part) or None


def text_of(value):
    return value if value is None or isinstance(value, str) else as_json(value)


def result_of(task, data):
    """The one result that a playbook hands back: what it registered, or set as a fact, under the name ops_result."""
    if task.register == 'ops_result':
        return {'result': {key: data[key] for key in data if key != 'invocation' and not key.startswith('_')}}
    facts = data.get('ansible_facts')
    if isinstance(facts, dict) and 'ops_result' in facts:
        return {'result': facts['ops_result']}
    return {}


def as_json(value):
    return json.dumps(value, ensure_ascii=True, default=lambda one: '<%s>' % type(one).__name__)
