#!/usr/bin/env bash
# Lays out a Kafka home in the empty directory $1: the jars of pom.xml, and one script under the name of every tool.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$1

fetch_jars() { # from the local repository where that has everything, else from Maven Central
  local get=(mvn -B -q -Dstyle.color=never -f "$here/pom.xml" -Dhome="$home" -Dmaven.wagon.rto=60000 initialize)
  "${get[@]}" -o >/dev/null 2>&1 || { echo 'fetching Kafka from Maven Central, about 45 MB' >&2 && "${get[@]}"; }
  (cd "$home" && sha256sum --check --quiet "$here/jars.sha256") >&2
}
name_tools() { # as the lab calls them, and as the official distribution does
  local tool
  while read -r tool _; do
    ln -s kafka "$home/bin/$tool"
    ln -s kafka "$home/bin/$tool.sh"
  done <"$here/tools"
  ln -s kafka "$home/bin/kafka-server-start.sh"
}

mkdir -p "$home"/{bin,config,lib/agent}
fetch_jars
ln -s "$(basename "$home"/lib/agent/*.jar)" "$home/lib/agent/jmx_prometheus_javaagent.jar"
cp "$here/kafka" "$home/bin/"
cp "$here/tools" "$here"/*.properties "$home/config/"
name_tools
chmod -R a+rX "$home"
