# shellcheck shell=bash
# Sourced by scripts/bench: a separate stack under a million machines that poll hourly, and under a thundering herd after an outage.

machines=1000000
seconds=600
herd=50000
outage=120
options machines seconds herd outage -- "$@"
[ "$outage" -ge 30 ] || usage "--outage is 30 seconds or more: a stack needs some to stop and to start"

need_everything
"$ROOT/scripts/build"

work=$(mktemp -d /tmp/lp-bench.XXXXXX)
chmod 711 "$work"
export LIVEPATCH_HOME=$work/home LIVEPATCH_SUBNET=${LIVEPATCH_BENCH_SUBNET:-127.0.98}
load=
finish() {
  [ -z "$load" ] || kill -KILL "$load" 2>/dev/null || true
  "$ROOT/scripts/down" --purge --yes >"$work/down.log" 2>&1 || cat "$work/down.log" >&2
  rm -rf "$work"
}
trap finish EXIT
# quietly NAME COMMAND…: shows the output only when the command fails.
quietly() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 || { tail -n 20 "$work/$name.log" >&2; die "$name failed"; }
}
quietly up "$ROOT/scripts/up" --no-build
quietly init "$ROOT/scripts/fleet" init "$work/load"

# flocks FLOCK: prints the file of fleet init with this flock instead, and a new connection for each iteration.
flocks() {
  sed '/^flocks:/,$d' "$work/load/fleet.yaml"
  printf '  connections: new\nflocks:\n%s\n' "$1"
  sed -n '/^    kernels:/,$p' "$work/load/fleet.yaml"
}
result() { sed -n "/^$1: .* machines, /,/^$/p" "$work/$1.out"; }

say "$machines machines, each of which polls once an hour over a connection of its own; 1 of 100 also fetches; $seconds s"
flocks "  - name: hourly
    count: $machines
    business: check-in
    options: {fetching: 0.01}
    model: open
    arrivals: poisson
    stages:
      - {for: 2m, from: 0, to: $machines/h}
      - {for: ${seconds}s, rate: $machines/h}
    warm_up: 2m
    thresholds: [errors == 0, achieved >= 0.98 * offered]" >"$work/hourly.yaml"
# Exit code 1 is a missed threshold, which is shown and does not fail the benchmark.
"$ROOT/scripts/fleet" run -c "$work/hourly.yaml" >"$work/hourly.out" 2>&1 || [ $? = 1 ] || { tail -n 20 "$work/hourly.out" >&2; die "the fleet failed"; }
result hourly

say "$herd machines after an outage of the whole stack of $outage s, all at once"
enrolled=$((herd / 400 + 6))
asked=$((enrolled + outage + 10))
flocks "  - name: herd
    count: $herd
    start_batch_size: 400
    start_batch_wait: 1s
    business: thundering-herd
    options: {outage: ${asked}s}
    duration: $((asked + 900))s" >"$work/herd.yaml"
began=$SECONDS
"$ROOT/scripts/fleet" run -c "$work/herd.yaml" >"$work/herd.out" 2>&1 &
load=$!
sleep "$enrolled"
quietly down "$ROOT/scripts/down"
down=$((SECONDS - began))
# The approximate time that scripts/up takes.
sleep $((enrolled + outage - 10 - down))
quietly up "$ROOT/scripts/up" --no-build --no-proof
say "the stack was down from $enrolled s to $((SECONDS - began)) s; the herd starts at $asked s"
wait "$load" || [ $? = 1 ] || { tail -n 20 "$work/herd.out" >&2; die "the fleet failed"; }
load=
result herd
