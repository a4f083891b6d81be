# shellcheck shell=bash
# Sourced by scripts/bench: how large the chunks of a patch in PostgreSQL should be, and how many to fetch at once.

while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    *) usage "unknown option '$1'" ;;
  esac
  shift 2
done

need_everything
classpath=$(mktemp)
trap 'rm -f "$classpath"' EXIT
maven -q test-compile -pl storage
maven -q dependency:build-classpath -pl storage -Dmdep.includeScope=test -Dmdep.outputFile="$classpath"
"$JAVA_HOME/bin/java" -Xmx512m -cp "$ROOT/storage/target/classes:$ROOT/storage/target/test-classes:$(<"$classpath")" \
  io.livepatch.storage.postgres.ChunkBench "$rounds"
