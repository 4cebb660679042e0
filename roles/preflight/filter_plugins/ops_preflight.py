"""What is wrong with an inventory as a whole. It reads the argument specs of the roles and nothing else but what it is given."""

from __future__ import annotations

import difflib
import glob
import os
import re

import yaml

ROLES = {
    'master', 'voting_only', 'data', 'data_content', 'data_hot', 'data_warm', 'data_cold', 'data_frozen', 'ingest',
    'ml', 'remote_cluster_client', 'transform',
}  # fmt: skip
# How `ops` itself gets at a system: no role reads these.
READ_BY_OPS = {
    'kafka_ca_file', 'kafka_host', 'kafka_password_file', 'kafka_username',
    'vault_cache_hours', 'vault_cache_key_file', 'vault_host', 'vault_role', 'vault_role_id_file', 'vault_secret_id_file',
}  # fmt: skip
INITIAL = 'cluster.initial_master_nodes'


def inventory_faults(hostvars, groups, roles_dir, wanted_groups, fewest_masters):
    return [
        *judge_variables(hostvars, roles_dir),
        *judge_groups(groups, wanted_groups),
        *judge_addresses(hostvars),
        *judge_cluster({name: hostvars[name] for name in groups.get('elasticsearch', [])}, fewest_masters),
    ]


def judge_variables(hostvars, roles_dir):
    """A variable with the prefix of a role that the role does not know is a slip of the pen, and would be passed over."""
    known = {role: options_of(path) | READ_BY_OPS for role, path in spec_files(roles_dir)}
    shared = names_in(roles_dir, r'\bes_\w+')
    wrong = {}
    for host in sorted(hostvars):
        for name in hostvars[host]:
            role = max((one for one in known if name.startswith(one + '_')), key=len, default=None)
            if role is not None and name not in known[role]:
                wrong.setdefault((name, closest(name, known[role])), []).append(host)
            elif name.startswith('es_') and name not in shared and closest(name, shared):
                wrong.setdefault((name, closest(name, shared)), []).append(host)
    for (name, meant), hosts in sorted(wrong.items()):
        hint = ': %s is meant?' % meant if meant else ': see the README of the role'
        yield 'the variable %s of %s is unknown%s' % (name, ', '.join(hosts[:3]) + (', ...' if len(hosts) > 3 else ''), hint)


def spec_files(roles_dir):
    for path in sorted(glob.glob(os.path.join(roles_dir, '*', 'meta', 'argument_specs.yml'))):
        yield path.split(os.sep)[-3], path


def options_of(path):
    with open(path, encoding='utf-8') as file:
        specs = yaml.safe_load(file)['argument_specs']
    return {name for spec in specs.values() for name in spec.get('options') or {}}


def names_in(roles_dir, pattern):
    found = set()
    for path in glob.glob(os.path.join(roles_dir, '*', 'defaults', '*.yml')):
        with open(path, encoding='utf-8') as file:
            found |= set(re.findall(pattern, file.read()))
    return found


def closest(name, known):
    # Close enough for one letter too many, too few, or in the wrong place.
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.9)), '')


def judge_groups(groups, wanted):
    for name in wanted:
        if name not in groups:
            yield 'the group %s is missing' % name
        elif not groups[name]:
            yield 'the group %s has no host' % name


def judge_addresses(hostvars):
    hosts = {}
    for name in sorted(hostvars):
        hosts.setdefault(str(hostvars[name].get('ansible_host') or name), []).append(name)
    for address, names in hosts.items():
        if len(names) > 1:
            yield '%s have the same address %s' % (' and '.join(names), address)


def judge_cluster(nodes, fewest_masters):
    """What no node by itself can know: whether all of them together make a cluster."""
    if not nodes:
        return
    without = sorted(name for name, given in nodes.items() if given.get('es_roles') is None)
    if without:
        yield 'es_roles is not given for %s (an empty list makes a coordinating node)' % ', '.join(without)
    roles = {name: [str(role) for role in given.get('es_roles') or []] for name, given in nodes.items()}
    for name, given in sorted(roles.items()):
        unknown = sorted(set(given) - ROLES)
        if unknown:
            yield '%s has unknown es_roles %s (a coordinating node has an empty list)' % (name, ', '.join(unknown))
    every = {role for given in roles.values() for role in given}
    if not every & {'data', 'data_content'}:
        yield 'no node has the role data_content: nothing can hold .security-7 and plain indices; give it to the hot nodes'
    if 'ingest' not in every:
        yield 'no node has the role ingest: give it to the hot nodes'
    masters = sorted(name for name, given in roles.items() if 'master' in given)
    if len(masters) < fewest_masters:
        yield '%d masters (%s): fewer than %d survive no failure' % (len(masters), ', '.join(masters) or 'none', fewest_masters)
    named = sorted(name for name, given in nodes.items() if names_masters(given))
    if named:
        yield (
            '%s is set for %s: in the configuration of a running cluster, or of a node that joins later, it can make a second '
            'cluster; the role sets it for the very first start alone' % (INITIAL, ', '.join(named))
        )


def names_masters(given):
    return INITIAL in (given.get('elasticsearch_settings') or {})


def peers(names, hostvars):
    """Address of every host, by its name."""
    return {name: str(hostvars[name].get('ansible_host') or name) for name in names}


class FilterModule:
    def filters(self):
        return {'ops_inventory_faults': inventory_faults, 'ops_peers': peers}
