"""What systemd and its journal say of the unit of a service. It only asks: it never starts, stops or reloads one."""

from __future__ import annotations

import datetime
import os
import re
import subprocess

LOOKED_AT = 'LoadState,ActiveState,MainPID,UnitFileState,NeedDaemonReload,ExecMainStartTimestamp'


class UnitUnknown(Exception):
    """Why systemd could not be asked, in one line."""


def show_unit(unit, names=LOOKED_AT):
    """Properties of a unit by name, times in UTC."""
    # A systemd that cannot show them so can be asked for all else.
    times = ['--timestamp=us+utc'] if 'Timestamp' in names else []
    try:
        ran = subprocess.run(
            ['systemctl', 'show', *times, '--property', names, unit],
            capture_output=True,
            timeout=30,
            check=False,
            text=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnitUnknown('systemd cannot be asked about %s: %s' % (unit, error)) from error
    if ran.returncode != 0:
        raise UnitUnknown('systemd cannot be asked about %s: %s' % (unit, ran.stderr.strip()))
    return dict(line.split('=', 1) for line in ran.stdout.splitlines() if '=' in line)


def process_of(shown):
    """Its main process; 0 where it has none."""
    return int(shown.get('MainPID', '0') or 0)


def state_of(shown):
    return {
        'running': process_of(shown) > 0,
        'state': shown.get('ActiveState', 'unknown'),
        'enabled': shown.get('UnitFileState') == 'enabled',
        'needs_reload': shown.get('NeedDaemonReload') == 'yes',
    }


def stale_of(watched, shown):
    """Names of watched files that the running process has not read, for they were written after it began."""
    if not process_of(shown):
        return []
    started = started_at(shown)
    return sorted(name for name, path in watched.items() if started is None or (changed_at(path) or 0) > started)


def started_at(shown):
    text = shown.get('ExecMainStartTimestamp', '')
    try:
        moment = datetime.datetime.strptime(text, '%a %Y-%m-%d %H:%M:%S.%f UTC')
    except ValueError:
        return None
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def changed_at(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None


def has_ended(unit):
    """Whether a process that was just started has ended, or was started again; not where systemd does not answer."""
    try:
        shown = show_unit(unit, 'ActiveState,NRestarts')
    except UnitUnknown:
        return False
    return shown.get('ActiveState') == 'failed' or int(shown.get('NRestarts', '0') or 0) > 0


def read_journal(unit, lines, *words):
    """Its last lines in the journal, without their heads."""
    ran = subprocess.run(
        ['journalctl', '--unit', unit, '--lines', str(lines), '--output', 'cat', '--no-pager', '--quiet', *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return [line.strip() for line in ran.stdout.splitlines() if line.strip()]


def last_of(lines, telling):
    """The last three lines that match, or the last three of all, in one."""
    return ' | '.join(([line for line in lines if re.search(telling, line)] or lines)[-3:])[-1500:]


def seconds_of(text):
    """Seconds of what systemd shows, such as `1min 30s` or `infinity`."""
    if text in ('infinity', ''):
        return float('inf')
    units = {'us': 1e-6, 'ms': 1e-3, 's': 1, 'min': 60, 'h': 3600, 'd': 86400, 'w': 604800}
    return sum(float(number) * units.get(name, 0) for number, name in re.findall(r'([\d.]+)([a-z]+)', text))
