# shellcheck shell=bash
# Sourced by scripts/bench: check-in and 1 MiB fetch of one unit, against nginx serving static files of equal size. With --tls the
# same through haproxy as scripts/up makes it, against nginx that ends TLS with the same certificate: as machines poll, with a new
# connection for each request, and on connections that are kept.

seconds=4
warm_up=20
connections=64
machines=200

tls=
arguments=()
for argument in "$@"; do
  if [ "$argument" = --tls ]; then tls=1; else arguments+=("$argument"); fi
done
options rounds seconds -- "${arguments[@]}"

# shellcheck source=/dev/null
. "$ROOT/scripts/bench.d/nginx.sh"

need_everything
need_packages nginx=nginx-light wrk=wrk curl=curl python3=python3
"$ROOT/scripts/build"

# A separate stack with its own state directory and addresses.
work=$(mktemp -d /tmp/lp-bench.XXXXXX)
export LIVEPATCH_HOME=$work/home LIVEPATCH_SUBNET=${LIVEPATCH_BENCH_SUBNET:-127.0.97} LIVEPATCH_ADMIN_HOME=$work/admin
chmod 711 "$work"
finish() {
  stop_nginx
  "$ROOT/scripts/down" --purge --yes >/dev/null 2>&1 || true
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
"$ROOT/scripts/make-patch" --size $((1 << 20)) "$work/$patch"
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

if [ -n "$tls" ]; then
  cp "$(sed -n 's/.* ssl crt \([^ ]*\) .*/\1/p' "$LIVEPATCH_HOME/units/haproxy-0/haproxy.cfg" | head -n 1)" "$work/site.pem"
  # All load comes from one address, which would exceed the limits per source.
  "$ROOT/scripts/juju" config haproxy trusted-cidrs=127.0.0.1
  "$ROOT/scripts/juju" wait-for >/dev/null
  url=https://$("$ROOT/scripts/juju" show-unit haproxy/0 --format json | sed -n 's/.*"address" *: *"\([^"]*\)".*/\1/p' | head -n 1):8443
fi
start_nginx <<N
  default_type application/json;
  server { listen $LIVEPATCH_SUBNET.200:8099; root $work/www; }
$([ -z "$tls" ] || cat <<S
  server {
    listen $LIVEPATCH_SUBNET.200:8443 ssl;
    root $work/www;
    ssl_certificate $work/site.pem;
    ssl_certificate_key $work/site.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    # As in haproxy: tickets expire before the next hourly poll.
    ssl_session_tickets off;
    ssl_session_cache off;
  }
S
)
N
reference=http://$LIVEPATCH_SUBNET.200:8099
[ -z "$tls" ] || reference=https://$LIVEPATCH_SUBNET.200:8443

for kept in checkin poll; do
  close=
  [ $kept = checkin ] || close=', ["Connection"] = "close"'
  cat >"$work/$kept.lua" <<L
local tokens = {}
for line in io.lines("$work/tokens") do tokens[#tokens + 1] = line end
local body = '$report'
local requests, at = {}, 0
function init()
  for i, token in ipairs(tokens) do
    requests[i] = wrk.format("POST", "/v1/client/machine-" .. i .. "/updates",
      { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json"$close }, body)
  end
end
function request() at = at % #requests + 1; return requests[at] end
L
done
cat >"$work/fetch.lua" <<L
wrk.headers["Authorization"] = "Bearer $(head -n 1 "$work/tokens")"
L
# A new connection for each request, to nginx and to the unit.
echo 'wrk.headers["Connection"] = "close"' >"$work/new.lua"
cat "$work/fetch.lua" "$work/new.lua" >"$work/fetch-new.lua"

server=$(pgrep -f "io.livepatch.server.Main.*$work" | head -n 1)
postmaster=$(head -n 1 "$LIVEPATCH_HOME/units/postgresql-0/data/postmaster.pid")
balancer=$(pgrep -f "haproxy -W -S $LIVEPATCH_HOME/units/haproxy-0" | head -n 1)
# cpu PID: prints the processor time of the process and its children in seconds.
cpu() { python3 -B "$ROOT/scripts/bench.d/supervisor/proc.py" "$1"; }

say "warming up for $((2 * warm_up)) s"
rate check-in $warm_up -s "$work/checkin.lua" "$url" >/dev/null
rate fetch $warm_up -s "$work/fetch.lua" "$url/v1/patches/$patch" >/dev/null

measure() { # NAME REFERENCE-PATH REFERENCE-SCRIPT WRK-ARGUMENT…
  local name=$1 path=$2 i unit database proxy like=()
  [ -z "$3" ] || like=(-s "$work/$3")
  shift 3
  for i in $(seq 1 "$rounds"); do
    read -r base _ < <(rate nginx "$seconds" "${like[@]}" "$reference/$path")
    unit=$(cpu "$server") database=$(cpu "$postmaster") proxy=$(cpu "$balancer")
    read -r ours tail < <(rate "$name" "$seconds" "$@")
    awk -v n="$name" -v i="$i" -v b="$base" -v o="$ours" -v t="$tail" -v s="$seconds" -v u="$(cpu "$server")" -v u0="$unit" \
      -v d="$(cpu "$postmaster")" -v d0="$database" -v p="$(cpu "$balancer")" -v p0="$proxy" \
      'BEGIN {micros = 1e6 / (o * s)
        printf "%-14s %5d %12.0f %12.0f %8.2f %10s %10.0f %9.0f %9.0f\n", n, i, b, o, o / b, t, (p - p0) * micros, (u - u0) * micros, (d - d0) * micros}'
  done
}
# Processor time is in microseconds a request.
printf '%-14s %5s %12s %12s %8s %10s %10s %9s %9s\n' case round "nginx/s" "ours/s" ratio "our p99" "haproxy us" "unit us" "PG us"
if [ -n "$tls" ]; then
  measure poll-new answer.json new.lua -s "$work/poll.lua" "$url" | tee "$work/results"
  measure poll-kept answer.json '' -s "$work/checkin.lua" "$url" | tee -a "$work/results"
  measure fetch-1MiB-new patch new.lua -s "$work/fetch-new.lua" "$url/v1/patches/$patch" | tee -a "$work/results"
else
  measure check-in answer.json '' -s "$work/checkin.lua" "$url" | tee "$work/results"
  measure fetch-1MiB patch '' -s "$work/fetch.lua" "$url/v1/patches/$patch" | tee -a "$work/results"
fi
printf '\nmedian ratio to nginx:\n'
for name in $(awk '!seen[$1]++ {print $1}' "$work/results"); do
  awk -v n="$name" '$1 == n {print $5}' "$work/results" | sort -n |
    awk -v n="$name" '{r[NR] = $1} END {printf "  %-14s %.2f\n", n, r[int((NR + 1) / 2)]}'
done
