#!/bin/sh
# `npm test`: installs what is missing, then runs every suite. An argument chooses suites by a part of their name.
set -eu
cd "$(dirname "$0")/.."
sh demo/setup.sh --dev
PATH="$PWD/node_modules/.bin:$PATH" exec node --disable-warning=ExperimentalWarning test/run.ts "$@"
