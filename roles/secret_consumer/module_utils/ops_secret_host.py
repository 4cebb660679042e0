"""What a host has of a secret: the file that it stands in, and the process that reads it. It writes the file whole or not at all, and
never leaves a second copy of it."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import grp
import hashlib
import os
import pwd
import re
import stat
import subprocess
import time

from ansible.module_utils.ops_secret_formats import Unreadable, read_values

# How far the start of a process can be told from its file: the kernel counts in hundredths.
CLOCK_SECONDS = 0.02
MAX_BYTES = 4 * 1024 * 1024


class Trouble(Exception):
    """What is wrong on this host, in one line that holds no secret."""


def fingerprint(salt, secret):
    """As ops computes it; none without a salt, for it would tell who has the same secret."""
    if not salt or secret is None:
        return None
    return hashlib.sha256(('%s:%s' % (salt, secret)).encode()).hexdigest()[:16]


def read_text(path):
    """The text of a file and its state; none where there is no file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return '', None
    except OSError as error:
        why = 'it is a symbolic link: name the file itself' if os.path.islink(path) else error.strerror
        raise Trouble('%s cannot be read: %s' % (path, why)) from None
    with os.fdopen(handle, 'rb') as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise Trouble('%s is no file' % path)
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Trouble('%s is larger than a file with a secret is' % path)
    try:
        return content.decode(), state
    except UnicodeDecodeError:
        raise Trouble('%s is no text in UTF-8' % path) from None


def read_login(entry):
    """Principal and secret as the file says them, and the state of the file; none for what is not there."""
    text, state = read_text(entry['file'])
    try:
        values = read_values(text, entry['format'])
    except Unreadable as error:
        raise Trouble('%s: %s' % (entry['file'], error)) from None
    principal, secret = (values.get(entry['names'].get(part)) for part in ('principal', 'secret'))
    return text_of(principal), text_of(secret), state


def text_of(value):
    return None if value is None or isinstance(value, (dict, list)) else str(value)


def wanted_attributes(entry, state):
    """Owner, group and mode that the file shall have; whoever has it keeps it where the entry does not say."""
    try:
        owner = pwd.getpwnam(entry['owner']).pw_uid if entry.get('owner') else state.st_uid if state else os.geteuid()
        group = grp.getgrnam(entry['group']).gr_gid if entry.get('group') else state.st_gid if state else os.getegid()
    except KeyError as error:
        raise Trouble('this host does not know who %s is' % error.args[0].split(':')[-1].strip()) from None
    return owner, group, int(entry.get('mode') or '0600', 8)


@contextlib.contextmanager
def only_one(folder):
    """Two plays at the same file take turns."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Trouble('%s: %s' % (folder, error.strerror)) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
        os.fsync(handle)
    finally:
        os.close(handle)


def temporary_of(path):
    return os.path.join(os.path.dirname(path), '.%s.ops-new' % os.path.basename(path))


def remove_left(path):
    """What a play that was killed has left."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary_of(path))


def write_text(path, text, owner, group, mode):
    """The new file is nobody's but ours until it has its owner."""
    temporary = temporary_of(path)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, 'wb') as file:
            set_attributes(file.fileno(), owner, group, mode)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise Trouble('%s cannot be written: %s' % (path, error.strerror)) from None
    finally:
        remove_left(path)


def set_attributes(target, owner, group, mode):
    """Of a handle or a path. The mode comes last, for a new owner takes some of it away."""
    state = os.stat(target)
    if (state.st_uid, state.st_gid) != (owner, group):
        os.chown(target, owner, group)
    os.chmod(target, mode)


# The process.


def started_at(pid):
    """Seconds since the epoch at which a process began; none where it is not there."""
    try:
        with open('/proc/%d/stat' % pid, encoding='ascii', errors='replace') as file:
            fields = file.read().rpartition(')')[2].split()
    except (OSError, TypeError):
        return None
    ticks = int(fields[19])
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf('SC_CLK_TCK'))


def reloaded_at(service):
    """When the unit was last started or told to read its files again; none where systemd does not say."""
    ran = systemctl('show', '--property=ActiveState,StateChangeTimestampMonotonic', '--', service + '.service')
    said = dict(line.split('=', 1) for line in ran.splitlines() if '=' in line)
    since = said.get('StateChangeTimestampMonotonic', '0')
    if said.get('ActiveState') not in ('active', 'reloading') or not re.fullmatch(r'[1-9]\d*', since):
        return None
    return time.time() - (time.clock_gettime(time.CLOCK_MONOTONIC) - int(since) / 1e6)


def systemctl(*words):
    try:
        return subprocess.run(['systemctl', *words], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ''


def read_since(entry, pid):
    """Since when the service goes by what it has read."""
    if entry['apply'] == 'reload':
        return reloaded_at(entry['service'])
    return started_at(pid) if pid else None


def is_older(since, state):
    return since is not None and state is not None and since + CLOCK_SECONDS < state.st_mtime


def iso(seconds):
    if seconds is None:
        return None
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return at.isoformat(timespec='milliseconds').replace('+00:00', 'Z')


def owner_of(state):
    try:
        return pwd.getpwuid(state.st_uid).pw_name
    except KeyError:
        return str(state.st_uid)
