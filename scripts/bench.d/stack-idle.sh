# shellcheck shell=bash
# Sourced by scripts/bench: memory and processor time of the stack that scripts/up makes, while nobody uses it.

seconds=60
settle=60
options seconds settle -- "$@"
[ "$seconds" -gt 0 ] || usage "--seconds is 1 or more"

need_everything
need_packages python3=python3
"$ROOT/scripts/build"

work=$(mktemp -d /tmp/lp-bench.XXXXXX)
chmod 711 "$work"
export LIVEPATCH_HOME=$work/home LIVEPATCH_SUBNET=${LIVEPATCH_BENCH_SUBNET:-127.0.98} LIVEPATCH_METRICS_PORT=off
finish() {
  "$ROOT/scripts/down" --purge --yes >"$work/down.log" 2>&1 || cat "$work/down.log" >&2
  rm -rf "$work"
}
trap finish EXIT
"$ROOT/scripts/up" --no-build >"$work/up.log" 2>&1 || { tail -n 20 "$work/up.log" >&2; die "scripts/up failed"; }
say "waiting for $settle s: programs compile and collect garbage after their start"
sleep "$settle"
say "measuring for $seconds s"
python3 -B "$ROOT/scripts/bench.d/stack-idle/measure.py" "$LIVEPATCH_HOME" "$seconds"
