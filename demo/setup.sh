#!/bin/sh
# Installs what a checkout needs: npm packages and a Python environment with the pinned Ansible. Starts nothing, and is
# done at once when all is there. `--dev` adds what checks playbooks and roles.
set -eu
cd "$(dirname "$0")/.."

main() {
  requirements=requirements.txt
  case "${1:-}" in
    '') ;;
    --dev) requirements=requirements-dev.txt ;;
    *) echo "usage: sh demo/setup.sh [--dev]" >&2; exit 64 ;;
  esac

  missing=0
  check_tools
  [ "$missing" -eq 0 ] || exit 1
  npm_is_there && venv_is_there && return

  mkdir -p .cache
  exec 9>.cache/setup.lock
  if command -v flock >/dev/null && ! flock -n 9; then
    say 'waiting for another set-up of this checkout to end'
    flock 9
  fi
  npm_is_there || install_npm
  venv_is_there || install_venv
}

# Every tool that is missing gets one line with the command that installs it.
check_tools() {
  need npm npm 'nodejs npm'
  need java 'Java 17' openjdk-17-jdk-headless
  need javac 'the Java 17 compiler' openjdk-17-jdk-headless
  need keytool 'keytool of the JDK' openjdk-17-jdk-headless
  need mvn Maven maven
  need openssl OpenSSL openssl
  [ "$(id -u)" -ne 0 ] || need setpriv 'setpriv (it drops root for Elasticsearch)' util-linux
  check_java
  [ -x .venv/bin/python3 ] || check_python
}

need() {
  command -v "$1" >/dev/null 2>&1 || lacks "$2 is missing" "$3"
}

lacks() {
  sudo=; [ "$(id -u)" -eq 0 ] || sudo='sudo '
  echo "setup: $1; install it with: ${sudo}apt-get install -y $2" >&2
  missing=1
}

# The file `release` of a JDK says its version without the cost of starting it.
check_java() {
  java=$(command -v java) || return 0
  release=$(dirname "$(dirname "$(readlink -f "$java")")")/release
  if [ -r "$release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$release")
  else
    version=$(java -version 2>&1 | sed -n '1s/.*"\([0-9]*\).*/\1/p')
  fi
  [ "${version:-0}" -ge 17 ] || lacks "$java is Java ${version:-of unknown version}, not 17 or newer" openjdk-17-jdk-headless
}

check_python() {
  python=
  for candidate in python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python=$candidate
      break
    fi
  done
  if [ -z "$python" ]; then
    lacks 'Python 3.11 or newer is missing' 'python3 python3-venv'
  elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    lacks 'the venv module of Python is missing' python3-venv
  fi
}

hash_of() {
  cat "$@" | sha256sum | cut -d' ' -f1
}

npm_is_there() {
  [ "$(cat node_modules/.ops-stamp 2>/dev/null)" = "$(hash_of package-lock.json)" ]
}

# An environment that was set up with --dev serves without it too.
venv_is_there() {
  [ -x .venv/bin/ansible-playbook ] || return 1
  stamp=$(cat .venv/.ops-stamp 2>/dev/null) || return 1
  dev=$(hash_of requirements.txt requirements-dev.txt)
  [ "$stamp" = "$dev" ] || { [ "$requirements" = requirements.txt ] && [ "$stamp" = "$(hash_of requirements.txt)" ]; }
}

install_npm() {
  say 'waiting for npm to install packages and the Node that runs them (about a minute)'
  # Not `npm ci`: it refuses a lock file made where the registry lacks the packages of other platforms. This installs
  # what the lock file says, checks it against the hashes there, and leaves the file alone.
  npm install --no-save --no-progress --loglevel=error >&2
  node=node_modules/.bin/node
  [ -x "$node" ] || node=node
  if ! "$node" -e 'process.exit(parseInt(process.versions.node) < 24 ? 1 : 0)'; then
    echo "setup: no ready-made Node for $(uname -sm): install Node 24 or newer and put it on the PATH" >&2
    exit 1
  fi
  hash_of package-lock.json >node_modules/.ops-stamp
}

install_venv() {
  say "waiting for pip to install $requirements into .venv (about a minute)"
  if [ ! -x .venv/bin/pip ]; then
    check_python
    [ "$missing" -eq 0 ] || exit 1
    "$python" -m venv --clear .venv
  fi
  .venv/bin/pip install --quiet --disable-pip-version-check --no-input -r "$requirements" >&2
  if [ "$requirements" = requirements.txt ]; then
    hash_of requirements.txt >.venv/.ops-stamp
  else
    hash_of requirements.txt requirements-dev.txt >.venv/.ops-stamp
  fi
}

say() {
  echo "setup: $1" >&2
}

main "$@"
