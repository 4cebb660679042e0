"""What a Kafka cluster is, from the variables of its hosts. Pure: it reads nothing but what it is given."""

from __future__ import annotations

import re


def address_of(name, hostvars):
    return hostvars[name].get('ansible_host') or name


def node_ids(names, hostvars):
    """Id of every node by its host: what the inventory gives, else the number at the end of its name; -1 where there is none."""
    return {name: node_id(name, hostvars[name].get('kafka_node_id')) for name in names}


def node_id(name, given):
    if given is not None:
        return int(given)
    number = re.search(r'\d+$', name.split('.')[0])
    return int(number.group()) if number else -1


def voters(names, hostvars, port):
    """The value of controller.quorum.voters."""
    ids = node_ids(names, hostvars)
    return ','.join('%d@%s:%s' % (ids[name], address_of(name, hostvars), port) for name in sorted(names, key=ids.get))


def servers(names, hostvars, port):
    """The value of bootstrap.servers."""
    return ','.join('%s:%s' % (address_of(name, hostvars), port) for name in names)


def addresses(names, hostvars):
    """Address of every host, by its name."""
    return {name: address_of(name, hostvars) for name in names}


def formation(names, hostvars):
    """Nodes that have never been in a cluster, as far as they were looked at in this play, and nodes that have: those with data,
    and those outside the play that answer."""
    seen = {name: hostvars[name].get('kafka_seen') for name in names}
    new = [name for name in names if seen[name] and not seen[name]['storage']['started']]
    answering = {peer for one in seen.values() if one for peer in one['answering']}
    old = [name for name in names if name not in new and (seen[name] or name in answering)]
    return {'new': new, 'old': old}


class FilterModule:
    def filters(self):
        return {
            'ops_kafka_node_ids': node_ids,
            'ops_kafka_voters': voters,
            'ops_kafka_servers': servers,
            'ops_kafka_addresses': addresses,
            'ops_kafka_formation': formation,
        }
