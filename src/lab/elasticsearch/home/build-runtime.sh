#!/usr/bin/env bash
# Makes a node start with 40 % less CPU: lays out, in HOME/runtime, a Java runtime whose java.base already holds the
# entitlement bridge (a patched java.base may not share classes), and an archive of the classes that a start loads.
# Usage: build-runtime.sh HOME            the runtime
#        build-runtime.sh HOME CLASS_LIST the archive, from the list that a start on that runtime has written
set -euo pipefail
home=$1
runtime=$home/runtime
jmods=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")/jmods

build_runtime() {
  rm -rf "$runtime"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/base" "$work/jmods"
  (cd "$work/base" && jmod extract "$jmods/java.base.jmod")
  (cd "$work/base/classes" && jar --extract --file "$(echo "$home"/lib/entitlement-bridge/*.jar)" org)
  jmod create --class-path "$work/base/classes" --cmds "$work/base/bin" --config "$work/base/conf" \
    --libs "$work/base/lib" "$work/jmods/java.base.jmod"
  jlink --module-path "$work/jmods:$jmods" --strip-debug --no-man-pages --no-header-files --output "$runtime" \
    --add-modules "$(basename -s .jmod "$jmods"/*.jmod | grep -v incubator | paste -sd,)"
  "$runtime/bin/java" -Xshare:dump >/dev/null 2>&1
  chmod -R a+rX "$runtime"
  touch "$runtime/ready"
}
archive_classes() { # CLASS_LIST
  . "$home/bin/elasticsearch-env"
  "$java" -Xshare:dump -XX:SharedClassListFile="$1" -XX:SharedArchiveFile="$runtime/draft.jsa" -XX:+UseSerialGC \
    "${modules[@]}" >/dev/null 2>&1
  chmod a+r "$runtime/draft.jsa"
  mv "$runtime/draft.jsa" "$runtime/server.jsa"
}

if [ $# = 2 ]; then archive_classes "$2"; else build_runtime; fi
