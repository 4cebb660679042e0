"""Reads and replaces single values in a file of lines NAME=VALUE (env), an object (json) or a mapping (yaml). Everything else in the
file stays as it is, to the byte; what cannot be done that way is refused. No error has a piece of the file in it."""

from __future__ import annotations

import json
import re

try:
    import yaml
except ImportError:
    yaml = None


class Unreadable(Exception):
    """What is wrong with the file, in one line that holds nothing of its content."""


def read_values(text, form):
    """Every name of the file with its value; of json and yaml those at the top."""
    return FORMS[form]['read'](text)


def replace_values(text, form, wanted):
    """The text with these names set to these values, added at the end where they are missing."""
    before = read_values(text, form)
    after = text
    for name, value in wanted.items():
        # A name that stands there twice is set twice: which one counts is up to who reads it.
        after = FORMS[form]['replace'](after, name, value)
    check(before, read_values(after, form), wanted)
    return after


def check(before, after, wanted):
    if any(after.get(name) != value for name, value in wanted.items()):
        raise Unreadable('a value would not be read as it was written')
    if {**before, **wanted} != after:
        raise Unreadable('another line of the file would change with it')


def splice(text, spans, new):
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text


# Lines NAME=VALUE, as a shell and systemd both read them.

ENV_NAME = re.compile(r'[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=')
ENV_PLAIN = re.compile(r'[A-Za-z0-9_./:@%+,=-]+')
# What a backslash takes its meaning from, between double quotes.
ENV_ESCAPED = '"\\`$'


def scan_env(text):
    """Name, value, and where the value stands, line by line."""
    at, found = 0, []
    while at < len(text):
        name = ENV_NAME.match(text, at)
        if name is None:
            at = line_end(text, at) + 1
            continue
        value, end = scan_env_value(text, name.end())
        found.append((name.group(1), value, name.end(), end))
        at = line_end(text, end) + 1
    return found


def line_end(text, at):
    end = text.find('\n', at)
    return len(text) if end < 0 else end


def scan_env_value(text, start):
    parts, at, quote = [], start, None
    while at < len(text):
        sign = text[at]
        if quote is None and sign == '\n':
            break
        following = text[at + 1 : at + 2]
        if sign == '\\' and quote != "'" and following != '':
            if quote == '"' and following not in ENV_ESCAPED and following != '\n':
                parts.append(sign)
            parts.append('' if following == '\n' else following)
            at += 2
            continue
        if sign in '"\'' and quote in (None, sign):
            quote = sign if quote is None else None
        else:
            parts.append(sign)
        at += 1
    if quote is not None:
        raise Unreadable('line %d: a quote is not closed' % (text.count('\n', 0, start) + 1))
    plain = text[start:at]
    value = ''.join(parts)
    return (value if plain[-1:] in ('"', "'") else value.rstrip()), at


def read_env(text):
    return {name: value for name, value, _start, _end in scan_env(text)}


def quote_env(value):
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise Unreadable('a line NAME=VALUE cannot hold a control character, and the new value has one')
    if ENV_PLAIN.fullmatch(value):
        return value
    # Between single quotes nothing has a meaning.
    if "'" not in value:
        return "'%s'" % value
    return '"%s"' % ''.join('\\' + sign if sign in ENV_ESCAPED else sign for sign in value)


def replace_env(text, name, value):
    if not re.fullmatch(r'[A-Za-z_][A-Za-z0-9_]*', name):
        raise Unreadable('%r is no name for a line NAME=VALUE' % name)
    spans = [(start, end) for one, _value, start, end in scan_env(text) if one == name]
    if spans:
        return splice(text, spans, quote_env(value))
    return '%s%s=%s\n' % (ended(text), name, quote_env(value))


def ended(text):
    return text if text == '' or text.endswith('\n') else text + '\n'


# An object.

JSON_SPACE = re.compile(r'[ \t\n\r]*')


