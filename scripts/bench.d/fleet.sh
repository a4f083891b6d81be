# shellcheck shell=bash
# Sourced by scripts/bench: the load generator's requests against wrk's, the memory of its machines, and its latencies of a server that pauses.

seconds=6
# Time until the JIT compiler has compiled the client's hot paths.
warm=15
connections=64
json=
options rounds seconds json -- "$@"
[ -z "$json" ] || json=$(realpath -m "$json")

# shellcheck source=/dev/null
. "$ROOT/scripts/bench.d/nginx.sh"

need_everything
need_packages nginx=nginx-light wrk=wrk jq=jq
"$ROOT/scripts/build"

work=$(mktemp -d /tmp/lp-bench.XXXXXX)
chmod 711 "$work"
stall=
finish() {
  stop_nginx
  [ -z "$stall" ] || kill "$stall" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

address=${LIVEPATCH_BENCH_SUBNET:-127.0.97}.200:8098
patch=livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2
answer='{"action":"apply","version":"107.1","filename":"'$patch'","sha256":"'$(printf x | sha256sum | cut -d' ' -f1)'","size":1,"url":"http://'$address'/v1/patches/'$patch'"}'
start_nginx <<N
  default_type application/json;
  server {
    listen $address backlog=4096;
    location ~ /updates\$ { return 200 '$answer'; }
    location / { return 200 '{"machine-token":"bench","tier":"edge"}'; }
  }
N

cat >"$work/checkin.lua" <<L
wrk.method = "POST"
wrk.path = "/v1/client/machine-1/updates"
wrk.headers["Authorization"] = "Bearer bench"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"kernel":"5.15.0-107.117-generic","architecture":"amd64","client-version":"bench","uptime":12345}'
L

# flocks URL FLOCK…: prints a fleet file; each flock is one line in YAML's flow style.
flocks() {
  printf 'server: {url: "%s", allow-http: true, auth-token: bench, timeout: 30s}\nflocks:\n' "$1"
  shift
  printf -- '- %s\n' "$@"
}

# fleet NAME URL FLOCK: runs the flock and writes its results to NAME.json.
fleet() {
  flocks "$2" "$3" >"$work/$1.yaml"
  "$ROOT/scripts/fleet" run -c "$work/$1.yaml" --json "$work/$1.json" >"$work/$1.out" 2>&1 ||
    { cat "$work/$1.out" >&2; die "the fleet failed"; }
}
# figure NAME FILTER: a value of the only flock in NAME.json.
figure() { jq -r ".flocks[0] | $2" "$work/$1.json"; }

say "requests: $rounds rounds of $seconds s each, $connections connections"
printf '%-10s %5s %12s %12s %8s\n' case round "wrk/s" "fleet/s" ratio
for i in $(seq 1 "$rounds"); do
  read -r base _ < <(rate nginx "$seconds" -s "$work/checkin.lua" "http://$address")
  fleet closed "http://$address" "{name: closed, count: $connections, business: check-in, options: {idle_time: 0s, error_idle_time: 0s}, warm_up: ${warm}s, duration: $((warm + seconds))s}"
  ours=$(figure closed "[.figures.slots[] | select(.second >= $warm and .second < $((warm + seconds))) | .done] | add / length")
  awk -v i="$i" -v b="$base" -v o="$ours" 'BEGIN {printf "%-10s %5d %12.0f %12.0f %8.2f\n", "check-in", i, b, o, o / b}'
done | tee "$work/requests"

say ""
say "memory of the process: machines that check in once a minute"
printf '%-10s %12s %12s\n' machines "RSS MiB" "KiB each"
resident() { # MACHINES
  flocks "http://$address" "{name: herd, count: $1, business: check-in, options: {idle_time: 60s}, start_batch_size: 2000, start_batch_wait: 1s, duration: $(($1 / 2000 + 6))s}" >"$work/memory.yaml"
  "$ROOT/scripts/fleet" run -c "$work/memory.yaml" --json "$work/memory.json" >"$work/memory.out" 2>&1 &
  local pid=$! most=0 now
  while kill -0 $pid 2>/dev/null; do
    now=$(awk '/^VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null || true)
    [ -z "$now" ] || most=$now
    sleep 0.2
  done
  wait $pid || { cat "$work/memory.out" >&2; die "the fleet failed"; }
  echo "$most"
}
few=$(resident 100)
for count in 10000 30000; do
  many=$(resident $count)
  awk -v c=$count -v f="$few" -v m="$many" 'BEGIN {printf "%-10d %12.0f %12.1f\n", c, m / 1024, (m - f) / c}'
done | tee "$work/memory"

period=2 pause=0.5
# A request at a random time during a pause waits for the rest of the pause: uniformly from zero to the whole pause.
expected=$(awk -v p=$period -v s=$pause 'BEGIN {print (s - p * 0.01) * 1000}')
say ""
say "a server that pauses for $pause s of every $period s: the p99 of requests at random times is $expected ms"
python3 "$ROOT/scripts/bench.d/fleet/stall.py" $period $pause >"$work/port" &
stall=$!
for _ in $(seq 1 50); do [ -s "$work/port" ] && break; sleep 0.1; done
url=http://127.0.0.1:$(cat "$work/port")
printf '%-22s %10s %10s %10s\n' model "p50 ms" "p99 ms" "error"
shown() { # NAME STATISTIC: a row of its results
  awk -v n="$1, $2" -v a="$(figure "$1" ".turn.${2}_micros.p50")" -v b="$(figure "$1" ".turn.${2}_micros.p99")" -v e="$expected" \
    'BEGIN {printf "%-22s %10.1f %10.1f %9.1f%%\n", n, a / 1000, b / 1000, (b / 1000 - e) / e * 100}'
}
{
  fleet open "$url" "{name: open, count: 4, business: check-in, model: open, rate: 200/s, warm_up: 5s, duration: 25s}"
  shown open response
  shown open service
  fleet closed "$url" "{name: closed, count: 4, business: check-in, options: {idle_time: 5ms}, warm_up: 5s, duration: 25s}"
  shown closed response
} | tee "$work/stall"

[ -z "$json" ] || jq -n --rawfile requests "$work/requests" --rawfile memory "$work/memory" --rawfile stall "$work/stall" \
  '{requests: ($requests | split("\n")), memory: ($memory | split("\n")), stall: ($stall | split("\n"))}' >"$json"
