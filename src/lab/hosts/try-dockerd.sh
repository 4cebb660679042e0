#!/usr/bin/env bash
# try-dockerd.sh DIR: starts a dockerd with DIR/daemon.json, waits until it answers, ends it. Says on its last line why it
# could not. Run in a network of its own, so that nothing of it is left on the machine.
set -u
dir=$1
dockerd --config-file "$dir/daemon.json" >"$dir/log" 2>&1 &
daemon=$!
answers() { DOCKER_HOST=unix://$dir/docker.sock docker version >/dev/null 2>&1; }
for _ in $(seq 200); do
  if answers; then kill "$daemon"; wait "$daemon"; exit 0; fi
  kill -0 "$daemon" 2>/dev/null || break
  sleep 0.1
done
kill "$daemon" 2>/dev/null
wait "$daemon"
grep -E '^failed to |level=(fatal|error)' "$dir/log" | tail -n 1 | grep . || tail -n 1 "$dir/log"
exit 1