def scan_json(text):
    """Name, value, and where the value stands, at the top of the object; the last is where its last member ends."""
    decoder = json.JSONDecoder()
    try:
        at = skip(text, 0)
        if text[at : at + 1] != '{':
            raise Unreadable('it holds no object')
        at, found, end = skip(text, at + 1), [], at + 1
        while text[at : at + 1] != '}':
            if found:
                if text[at : at + 1] != ',':
                    raise Unreadable('it is no JSON')
                at = skip(text, at + 1)
            name, at = decoder.raw_decode(text, at)
            at = skip(text, at)
            if not isinstance(name, str) or text[at : at + 1] != ':':
                raise Unreadable('it is no JSON')
            start = skip(text, at + 1)
            value, end = decoder.raw_decode(text, start)
            found.append((name, value, start, end))
            at = skip(text, end)
        if skip(text, at + 1) != len(text):
            raise Unreadable('it is no JSON: something stands behind the object')
    except ValueError:
        raise Unreadable('it is no JSON') from None
    return found, end


def skip(text, at):
    return JSON_SPACE.match(text, at).end()


def read_json(text):
    if text.strip() == '':
        return {}
    return {name: value for name, value, _start, _end in scan_json(text)[0]}


def replace_json(text, name, value):
    if text.strip() == '':
        text = '{}\n'
    found, last = scan_json(text)
    new = json.dumps(value, ensure_ascii=False)
    mine = [one for one in found if one[0] == name]
    if any(isinstance(one[1], (dict, list)) for one in mine):
        raise Unreadable('%s is no single value' % name)
    if mine:
        return splice(text, [(start, end) for _name, _value, start, end in mine], new)
    # As the members before it are set out.
    indent = re.search(r'\{([ \t\n\r]*)"', text)
    space = indent.group(1) if found and indent else '\n  '
    member = '%s%s: %s' % (space, json.dumps(name, ensure_ascii=False), new)
    rest = text[last:]
    return text[:last] + (',' if found else '') + member + ('\n' + rest.lstrip() if not found else rest)


# A mapping.


def compose_yaml(text):
    if yaml is None:
        raise Unreadable('this host has no module yaml for Python: install python3-yaml')
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        raise Unreadable('it is no YAML%s' % (', line %d' % (mark.line + 1) if mark else '')) from None
    if node is not None and not isinstance(node, yaml.MappingNode):
        raise Unreadable('it holds no mapping')
    return node


def read_yaml(text):
    node = compose_yaml(text)
    if node is None:
        return {}
    try:
        values = yaml.load(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, TypeError):
        raise Unreadable('it is no YAML that can be read') from None
    # A scalar as it is written: what the reader of the file takes it for is up to that.
    for key, value in node.value:
        if isinstance(value, yaml.ScalarNode) and isinstance(key, yaml.ScalarNode) and value.style:
            values[key.value] = value.value
    return values


def replace_yaml(text, name, value):
    node = compose_yaml(text)
    new = quote_yaml(value)
    mine = [(key, one) for key, one in (node.value if node else []) if key.value == name]
    if not mine:
        key = name if re.fullmatch(r'[A-Za-z_][A-Za-z0-9_.-]*', name) else quote_yaml(name)
        return '%s%s: %s\n' % (ended(text), key, new)
    if any(not isinstance(one, yaml.ScalarNode) or one.start_mark.index < key.end_mark.index for key, one in mine):
        raise Unreadable('%s is no single value' % name)
    for key, one in reversed(mine):
        start, end = one.start_mark.index, one.end_mark.index
        # A block ends with its line, and nothing at all begins right behind the colon.
        after = '\n' if text[start:end].endswith('\n') else ''
        before = '' if text[start - 1 : start] in (' ', '\t') else ' '
        text = text[:start] + before + new + after + text[end:]
    return text


def quote_yaml(value):
    return '"%s"' % ''.join(escape_yaml(sign) for sign in value)


def escape_yaml(sign):
    code = ord(sign)
    if sign in '"\\':
        return '\\' + sign
    if 32 <= code < 127 or 0xA0 <= code < 0xD800 and code not in (0x2028, 0x2029) or 0xE000 <= code < 0xFFFE and code != 0xFEFF:
        return sign
    if code > 0xFFFF:
        return sign
    return '\\x%02x' % code if code < 256 else '\\u%04x' % code


FORMS = {
    'env': {'read': read_env, 'replace': replace_env},
    'json': {'read': read_json, 'replace': replace_json},
    'yaml': {'read': read_yaml, 'replace': replace_yaml},
}
