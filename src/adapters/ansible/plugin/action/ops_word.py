"""Waits for the word of ops before a play that it has prepared does anything.

It runs on the machine of ops and touches no host. Whatever goes wrong, the word was not given: then it fails, and the play
ends having changed nothing.
"""

from __future__ import annotations

import os
import time

from ansible.plugins.action import ActionBase

# How late the word may be heard.
POLL_SECONDS = 0.02


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset()

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        problem = wait_for_word(
            folder=os.environ['OPS_WORD'],
            owner=int(os.environ['OPS_WORD_OWNER']),
            seconds=float(os.environ['OPS_WORD_SECONDS']),
        )
        if problem is None:
            return dict(result, changed=False)
        return dict(result, failed=True, msg=problem)


def wait_for_word(folder, owner, seconds):
    """None once this play has taken the word; else why it never will."""
    until = time.monotonic() + seconds
    ansible = os.getppid()
    while True:
        # Looked at first: what an Ansible that was killed has left behind would take the word for a play that never goes on.
        if os.getppid() != ansible or parent_of(ansible) != owner:
            return 'the ops that prepared this play is gone: nothing was changed'
        # Taking it is one act, so ops can tell for sure whether it was taken.
        try:
            os.rename(os.path.join(folder, 'go'), os.path.join(folder, 'taken'))
            return None
        except FileNotFoundError:
            pass
        if not os.path.isdir(folder) or os.path.exists(os.path.join(folder, 'dismissed')):
            return 'dismissed: nothing was changed'
        if time.monotonic() > until:
            return 'no word within %d s: nothing was changed' % seconds
        time.sleep(POLL_SECONDS)


def parent_of(pid):
    try:
        with open('/proc/%d/stat' % pid, encoding='latin-1') as file:
            # The name of the program, in brackets, may itself hold brackets and blanks.
            return int(file.read().rpartition(')')[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None
