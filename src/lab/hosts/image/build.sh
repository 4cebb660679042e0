#!/usr/bin/env bash
# Builds the image of the lab's hosts from Debian packages alone: build.sh TAR SOURCES, where SOURCES is what apt knows of
# Debian's mirrors on this machine, or is empty for mmdebstrap's own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tar=$1 sources=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -shared -fPIC -O2 -Wall -o "$work/nofile.so" "$here/nofile.c"
from=()
if [ -s "$sources" ]; then from=("$sources"); fi
# Package lists stay in: an empty directory with a fresh mtime fools apt's cache_valid_time.
mmdebstrap --quiet --variant=minbase --mode=root --include="$(grep -v '^#' "$here/packages" | paste -sd,)" \
  --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Check-Date "false"' \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::GzipIndexes "true"' \
  --aptopt='Acquire::Languages "none"' --skip=cleanup/apt/lists \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --setup-hook='mkdir -p "$1/usr/share/man/man1"' \
  --customize-hook="'$here/customize.sh' \"\$1\" '$work/nofile.so'" \
  bookworm "$tar" "${from[@]}"
