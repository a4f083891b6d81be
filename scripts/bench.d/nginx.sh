# shellcheck shell=bash
# Sourced by the benchmarks that compare with nginx: starts it in $work, and measures rates with wrk over $connections connections.

# start_nginx: starts nginx with the server blocks on standard input.
start_nginx() {
  {
    cat <<N
pid $work/nginx.pid;
error_log $work/nginx.log;
worker_processes 2;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=100;
N
    cat
    echo '}'
  } >"$work/nginx.conf"
  nginx -c "$work/nginx.conf" -p "$work"
}

# Stops nginx if it was started.
stop_nginx() { [ ! -e "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" 2>/dev/null || true; }

# rate NAME SECONDS WRK-ARGUMENT…: prints requests per second and the 99th percentile of latencies; reports errors on stderr.
rate() {
  local name=$1 time=$2 out
  shift 2
  out=$(wrk -t1 -c"$connections" -d"${time}s" --latency "$@")
  grep -E 'Non-2xx|Socket errors' <<<"$out" | sed "s/^/  $name: /" >&2 || true
  awk '/Requests\/sec/ {rate = $2} /99%/ {tail = $2} END {print rate, tail}' <<<"$out"
}
