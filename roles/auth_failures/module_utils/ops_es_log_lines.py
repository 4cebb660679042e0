"""Finds refused logins in lines of Elasticsearch's logs: audit events (JSON, or in the ordinary log), requests that the HTTP tracer saw
refused, and what the log says anyway. What it hands back is a name, an address and a phrase of ours: never the line."""

from __future__ import annotations

import collections
import datetime
import json
import re

# audit and tracer name an address; what the log says by itself does not.
AUDIT, TRACER, LOG = 'audit', 'tracer', 'log'
LONGEST = 200

Refusal = collections.namedtuple('Refusal', 'at_ms source principal address detail')

STAMP = re.compile(r'^\[(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d),(\d{3})\]')
AUDIT_STAMP = re.compile(r'"timestamp":"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d),(\d{3})([+-]\d{4})"')
AUDIT_FIELD = re.compile(r'(\S+?)="((?:[^"\\]|\\.)*)"')
REFUSED_EVENTS = ('authentication_failed', 'anonymous_access_denied')

TRACED = re.compile(r'received request from \[.*remoteAddress=([^}\]]*(?:\][^}\]]*)?)\}')
TRACED_ERROR = 'org.elasticsearch.http.HttpHeadersValidationException: '
TRACED_REASONS = (
    (re.compile(r'unable to authenticate user \[(.*?)\] for REST request'), 'user refused'),
    (re.compile(r'failed to authenticate service account \[.*?\] with token name \[(.*?)\]'), 'service token refused'),
    (re.compile(r'missing authentication credentials'), 'no credentials'),
    (re.compile(r'provided credentials and anonymous access is not allowed()'), 'key or token refused'),
    (re.compile(r'ElasticsearchSecurityException'), 'refused'),
)

SAID = (
    (re.compile(r'RealmsAuthenticator.*Authentication to realm \S+ failed - .* for (.+)$'), 'user refused'),
    (re.compile(r'RealmsAuthenticator.*Authentication of \[(.*?)\] was terminated by realm'), 'user refused'),
    (re.compile(r'ApiKeyAuthenticator.*Authentication using apikey failed - .*?(?:with id |\[)([^\s\]]+)'), 'API key refused'),
    (re.compile(r'ApiKeyAuthenticator.*Authentication using apikey failed()'), 'API key refused'),
)
# Neither an audit event nor the tracer names the key.
ONLY_SAID = ('API key refused',)

seconds_of = {}


def time_of(line):
    """Milliseconds since the epoch; none for a line that goes on with another one. The log has the time of its own host."""
    match = STAMP.match(line)
    zone = None
    if match is None and line.startswith('{'):
        match = AUDIT_STAMP.search(line[:LONGEST])
        zone = match and match.group(4)
    if match is None:
        return None
    day, clock, milliseconds = match.group(1, 2, 3)
    key = (day, clock, zone)
    if key not in seconds_of:
        # Lines of one second come together.
        seconds_of.clear()
        try:
            seconds_of[key] = parse_seconds(*key)
        except ValueError:
            return None
    return seconds_of[key] * 1000 + int(milliseconds)


def parse_seconds(day, clock, zone):
    if zone is not None:
        return int(datetime.datetime.strptime(day + clock + zone, '%Y-%m-%d%H:%M:%S%z').timestamp())
    return int(datetime.datetime.strptime(day + clock, '%Y-%m-%d%H:%M:%S').timestamp())


class Finder:
    """Goes through the lines of one file in their order."""

    def __init__(self):
        self.traced = None
        # When audit and tracer were first at work here, and which of them write refusals down: an audit may leave those out.
        self.first_ms, self.tells = {}, set()

    def take(self, line, at_ms):
        """A refusal that this line tells of, or none. at_ms is that of the line it goes on with."""
        traced, self.traced = self.traced, None
        if line.startswith('{'):
            return self.take_audit(fields_of_json(line), at_ms)
        if line.startswith(TRACED_ERROR) and traced is not None:
            return refusal_of(at_ms, TRACER, *traced_reason(line), traced)
        if '[o.e.h.HttpTracer' in line[:80] and '[TRACE]' in line[:40]:
            self.first_ms.setdefault(TRACER, at_ms)
            self.tells.add(TRACER)
            match = TRACED.search(line)
            self.traced = match.group(1) if match else None
            return None
        if 'LoggingAuditTrail]' in line[:120] and 'event.action="' in line:
            return self.take_audit(dict(AUDIT_FIELD.findall(line)), at_ms)
        if 'Authenticator]' in line[:120]:
            return take_said(line, at_ms)
        return None

    def take_audit(self, fields, at_ms):
        action = fields.get('event.action')
        if action is None:
            return None
        self.first_ms.setdefault(AUDIT, at_ms)
        if action not in REFUSED_EVENTS:
            return None
        self.tells.add(AUDIT)
        principal = fields.get('authentication.token.name') or fields.get('user.name')
        return refusal_of(at_ms, AUDIT, principal, action, fields.get('origin.address'))


def fields_of_json(line):
    try:
        fields = json.loads(line)
    except ValueError:
        return {}
    return {name: str(value) for name, value in fields.items()} if isinstance(fields, dict) and fields.get('type') == 'audit' else {}


def traced_reason(line):
    for pattern, detail in TRACED_REASONS:
        match = pattern.search(line)
        if match:
            return (match.group(1) if pattern.groups else None), detail
    return None, 'refused'


def take_said(line, at_ms):
    for pattern, detail in SAID:
        match = pattern.search(line)
        if match:
            return refusal_of(at_ms, LOG, match.group(1), detail, None)
    return None


def refusal_of(at_ms, source, principal, detail, address):
    return Refusal(at_ms, source, short(principal), short(host_of(address)), detail)


def short(text):
    return text[:LONGEST] if text and text != 'null' else None


def host_of(address):
    """The address without its port, also of the sixth version of IP."""
    if not address:
        return None
    text = address.strip().lstrip('/')
    if text.startswith('['):
        return text[1:].partition(']')[0]
    host, colon, port = text.rpartition(':')
    return host if colon and port.isdigit() else text
