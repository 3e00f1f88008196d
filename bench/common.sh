# Sourced by the scripts beside it: finds a JDK 25 as ./millrace does, and builds.

home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
lib=$home/bench/target/lib
built=$home/bench/target/.built

say() { printf '%s\n' "$*" >&2; }

# A JDK says its version in a file; to start it for that takes a good part of a start.
is_jdk25() {
  [ -x "$1/bin/java" ] || return 1
  if [ -r "$1/release" ]; then
    grep -q '^JAVA_VERSION="25[."]' "$1/release"
  else
    "$1/bin/java" -version 2>&1 | grep -q '"25[."]'
  fi
}

find_jdk() {
  local candidate on_path
  on_path=$(command -v java 2>/dev/null || true)
  if [ -n "$on_path" ]; then
    on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
  fi
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/*25* /opt/*jdk*25* "$HOME"/.sdkman/candidates/java/25* \
    "$HOME"/.jdks/*25* /Library/Java/JavaVirtualMachines/*25*/Contents/Home; do
    if [ -n "$candidate" ] && is_jdk25 "$candidate"; then
      printf '%s' "$candidate"
      return 0
    fi
  done
  return 1
}

if ! jdk=$(find_jdk); then
  say "bench: no JDK 25 in JAVA_HOME, on the PATH or in the usual folders; see the README."
  exit 1
fi

build_when_needed() {
  local log
  if [ -e "$built" ] && [ -z "$(find "$home/pom.xml" \
    "$home"/{backlog,aof-replication,engine,bench}/{pom.xml,src/main} -newer "$built" -type f -print -quit)" ]; then
    return 0
  fi
  say "bench: building …"
  log=$(mktemp)
  if ! (cd "$home" && JAVA_HOME=$jdk mvn -B -ntp -pl bench -am -Dmaven.test.skip=true -Dcheckstyle.skip=true \
    -Dspotless.check.skip=true package) >"$log" 2>&1 </dev/null; then
    say "bench: the build failed (the whole output is in $log):"
    grep -E 'ERROR' "$log" | head -n 20 >&2
    exit 1
  fi
  rm -f "$log"
  touch "$built"
}

# What every JVM with Millrace code is started with; ./millrace passes the same.
# shellcheck disable=SC2034
jvm=(
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  --add-exports=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang.reflect=ALL-UNNAMED
  --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED
  -Dchronicle.analytics.disable=true
  -XX:+UseCompactObjectHeaders -Dlogback.configurationFile="$home/bench/logback.xml"
)
