# shellcheck shell=bash
# Sourced by scripts/bench: fetches from every kind of store, with and without a cache, against nginx sending the same file.

seconds=3
first_warm_up=20
warm_up=5
connections=32
clients=50
json=
sizes=(64KiB=65536 1MiB=1048576 5MiB=5242880)

options rounds seconds json -- "$@"
[ -z "$json" ] || json=$(realpath -m "$json")

# shellcheck source=/dev/null
. "$ROOT/scripts/bench.d/nginx.sh"

need_everything
need_packages nginx=nginx-light wrk=wrk curl=curl jq=jq ss=iproute2
"$ROOT/scripts/build"

# Separate stacks, one after the other, with their own state directory and addresses. LIVEPATCH_HOME is unset until the first one
# starts, so that an early exit does not delete the operator's own model.
unset LIVEPATCH_HOME
work=$(mktemp -d /tmp/lp-bench.XXXXXX)
export LIVEPATCH_SUBNET=${LIVEPATCH_BENCH_SUBNET:-127.0.97} LIVEPATCH_ADMIN_HOME=$work/admin
chmod 711 "$work"
s3=
finish() {
  stop_nginx
  [ -z "${LIVEPATCH_HOME:-}" ] || "$ROOT/scripts/down" --purge --yes >/dev/null 2>&1 || true
  [ -z "$s3" ] || kill "$s3" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

juju() { "$ROOT/scripts/juju" "$@"; }
admin() { "$ROOT/scripts/livepatch-admin" "$@"; }

kernel=5.15.0-107.117-generic
name() { echo "livepatch-$kernel-$1-amd64.tar.bz2"; }
mkdir "$work/www" "$work/patches"
version=0
for size in "${sizes[@]}"; do
  version=$((version + 1))
  "$ROOT/scripts/make-patch" --size "${size#*=}" "$work/patches/$(name $version.1)"
  cp "$work/patches/$(name $version.1)" "$work/www/${size%%=*}"
done
# Not in any cache when fifty clients request it.
"$ROOT/scripts/make-patch" --size 5242880 "$work/patches/$(name 9.1)"
chmod -R a+rX "$work/www"

start_nginx <<<"  server { listen $LIVEPATCH_SUBNET.200:8099; root $work/www; }"
reference=http://$LIVEPATCH_SUBNET.200:8099

# Peak resident memory of the unit's worker in MiB.
peak() {
  local pid
  pid=$(ss -Hltnp "src $unit:8080" | grep -o 'pid=[0-9]*' | head -n 1)
  awk '/VmHWM/ {print int($2 / 1024)}' "/proc/${pid#pid=}/status"
}

# Prints the value of a metric of the unit.
metric() { curl -sf "$url/metrics" | awk -v n="livepatch_server_$1" '$1 == n {print int($2)}'; }

: >"$work/results"
measure() { # CASE
  local version=0 size path i base ours
  # Warm-up, so that the JIT compiler's work is not counted as the store's.
  rate warm-up $first_warm_up -s "$work/fetch.lua" "$url/v1/patches/$(name 1.1)" >/dev/null
  for size in "${sizes[@]}"; do
    version=$((version + 1))
    path=$(name $version.1)
    rate warm-up $warm_up -s "$work/fetch.lua" "$url/v1/patches/$path" >/dev/null
    for i in $(seq 1 "$rounds"); do
      read -r base _ < <(rate nginx "$seconds" "$reference/${size%%=*}")
      read -r ours _ < <(rate "$1" "$seconds" -s "$work/fetch.lua" "$url/v1/patches/$path")
      jq -nc --arg case "$1" --arg size "${size%%=*}" --argjson round "$i" --argjson nginx "$base" --argjson ours "$ours" \
        '{$case, $size, $round, $nginx, $ours, ratio: ($ours / $nginx)}' | tee -a "$work/results" |
        jq -r '"  \(.case)  \(.size)  round \(.round): \(.ours | floor) a second, nginx \(.nginx | floor), ratio \(.ratio * 100 | round / 100)"' >&2
    done
  done
  jq -nc --arg case "$1" --argjson peak "$(peak)" '{$case, peak_mib: $peak}' >>"$work/memory"
}

# Fifty clients request an uncached patch at once.
herd() { # CASE
  local before after
  before=$(metric patch_cache_fills)
  seq 1 $clients | xargs -P $clients -I{} curl -sf -o /dev/null -H "@$work/header" "$url/v1/patches/$(name 9.1)" ||
    say "  $1: some of the $clients clients failed"
  after=$(metric patch_cache_fills)
  jq -nc --arg case "$1" --argjson clients $clients --argjson reads $((after - before)) '{$case, $clients, $reads}' >>"$work/herd"
}

begin() { # STORE
  export LIVEPATCH_HOME=$work/$1
  "$ROOT/scripts/up" --no-build --no-proof --store "$1" >/dev/null
  unit=$(juju show-unit livepatch/0 --format json | jq -r '.. | .address? // empty' | head -n 1)
  url=http://$unit:8080
  export LIVEPATCH_URL=$url
  juju run livepatch/0 get-admin-password --format json | jq -r '"admin:" + (.. | .password? // empty)' | head -n 1 |
    admin login --auth @- >/dev/null
  admin patch add "$work/patches" >/dev/null
  # Not as an argument, which a process list would show.
  admin auth-token bench edge | sed 's/^/Authorization: Bearer /' >"$work/auth"
  curl -sf -X POST -H "@$work/auth" -H 'Content-Type: application/json' \
    -d '{"kernel":"'$kernel'","architecture":"amd64","client-version":"bench"}' "$url/v1/client/bench" |
    jq -r '"Authorization: Bearer " + .["machine-token"]' >"$work/header"
  sed 's/^Authorization: \(.*\)$/wrk.headers["Authorization"] = "\1"/' "$work/header" >"$work/fetch.lua"
}

end() {
  "$ROOT/scripts/down" --purge --yes >/dev/null
  unset LIVEPATCH_HOME
}

for store in filesystem postgres s3; do
  say "==> $store"
  if [ $store = s3 ]; then
    export LIVEPATCH_S3_ENDPOINT=http://127.0.0.1:9097
    "$ROOT/scripts/s3-server" --port 9097 --data "$work/s3" >"$work/s3.log" 2>&1 &
    s3=$!
    until curl -s -o /dev/null "$LIVEPATCH_S3_ENDPOINT"; do kill -0 $s3 && sleep 0.2; done
  fi
  begin $store
  if [ $store = filesystem ]; then
    measure filesystem
  else
    herd $store
    measure "$store, cached"
    juju config livepatch patch-cache.enabled=false >/dev/null
    juju wait-for --timeout 2m >/dev/null
    measure "$store, no cache"
  fi
  end
done

table() {
  jq -rs --slurpfile memory "$work/memory" '
    def median: sort | .[length / 2 | floor];
    group_by(.case)[] | .[0].case as $case
    | [$case] + (["64KiB", "1MiB", "5MiB"] as $sizes | [$sizes[] as $size | map(select(.size == $size).ratio) | median * 100 | round / 100 | tostring])
      + [$memory[] | select(.case == $case).peak_mib | tostring] | @tsv' "$work/results" |
    awk -F'\t' '{printf "%-20s %8s %8s %8s %10s\n", $1, $2, $3, $4, $5}'
}
printf '\nmedian ratio to nginx sendfile, %s connections\n%-20s %8s %8s %8s %10s\n' $connections case 64KiB 1MiB 5MiB 'peak MiB'
table
printf '\n'
jq -r '"\(.clients) clients asked \(.case) at once for one uncached 5 MiB patch: the store was read \(.reads) time(s)"' "$work/herd"
if [ -n "$json" ]; then
  jq -s --slurpfile memory "$work/memory" --slurpfile herd "$work/herd" '{rounds: ., $memory, $herd}' "$work/results" >"$json"
  say "written: $json"
fi
