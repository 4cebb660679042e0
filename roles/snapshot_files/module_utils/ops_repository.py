"""Reads what Elasticsearch keeps in a snapshot repository of type fs: the table of contents, and which files make up each shard of a
snapshot. It only ever reads, and takes nothing for granted: what cannot be parsed is an error."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import zlib

HEADER_MAGIC = 0x3FD76C17
FOOTER_MAGIC = 0xC02893E8
FOOTER_LENGTH = 16
# How Elasticsearch marks what it has compressed with DEFLATE.
DEFLATE = b'DFL\x00'


class Broken(Exception):
    """What is wrong with a file, in one line."""


@contextlib.contextmanager
def acting_as_owner(directory):
    """Root gives up its rights for those of the owner, for a while: a share that squashes root lets nobody else in."""
    if os.geteuid() != 0:
        yield
        return
    found = os.stat(directory)
    groups, group = os.getgroups(), os.getegid()
    try:
        os.setgroups([])
        os.setegid(found.st_gid)
        os.seteuid(found.st_uid)
        yield
    finally:
        # Ansible tidies up behind a module, and has to be able to.
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def read_contents(root):
    """The table of contents that the repository points at; the newest one where it points at none."""
    try:
        with open(os.path.join(root, 'index.latest'), 'rb') as file:
            number = struct.unpack('>q', file.read(8))[0]
    except (OSError, struct.error):
        numbers = [name[6:] for name in os.listdir(root) if name.startswith('index-')]
        number = max((int(text) for text in numbers if text.isdigit()), default=None)
    if number is None:
        raise Broken('%s holds no repository: there is no index-N' % root)
    name = os.path.join(root, 'index-%d' % number)
    try:
        with open(name, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError as error:
        raise Broken('%s is not there' % name) from error
    except ValueError as error:
        raise Broken('%s cannot be parsed: %s' % (name, error)) from error


def read_blob(path):
    """What a file of metadata holds, once its checksum is right."""
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except FileNotFoundError as error:
        raise Broken('is not there') from error
    except OSError as error:
        raise Broken('cannot be read: %s' % error.strerror) from error
    return parse_blob(data)


def parse_blob(data):
    if len(data) < FOOTER_LENGTH + 9 or struct.unpack('>I', data[:4])[0] != HEADER_MAGIC:
        raise Broken('is no file of Elasticsearch')
    magic, _algorithm, checksum = struct.unpack('>IIQ', data[-FOOTER_LENGTH:])
    if magic != FOOTER_MAGIC:
        raise Broken('is cut off')
    if zlib.crc32(data[:-8]) != checksum:
        raise Broken('has another checksum than it says')
    # The codec's name is short: its length is one byte. A version of four bytes follows.
    body = data[9 + data[4]:-FOOTER_LENGTH]
    if body[:4] == DEFLATE:
        body = zlib.decompressobj(-15).decompress(body[4:])
    return Smile(body).read()


class Smile:
    """A reader of the binary JSON that Elasticsearch writes."""

    END_ARRAY, END_OBJECT, END_STRING = 0xF9, 0xFB, 0xFC

    def __init__(self, data):
        if data[:3] != b':)\n':
            raise Broken('is not in the format that this knows')
        self.data = data
        self.at = 4
        self.names = []
        self.strings = []
        self.shares_strings = bool(data[3] & 2)

    def read(self):
        try:
            return self.value(self.byte())
        except (IndexError, UnicodeDecodeError, struct.error) as error:
            raise Broken('cannot be parsed') from error

    def byte(self):
        found = self.data[self.at]
        self.at += 1
        return found

    def take(self, count):
        if self.at + count > len(self.data):
            raise IndexError
        found = self.data[self.at:self.at + count]
        self.at += count
        return found

    def number(self):
        """Seven bits a byte, six in the last one."""
        found = 0
        while True:
            byte = self.byte()
            if byte & 0x80:
                return found << 6 | byte & 0x3F
            found = found << 7 | byte

    def signed(self):
        found = self.number()
        return found >> 1 ^ -(found & 1)

    def until_end(self):
        end = self.data.index(bytes([self.END_STRING]), self.at)
        found = self.data[self.at:end].decode()
        self.at = end + 1
        return found

    def keep(self, table, text, most):
        if len(table) == most:
            table.clear()
        table.append(text)
        return text

    def string(self, length):
        text = self.take(length).decode()
        return self.keep(self.strings, text, 1024) if self.shares_strings else text

    def bits(self, count, form):
        """A floating point number, seven bits a byte."""
        found = 0
        for byte in self.take(count):
            found = found << 7 | byte
        size = struct.calcsize(form)
        return struct.unpack(form, (found & (1 << 8 * size) - 1).to_bytes(size, 'big'))[0]

    def packed(self):
        """Bytes, seven bits each."""
        length = self.number()
        found, bits, out = 0, 0, bytearray()
        whole, rest = divmod(length, 7)
        for byte in self.take(whole * 8):
            found, bits = found << 7 | byte, bits + 7
            if bits >= 8:
                bits -= 8
                out.append(found >> bits & 0xFF)
        for place in range(rest + 1 if rest else 0):
            byte = self.byte()
            width = rest if place == rest else 7
            found, bits = found << width | byte, bits + width
            if bits >= 8:
                bits -= 8
                out.append(found >> bits & 0xFF)
        return bytes(out)

    def value(self, token):
        if 0x01 <= token <= 0x1F:
            return self.strings[token - 1]
        if token in (0x20, 0x21, 0x22, 0x23):
            return {0x20: '', 0x21: None, 0x22: False, 0x23: True}[token]
        if token in (0x24, 0x25):
            return self.signed()
        if token == 0x28:
            return self.bits(5, '>f')
        if token == 0x29:
            return self.bits(10, '>d')
        if 0x40 <= token <= 0x7F:
            return self.string(token - 0x40 + 1)
        if 0x80 <= token <= 0xBF:
            return self.string(token - 0x80 + 2)
        if 0xC0 <= token <= 0xDF:
            small = token & 0x1F
            return small >> 1 ^ -(small & 1)
        if token in (0xE0, 0xE4):
            return self.until_end()
        if token == 0xE8:
            return self.packed()
        if 0xEC <= token <= 0xEF:
            return self.strings[(token & 3) << 8 | self.byte()]
        if token == 0xF8:
            return self.array()
        if token == 0xFA:
            return self.object()
        if token == 0xFD:
            return bytes(self.take(self.number()))
        raise Broken('cannot be parsed: token %#x' % token)

    def array(self):
        found = []
        while (token := self.byte()) != self.END_ARRAY:
            found.append(self.value(token))
        return found

    def object(self):
        found = {}
        while (token := self.byte()) != self.END_OBJECT:
            name = self.name(token)
            found[name] = self.value(self.byte())
        return found

    def name(self, token):
        if token == 0x20:
            return ''
        if 0x30 <= token <= 0x33:
            return self.names[(token & 3) << 8 | self.byte()]
        if token == 0x34:
            return self.until_end()
        if 0x40 <= token <= 0x7F:
            return self.names[token - 0x40]
        if 0x80 <= token <= 0xBF:
            return self.keep(self.names, self.take(token - 0x80 + 1).decode(), 1024)
        if 0xC0 <= token <= 0xF7:
            return self.keep(self.names, self.take(token - 0xC0 + 2).decode(), 1024)
        raise Broken('cannot be parsed: name %#x' % token)
