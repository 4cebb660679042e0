"""Says whether a host can be given a secret: what its entry of secret_consumers lacks or has wrong."""

from __future__ import annotations

import os
import re

FORMATS = ('env', 'json', 'yaml')
APPLIES = ('restart', 'reload', 'none')
LOGINS = ('basic', 'api_key', 'bearer')


def problems_of(entries, names, manager='systemd'):
    """Of one entry or several; empty where they can be used."""
    if not isinstance(entries, dict):
        return ['secret_consumers is no mapping']
    several = [names] if isinstance(names, str) else names
    return [problem for name in several for problem in problems_of_one(entries, name, manager)]


def problems_of_one(entries, name, manager):
    if name == '' or name not in entries:
        known = ', '.join(sorted(entries)) or 'none'
        return ['it has no entry %s in secret_consumers (it has %s)' % (name or 'for an unnamed secret', known)]
    wrong = wrong_in(entries[name], manager)
    return ['its entry %s in secret_consumers cannot be used: %s' % (name, '; '.join(wrong))] if wrong else []


def wrong_in(entry, manager):
    if not isinstance(entry, dict):
        return ['it is no mapping']
    wrong = ['%s is missing' % name for name in ('file', 'format', 'names', 'apply') if not entry.get(name)]
    wrong += wrong_names(entry.get('names'), entry.get('login_as') or 'basic')
    wrong += [
        '%s is %s, and none of %s' % (name, entry[name], ', '.join(choices))
        for name, choices in (('format', FORMATS), ('apply', APPLIES), ('login_as', LOGINS))
        if entry.get(name) and entry[name] not in choices
    ]
    if entry.get('apply') in ('restart', 'reload') and not entry.get('service'):
        wrong.append('service is missing')
    if entry.get('apply') == 'reload' and manager != 'systemd':
        wrong.append('apply is reload, and only systemd reloads')
    if entry.get('file') and not os.path.isabs(str(entry['file'])):
        wrong.append('file is no absolute path')
    return wrong + wrong_mode(entry.get('mode') or '0600')


def wrong_names(names, login_as):
    if not names:
        return []
    if not isinstance(names, dict):
        return ['names is no mapping']
    # A token or a key says by itself whose it is.
    parts = ('principal', 'secret') if login_as == 'basic' else ('secret',)
    missing = ['names.%s is missing' % part for part in parts if not names.get(part)]
    same = names.get('principal') is not None and names.get('principal') == names.get('secret')
    return missing + (['names.principal and names.secret are the same'] if same else [])


def wrong_mode(mode):
    if not isinstance(mode, str) or not re.fullmatch(r'0?[0-7]{3}', mode):
        return ['mode is no text of octal digits, such as "0600"']
    return ['mode %s lets everybody at it' % mode] if int(mode, 8) & 0o007 else []


class FilterModule:
    def filters(self):
        return {'ops_secret_consumer_problems': problems_of}
