#!/usr/bin/python
"""Kernel settings that have to be at least, or at most, some value. It never lowers what is high enough, and in a container
it never touches a setting of the whole machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ops_kernel
short_description: Sets kernel settings that are too low or too high, now and for the next boot
description:
  - Writes a file of sysctl.d, and changes the running kernel only where a value does not do.
  - In a container the settings vm.* and fs.* are the machine's. There they are not changed, and a least value that is not met
    is an error.
options:
  file: {type: path, required: true, description: [File of sysctl.d]}
  least: {type: dict, default: {}, description: [Settings and the least value of each]}
  most: {type: dict, default: {}, description: [Settings and the greatest value of each]}
author: [ops]
"""

EXAMPLES = r"""
- name: Set kernel settings
  ops_kernel:
    file: /etc/sysctl.d/60-ops.conf
    least: {vm.max_map_count: 262144}
"""

RETURN = r"""
set:
  description: Settings that were changed in the running kernel, with their new values.
  returned: success
  type: dict
left:
  description: Settings of the machine that are not as wished and were left alone.
  returned: success
  type: dict
"""

import os
import subprocess
import tempfile

from ansible.module_utils.basic import AnsibleModule

HEAD = '# Written by ops (role base); changes are lost.\n'


def main():
    module = AnsibleModule(
        argument_spec={
            'file': {'type': 'path', 'required': True},
            'least': {'type': 'dict', 'default': {}},
            'most': {'type': 'dict', 'default': {}},
        },
        supports_check_mode=True,
    )
    params = module.params
    least, most = numbers_of(module, 'least'), numbers_of(module, 'most')
    wanted, left, before = {}, {}, {}
    contained = is_container()
    for name, value, is_good in [
        *((name, value, int.__ge__) for name, value in least.items()),
        *((name, value, int.__le__) for name, value in most.items()),
    ]:
        before[name] = read_setting(module, name)
        if not is_good(before[name], value):
            (left if contained and name.split('.')[0] in ('vm', 'fs') else wanted)[name] = value
    unmet = sorted(name for name in left if name in least)
    if unmet:
        module.fail_json(
            msg='; '.join(
                '%s is %d, and has to be at least %d: this host is a container, so set it on the machine that carries it: '
                'sysctl -w %s=%d' % (name, before[name], left[name], name, left[name])
                for name in unmet
            )
        )
    old = read_file(params['file'])
    # What was good before we came is not written down: at the next boot the file would lower it to the least that we need.
    kept = {name: value for name, value in {**least, **most}.items() if name in wanted or is_named(name, old)}
    text = HEAD + lines_of({name: value for name, value in kept.items() if name not in left})
    if not module.check_mode:
        for name, value in wanted.items():
            write_setting(module, name, value)
        if old != text:
            write_file(params['file'], text)
    module.exit_json(
        changed=bool(wanted) or old != text,
        set=wanted,
        left=left,
        diff=[
            {'before_header': params['file'], 'after_header': params['file'], 'before': old or '', 'after': text},
            {
                'before_header': 'running kernel',
                'after_header': 'running kernel',
                'before': lines_of({name: before[name] for name in wanted}),
                'after': lines_of(wanted),
            },
        ],
    )


def numbers_of(module, option):
    try:
        return {str(name): int(value) for name, value in module.params[option].items()}
    except (TypeError, ValueError) as error:
        module.fail_json(msg='%s: values have to be whole numbers (%s)' % (option, error))


def is_named(name, text):
    return any(line.split('=')[0].strip() == name for line in (text or '').splitlines())


def lines_of(settings):
    return ''.join('%s = %d\n' % item for item in sorted(settings.items()))


def is_container():
    try:
        ran = subprocess.run(['systemd-detect-virt', '--container', '--quiet'], timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return os.path.exists('/.dockerenv')
    return ran.returncode == 0


def path_of(name):
    return os.path.join('/proc/sys', *name.split('.'))


def read_setting(module, name):
    try:
        with open(path_of(name), encoding='ascii') as file:
            return int(file.read())
    except (OSError, ValueError) as error:
        module.fail_json(msg='the kernel setting %s cannot be read: %s' % (name, error))


def write_setting(module, name, value):
    try:
        with open(path_of(name), 'w', encoding='ascii') as file:
            file.write('%d\n' % value)
    except OSError as error:
        module.fail_json(msg='the kernel setting %s cannot be set to %d: %s' % (name, value, error))


def read_file(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return None


def write_file(path, text):
    handle, temporary = tempfile.mkstemp(prefix='.ops-', dir=os.path.dirname(path))
    with os.fdopen(handle, 'w', encoding='utf-8') as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)
        os.fsync(file.fileno())
    os.replace(temporary, path)


if __name__ == '__main__':
    main()
