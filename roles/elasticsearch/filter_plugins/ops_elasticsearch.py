"""What a cluster is, from the variables of its hosts. Pure: it reads nothing but what it is given."""

from __future__ import annotations

import yaml


def address_of(name, hostvars):
    return hostvars[name].get('ansible_host') or name


def seed_hosts(names, hostvars, port):
    """Address and transport port of every host."""
    return ['%s:%s' % (address_of(name, hostvars), port) for name in names]


def addresses(names, hostvars):
    """Address of every host, by its name."""
    return {name: address_of(name, hostvars) for name in names}


def cluster_roles(names, hostvars, texts):
    """Roles that some node has: by its own elasticsearch.yml where it has one, else by the inventory."""
    found = set()
    for name in names:
        text = texts.get(hostvars[name].get('elasticsearch_config_file') or '')
        roles = roles_in(text) if text else hostvars[name].get('es_roles')
        found |= {'data', 'data_content', 'ingest', 'master'} if roles is None else {str(role) for role in roles}
    return sorted(found)


def unstarted_masters(names, hostvars):
    """Masters that have never been in a cluster, as far as they were looked at in this play."""
    seen = {name: hostvars[name].get('elasticsearch_seen') for name in names}
    return [name for name in names if seen[name] and (seen[name]['forming'] or not seen[name]['has_data'])]


def roles_in(text):
    """Roles in an elasticsearch.yml; None where it names none and the node has all of them."""
    try:
        settings = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return []
    node = settings.get('node') if isinstance(settings.get('node'), dict) else {}
    roles = settings.get('node.roles', node.get('roles'))
    return [roles] if isinstance(roles, str) else roles


class FilterModule:
    def filters(self):
        return {
            'ops_seed_hosts': seed_hosts,
            'ops_addresses': addresses,
            'ops_cluster_roles': cluster_roles,
            'ops_unstarted_masters': unstarted_masters,
        }
