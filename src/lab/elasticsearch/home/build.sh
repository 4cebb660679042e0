#!/usr/bin/env bash
# Lays out an Elasticsearch home in the empty directory $1: the jars of pom.xml and, compiled here, our own small pieces.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$1
version=$(sed -n 's:.*<es.version>\(.*\)</es.version>.*:\1:p' "$here/pom.xml")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch_jars() { # from the local repository where that has everything, else from Maven Central
  local get=(mvn -B -q -Dstyle.color=never -f "$here/pom.xml" -Dhome="$home" -Dmaven.wagon.rto=60000 initialize)
  "${get[@]}" -o >/dev/null 2>&1 || { echo 'fetching Elasticsearch from Maven Central, about 70 MB' >&2 && "${get[@]}"; }
  (cd "$home" && sha256sum --check --quiet "$here/jars.sha256") >&2
}
compile() { # NAME JAR [MANIFEST LINE ...]: java/NAME as a jar of the home
  local classes=$work/$1
  mkdir -p "$classes" "$(dirname "$home/$2")"
  javac --release 17 -nowarn -cp "$home/lib/*" -d "$classes" "$here/java/$1"/*.java
  printf '%s\n' "${@:3}" >"$work/manifest"
  jar --create --file "$home/$2" --manifest "$work/manifest" -C "$classes" .
}
stand_in() { # MODULE [INTERFACE ...]: a module of the security plugin with nothing but these empty interfaces
  local classes=$work/$1 type
  mkdir -p "$classes"
  for type in "${@:2}"; do
    printf 'package %s; public interface %s {}\n' "${type%.*}" "${type##*.}" >"$work/${type##*.}.java"
    javac --release 17 -d "$classes" "$work/${type##*.}.java"
  done
  printf 'Automatic-Module-Name: %s\n' "$1" >"$work/manifest"
  jar --create --file "$home/modules/x-pack-security/absent-$1.jar" --manifest "$work/manifest" -C "$classes" .
}

mkdir -p "$home"/{bin,config,logs,data,plugins}
fetch_jars
for module in transport-netty4 x-pack-core x-pack-security; do
  dir=$home/modules/$module
  (cd "$dir" && jar --extract --file "$module-$version.jar" "META-INF/es-plugins/$module")
  mv "$dir/META-INF/es-plugins/$module"/* "$dir" && rm -r "$dir/META-INF"
done

# The SAML libraries of the security plugin are not on Maven Central. Its module-info names them, and three of their
# interfaces are looked at when its SAML actions are wired; only a SAML realm would miss the rest.
stand_in org.opensaml.core org.opensaml.core.xml.XMLObject
stand_in org.opensaml.saml org.opensaml.saml.saml2.core.StatusResponseType org.opensaml.saml.saml2.core.RequestAbstractType
for name in org.opensaml.saml.impl org.opensaml.security org.opensaml.security.impl org.opensaml.xmlsec \
  org.opensaml.xmlsec.impl net.shibboleth.utilities.java.support; do
  stand_in "$name"
done

compile launch lib/launch/es-launch.jar
compile console lib/tools/ansi-console/console.jar
compile agent lib/entitlement-agent/agent.jar 'Agent-Class: Agent' 'Can-Retransform-Classes: true' 'Can-Redefine-Classes: true'
compile gaps modules/gaps/gaps.jar
cat >"$home/modules/gaps/plugin-descriptor.properties" <<END
name=gaps
description=GET / and the analysis parts that the security index needs
version=$version
elasticsearch.version=$version
java.version=17
classname=ops.lab.gaps.GapsPlugin
END

# The native library that best_compression needs, from Debian's libzstd1 where that is installed. Elasticsearch looks for it
# by this name; elsewhere an index with that codec cannot be made, and nothing else is missed. awk reads to the end: leaving
# early would end ldconfig with SIGPIPE now and then, and the build with it.
zstd=$(PATH=$PATH:/sbin ldconfig -p | awk '/libzstd\.so\.1 .*(x86-64|AArch64)/ && !found++ {print $NF}')
mkdir -p "$home/lib/platform/$(uname -m)"
if [ -n "$zstd" ]; then cp -L "$zstd" "$home/lib/platform/$(uname -m)/libzstd.so"; fi

cp "$here/log4j2.properties" "$home/config/"
cp "$here"/bin/* "$home/bin/"
chmod -R a+rX "$home"
