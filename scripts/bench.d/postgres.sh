# shellcheck shell=bash
# Sourced by scripts/bench: how large the chunks of a patch in PostgreSQL should be, and how many to fetch at once.

options rounds -- "$@"

need_everything
classpath=$(mktemp)
trap 'rm -f "$classpath"' EXIT
maven -q test-compile -pl storage
maven -q dependency:build-classpath -pl storage -Dmdep.includeScope=test -Dmdep.outputFile="$classpath"
"$JAVA_HOME/bin/java" -Xmx512m -cp "$ROOT/storage/target/classes:$ROOT/storage/target/test-classes:$(<"$classpath")" \
  io.livepatch.storage.postgres.ChunkBench "$rounds"
