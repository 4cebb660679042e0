#!/bin/sh
# Checks playbooks, roles and inventories: ansible-lint (profile production, offline, no skips), yamllint, and the
# syntax of every playbook. Needs `sh demo/setup.sh --dev`.
set -eu
cd "$(dirname "$0")/../.."
PATH="$PWD/.venv/bin:$PATH" ANSIBLE_CONFIG="$PWD/ansible.cfg" ANSIBLE_NOCOLOR=1
export PATH ANSIBLE_CONFIG ANSIBLE_NOCOLOR
# The inventory of the tests is always there, that of the lab only while it runs.
ANSIBLE_INVENTORY="$PWD/test/ansible/inventory"
export ANSIBLE_INVENTORY
paths='playbooks roles bench/peers'
ansible-lint --offline --strict --profile production $paths
yamllint --strict -c test/ansible/yamllint.yml $paths inventory test/ansible
ansible-playbook --syntax-check playbooks/*.yml bench/peers/*.yml >/dev/null
