"""Whether a data directory of Elasticsearch may be emptied. What is not known to belong there, a link, a node that runs, or a directory
that is to be kept inside it is a refusal."""

from __future__ import annotations

import fcntl
import os

# All that a node of version 8 keeps in its data directory.
KNOWN = {'_state', 'indices', 'node.lock', 'nodes', 'snapshot_cache'}
# A mounted disk has it, and it is nobody's data.
PASSED_OVER = {'lost+found'}
FEWEST_PARTS = 3


def why_not_emptied(path, keep):
    if not os.path.isabs(path) or os.path.normpath(path) != path.rstrip('/'):
        return '%s is no plain absolute path' % path
    if os.path.realpath(path) != os.path.normpath(path):
        return '%s is reached through a link' % path
    if len([part for part in path.split('/') if part]) < FEWEST_PARTS:
        return '%s is no directory of one service' % path
    inside = [one for one in keep if os.path.commonpath([os.path.realpath(one), os.path.realpath(path)]) == os.path.realpath(path)]
    if inside:
        return '%s lies in %s and is to be kept' % (inside[0], path)
    if is_locked(path):
        return 'a node is running on %s' % path
    strange = [name for name in names_in(path) if name not in KNOWN]
    if strange:
        return '%s holds %s, which is nothing of Elasticsearch' % (path, ', '.join(strange[:5]))
    return None


def names_in(path):
    try:
        return sorted(name for name in os.listdir(path) if name not in PASSED_OVER)
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_locked(path):
    """The node holds a lock on this file for as long as it runs."""
    try:
        with open(os.path.join(path, 'node.lock'), 'r+b') as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
