# shellcheck shell=bash
# Sourced by scripts/bench: check-in and 1 MiB fetch of one unit, against nginx serving static files of equal size.

seconds=4
warm_up=20
connections=64
machines=200

options rounds seconds -- "$@"

need_everything
need_packages nginx=nginx-light wrk=wrk curl=curl python3=python3
"$ROOT/scripts/build"

# A stack of its own beside whatever else runs: another home, other addresses.
work=$(mktemp -d /tmp/lp-bench.XXXXXX)
export LIVEPATCH_HOME=$work/home LIVEPATCH_SUBNET=${LIVEPATCH_BENCH_SUBNET:-127.0.97} LIVEPATCH_ADMIN_HOME=$work/admin
chmod 711 "$work"
finish() {
  [ ! -e "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" 2>/dev/null || true
  "$ROOT/scripts/down" --purge >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

"$ROOT/scripts/up" --no-build --no-proof
unit=$("$ROOT/scripts/juju" show-unit livepatch/0 --format json | sed -n 's/.*"address" *: *"\([^"]*\)".*/\1/p' | head -n 1)
url=http://$unit:8080
export LIVEPATCH_URL=$url
"$ROOT/scripts/juju" run livepatch/0 get-admin-password --format json |
  sed -n 's/.*"password" *: *"\([^"]*\)".*/admin:\1/p' | "$ROOT/scripts/livepatch-admin" login --auth @- >/dev/null

patch=livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2
head -c $((1 << 20)) /dev/urandom >"$work/$patch"
"$ROOT/scripts/livepatch-admin" patch add "$work/$patch" >/dev/null
token=$("$ROOT/scripts/livepatch-admin" auth-token bench edge)

say "enrolling $machines machines"
report='{"kernel":"5.15.0-107.117-generic","architecture":"amd64","client-version":"bench","uptime":12345}'
for i in $(seq 1 "$machines"); do
  curl -sf -X POST -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d "$report" \
    "$url/v1/client/machine-$i" | sed -n 's/.*"machine-token" *: *"\([^"]*\)".*/\1/p'
  echo
done >"$work/tokens"

answer=$work/www/answer.json
mkdir -p "$work/www"
curl -sf -X POST -H "Authorization: Bearer $(head -n 1 "$work/tokens")" -H 'Content-Type: application/json' -d "$report" \
  "$url/v1/client/machine-1/updates" >"$answer"
cp "$work/$patch" "$work/www/patch"
chmod -R a+rX "$work/www"

cat >"$work/nginx.conf" <<N
pid $work/nginx.pid;
error_log $work/nginx.log;
worker_processes 2;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=100;
  default_type application/json;
  server { listen $LIVEPATCH_SUBNET.200:8099; root $work/www; }
}
N
nginx -c "$work/nginx.conf" -p "$work"
yardstick=http://$LIVEPATCH_SUBNET.200:8099

cat >"$work/checkin.lua" <<L
local tokens = {}
for line in io.lines("$work/tokens") do tokens[#tokens + 1] = line end
local body = '$report'
local requests, at = {}, 0
function init()
  for i, token in ipairs(tokens) do
    requests[i] = wrk.format("POST", "/v1/client/machine-" .. i .. "/updates",
      { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
  end
end
function request() at = at % #requests + 1; return requests[at] end
L
cat >"$work/fetch.lua" <<L
wrk.headers["Authorization"] = "Bearer $(head -n 1 "$work/tokens")"
L

# rate NAME SECONDS WRK-ARGUMENT…: requests per second; a run with errors says so.
rate() {
  local name=$1 time=$2 out
  shift 2
  out=$(wrk -t1 -c$connections -d"${time}s" --latency "$@")
  grep -E 'Non-2xx|Socket errors' <<<"$out" | sed "s/^/  $name: /" >&2 || true
  awk '/Requests\/sec/ {rate = $2} /99%/ {tail = $2} END {print rate, tail}' <<<"$out"
}

server=$(pgrep -f "io.livepatch.server.Main.*$work" | head -n 1)
postmaster=$(head -n 1 "$LIVEPATCH_HOME/units/postgresql-0/data/postmaster.pid")
# cpu PID: the seconds of processor time that it and its children have used.
cpu() { python3 -B "$ROOT/scripts/bench.d/supervisor/proc.py" "$1"; }

say "warming up for $((2 * warm_up)) s"
rate check-in $warm_up -s "$work/checkin.lua" "$url" >/dev/null
rate fetch $warm_up -s "$work/fetch.lua" "$url/v1/patches/$patch" >/dev/null

measure() { # NAME YARDSTICK-PATH WRK-ARGUMENT…
  local name=$1 path=$2 i unit database
  shift 2
  for i in $(seq 1 "$rounds"); do
    read -r base _ < <(rate nginx "$seconds" "$yardstick/$path")
    unit=$(cpu "$server") database=$(cpu "$postmaster")
    read -r ours tail < <(rate "$name" "$seconds" "$@")
    awk -v n="$name" -v i="$i" -v b="$base" -v o="$ours" -v t="$tail" -v s="$seconds" \
      -v u="$(cpu "$server")" -v u0="$unit" -v d="$(cpu "$postmaster")" -v d0="$database" \
      'BEGIN {micros = 1e6 / (o * s)
        printf "%-12s %5d %12.0f %12.0f %8.2f %10s %9.0f %9.0f\n", n, i, b, o, o / b, t, (u - u0) * micros, (d - d0) * micros}'
  done
}
# Processor time is in microseconds a request.
printf '%-12s %5s %12s %12s %8s %10s %9s %9s\n' case round "nginx/s" "ours/s" ratio "our p99" "unit us" "PG us"
measure check-in answer.json -s "$work/checkin.lua" "$url" | tee "$work/results"
measure fetch-1MiB patch -s "$work/fetch.lua" "$url/v1/patches/$patch" | tee -a "$work/results"
printf '\nmedian ratio to nginx:\n'
for name in check-in fetch-1MiB; do
  awk -v n=$name '$1 == n {print $5}' "$work/results" | sort -n |
    awk -v n=$name '{r[NR] = $1} END {printf "  %-12s %.2f\n", n, r[int((NR + 1) / 2)]}'
done
