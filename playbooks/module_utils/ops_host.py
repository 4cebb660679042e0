"""What modules read of a host: files, users, open ports. It changes nothing, and what is not there is no error."""

from __future__ import annotations

import glob
import os
import pwd
import socket
from concurrent.futures import ThreadPoolExecutor


def read_text(path):
    """Empty where there is no file, or no text in it."""
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ''


def list_data(module, folder):
    """Names in a data directory, but for what a mounted disk has of its own."""
    try:
        return sorted(name for name in os.listdir(folder) if name != 'lost+found')
    except FileNotFoundError:
        return []
    except OSError as error:
        module.fail_json(msg='%s cannot be looked at: %s' % (folder, error))


def log_bytes(folder):
    """Bytes of the log files of a service; one that is rotated away meanwhile has none."""
    return sum(size_of(path) for path in glob.glob(os.path.join(folder, '*.log')))


def size_of(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def id_of(user):
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return -1


def is_open(address, port, timeout=2):
    try:
        with socket.create_connection((address, port), timeout=timeout):
            return True
    except OSError:
        return False


def answering_of(peers, port):
    """Names of those peers whose port is open."""
    if not peers:
        return []
    with ThreadPoolExecutor(max_workers=min(16, len(peers))) as pool:
        found = pool.map(lambda name: (name, is_open(peers[name], port)), sorted(peers))
    return [name for name, answers in found if answers]
