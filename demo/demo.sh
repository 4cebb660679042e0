#!/bin/sh
# `npm run demo`: installs what is missing, then runs the demo.
set -eu
cd "$(dirname "$0")/.."
sh demo/setup.sh
PATH="$PWD/node_modules/.bin:$PATH" exec node --disable-warning=ExperimentalWarning demo/demo.ts
