"""Talks to a Vault over HTTPS, and reads the files of secrets on this machine. A secret is never in an error, an argument or a
result."""

from __future__ import annotations

import json
import os
import ssl
import stat
import urllib.error
import urllib.request

SERVER_OPTIONS = {
    'url': {'type': 'str', 'required': True},
    'ca_file': {'type': 'path', 'required': True},
}


class VaultFailed(Exception):
    """What went wrong, in one line; C(status) is that of the answer, 0 where there was none."""

    def __init__(self, text, status=0):
        super().__init__(text)
        self.status = status


class Vault:
    def __init__(self, params, token=''):
        self.url = params['url']
        self.headers = {'Content-Type': 'application/json', **({'X-Vault-Token': token} if token else {})}
        try:
            trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=params['ca_file']))
        except OSError as error:
            raise VaultFailed('the authority %s cannot be read: %s' % (params['ca_file'], error)) from error
        # Straight to it: neither a proxy nor a redirection ever sees a token.
        self.opener = urllib.request.build_opener(trust, urllib.request.ProxyHandler({}), NoRedirection())

    def call(self, method, path, body=None, timeout=30):
        """The answer; null where Vault has nothing there."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request('%s/v1/%s' % (self.url, path), data=data, method=method, headers=self.headers)
        try:
            with self.opener.open(request, timeout=timeout) as answer:
                text = answer.read()
                return json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            if error.code == 404 and method == 'GET':
                return None
            raise VaultFailed('%s %s: %s' % (method, path, explain(error)), error.code) from error
        except (OSError, ValueError) as error:
            raise VaultFailed('%s does not answer: %s' % (self.url, getattr(error, 'reason', error))) from error


class NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


def explain(error):
    try:
        said = json.loads(error.read()).get('errors') or []
    except (OSError, ValueError):
        said = []
    return '%d %s' % (error.code, '; '.join(' '.join(one.split()) for one in said) or error.reason)


def read_seal(vault):
    answer = vault.call('GET', 'sys/seal-status')
    return {'initialised': answer['initialized'], 'sealed': answer['sealed']}


def read_keys(module, path):
    """The shares of the key, as Vault or its own command wrote them."""
    content = read_secrets(path)
    keys = content.get('keys_base64') or content.get('unseal_keys_b64') or content.get('keys') or []
    module.no_log_values.update(keys)
    if not keys:
        raise VaultFailed('%s has no keys' % path)
    return keys


def read_token(module, path):
    """A token: the whole file, or the first token of what initialising gave."""
    content = read_secrets(path)
    token = content.get('root_token') or ''
    if not token:
        raise VaultFailed('%s has no token' % path)
    module.no_log_values.add(token)
    return token


def read_secrets(path):
    try:
        if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
            raise VaultFailed('%s may be read by others: chmod 600' % path)
        with open(path, encoding='ascii') as file:
            text = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise VaultFailed('%s cannot be read: %s' % (path, getattr(error, 'strerror', 'it is no text'))) from None
    if not text.startswith('{'):
        return {'root_token': text}
    try:
        return json.loads(text)
    except ValueError:
        raise VaultFailed('%s is damaged: it is no JSON' % path) from None
