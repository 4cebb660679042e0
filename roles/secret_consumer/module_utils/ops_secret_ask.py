"""Logs in at a server from this host, straight to it: neither a proxy nor a redirection ever sees the secret, and no error holds it."""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.error
import urllib.request

ANSWER_SECONDS = 10


class NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


def log_in(entry, principal, secret, patience_seconds):
    """Who the server says that this is, and what was wrong. A server may still remember another secret: it is asked again for a while."""
    until = time.monotonic() + patience_seconds
    while True:
        known, problem = ask(entry, principal, secret)
        if problem is None or time.monotonic() + 1 > until:
            return known, problem
        time.sleep(1)


def ask(entry, principal, secret):
    how = entry.get('login_as') or 'basic'
    try:
        context = ssl.create_default_context(cafile=entry.get('ca_file') or None)
    except OSError as error:
        return None, 'the authority %s cannot be read: %s' % (entry.get('ca_file'), error.strerror or 'it is no certificate')
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({}), NoRedirection()
    )
    try:
        request = urllib.request.Request(entry['login_url'], headers={'Authorization': header(how, principal, secret)})
        with opener.open(request, timeout=ANSWER_SECONDS) as answer:
            known = name_of(json.loads(answer.read(1024 * 1024)), how)
    except urllib.error.HTTPError as error:
        return None, '%s answers %d %s' % (entry['login_url'], error.code, error.reason)
    except (OSError, ValueError) as error:
        # A header that cannot be sent is named in the error with its content.
        why = str(getattr(error, 'reason', error)) if isinstance(error, OSError) else 'what it said is no answer to a login'
        return None, '%s: %s' % (entry['login_url'], why)
    if known is None:
        return None, '%s does not say who was let in' % entry['login_url']
    if principal is not None and known != principal:
        return known, '%s has let in %s, and the file names %s' % (entry['login_url'], known, principal)
    return known, None


def header(how, principal, secret):
    if how == 'bearer':
        return 'Bearer ' + secret
    if how == 'api_key':
        return 'ApiKey ' + key_header(principal, secret)
    return 'Basic ' + encoded('%s:%s' % (principal, secret))


def key_header(principal, secret):
    """Of a key that stands in the file alone, after its id and a colon, or with its id in base64."""
    if is_encoded(principal, secret):
        return secret
    return encoded(secret if principal is None or ':' in secret else '%s:%s' % (principal, secret))


def is_encoded(principal, secret):
    try:
        pair = base64.b64decode(secret, validate=True).decode()
    except ValueError:
        return False
    return ':' in pair if principal is None else pair.startswith(principal + ':')


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def name_of(answer, how):
    """Of a user the name, of a key its id, of a token its own name: as ops calls a principal."""
    part = {'api_key': ('api_key', 'id'), 'bearer': ('token', 'name')}.get(how)
    found = answer.get('username') if part is None else (answer.get(part[0]) or {}).get(part[1])
    return found if isinstance(found, str) else None
