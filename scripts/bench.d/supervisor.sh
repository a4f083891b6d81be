# shellcheck shell=bash
# Sourced by scripts/bench: scripts/supervisor against Debian's supervisord and shell loops.

kills=20
idle=30
json=
options rounds kills idle json -- "$@"
[ -z "$json" ] || json=$(realpath -m "$json")

need_everything
need_packages supervisord=supervisor ip=iproute2 unshare=util-linux
"$ROOT/scripts/build"

# In a network namespace, where all ports are free and kernel settings can be changed. exec, so that signals reach the program that
# cleans up.
namespace=(unshare --net)
[ "$(id -u)" = 0 ] || namespace=(unshare --net --map-root-user)
exec "${namespace[@]}" python3 -B "$ROOT/scripts/bench.d/supervisor/main.py" \
  --root "$ROOT" --rounds "$rounds" --kills "$kills" --idle "$idle" ${json:+--json "$json"}
