# Shared by the scripts beside it; sourced, never run. The same files are scripts/ of a checkout and bin/ of a release.
# shellcheck shell=bash

HERE=$(CDPATH="" cd -- "${BASH_SOURCE[0]%/*}" && pwd -P)
ROOT=${HERE%/*}
# SHOWN precedes the names of programs in messages. Sets LIVEPATCH_DIST, the release that programs run from: the one that these
# scripts are part of, or the checkout's last build.
find_release() {
  if [ -e "$ROOT/RELEASE" ]; then
    LIVEPATCH_DIST=$ROOT
    SHOWN=
  else
    LIVEPATCH_DIST=$(CDPATH="" cd -- "$ROOT/target/release" 2>/dev/null && pwd -P) || LIVEPATCH_DIST=$ROOT/target/release
    SHOWN=scripts/
  fi
  export LIVEPATCH_DIST
}
find_release
JAVA_MAJOR=25
# In an empty environment bash has a default of its own, which programs need as well.
export PATH

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$(basename "$0"): $*"
  exit 2
}

# Prints the comment at the top of the script that was started.
print_help() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# help_if_asked ARGUMENT…: prints the help and ends, when one of the arguments is -h or --help.
help_if_asked() {
  local argument
  for argument in "$@"; do
    case $argument in
      -h | --help)
        print_help
        exit 0
        ;;
    esac
  done
}

# no_arguments ARGUMENT…: ends with an error when there is one.
no_arguments() { [ $# = 0 ] || die "unknown argument '$1'; try --help"; }

# can_ask YES DELETION: ends with an error when YES is empty and there is no terminal to ask on.
can_ask() {
  [ -n "$1" ] || { [ -t 0 ] && [ -t 1 ]; } ||
    die "$2; nothing was deleted, since there is no terminal to ask on: pass --yes to confirm"
}

# confirm YES DELETION: returns when YES is not empty or the operator confirms on the terminal; exits otherwise.
confirm() {
  can_ask "$1" "$2"
  [ -z "$1" ] || return 0
  local answer
  printf '%s\nContinue [y/N]? ' "$2" >&2
  read -r answer || answer=
  case $answer in
    y | Y | yes | YES) ;;
    *)
      say "nothing was deleted"
      exit 1
      ;;
  esac
}

# The state of the local model. Root has another default, since the user postgres cannot enter root's home.
if [ "$EUID" = 0 ]; then
  DEFAULT_HOME=/var/lib/livepatch
else
  # HOME may be unset; the tilde does not need it.
  DEFAULT_HOME=${XDG_DATA_HOME:-~/.local/share}/livepatch
fi
LIVEPATCH_HOME=${LIVEPATCH_HOME:-$DEFAULT_HOME}
export LIVEPATCH_HOME

# is_java HOME PROGRAM: whether HOME is a Java of the wanted version that has PROGRAM; sets JAVA_VERSION to its whole version.
is_java() {
  local line
  JAVA_VERSION=
  [ -x "$1/bin/$2" ] && [ -r "$1/release" ] || return 1
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=* | JAVA_RUNTIME_VERSION=*)
        # The runtime's version has the build too.
        [ -n "$JAVA_VERSION" ] && [[ $line = JAVA_VERSION* ]] && continue
        line=${line#*\"}
        JAVA_VERSION=${line%\"*}
        ;;
    esac
  done <"$1/release"
  line=${JAVA_VERSION%%[!0-9]*}
  [ "${line:-0}" -ge "$JAVA_MAJOR" ]
}

# find_java PROGRAM: sets JAVA_HOME to the first Java of the wanted version that has PROGRAM (java or javac): in JAVA_HOME, below
# /usr/lib/jvm, on the PATH.
find_java() {
  local candidate
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if is_java "$candidate" "$1"; then
      export JAVA_HOME=$candidate
      return 0
    fi
  done
  candidate=$(readlink -f "$(type -P "$1" || true)") || return 1
  candidate=${candidate%/bin/*}
  is_java "$candidate" "$1" && export JAVA_HOME=$candidate
}

# use_java [PROGRAM]: finds a Java to run programs with; one with javac to build them.
use_java() {
  find_java "${1:-java}" ||
    die "no Java $JAVA_MAJOR with bin/${1:-java} found in JAVA_HOME, /usr/lib/jvm or on the PATH; run ${SHOWN}up, or install one there"
}

# launch KIND MODULE MAIN-CLASS [ARGUMENT…]: execs a program of the release; it keeps the caller's pid.
# KIND names the JVM options: jvm/KIND.options beside this file holds them.
# Programs that reload on SIGHUP get it also when nohup, or a shell without a terminal, started them with the signal ignored.
launch() {
  local kind=$1 module=$2 main=$3 lib=$LIVEPATCH_DIST/lib aot=${LIVEPATCH_AOT:-$LIVEPATCH_DIST/aot} cache jars
  shift 3
  use_java
  [ -r "$lib/$module.classpath" ] || die "not built yet: $lib/$module.classpath is missing; run ${SHOWN}up or ${SHOWN}build"
  mapfile -t jars <"$lib/$module.classpath"
  local IFS=:
  local options=("@$LIVEPATCH_DIST/bin/jvm/$kind.options")
  # A JVM of another version would refuse the cache with a warning. An absent cache costs time only.
  cache=$module.$kind-$JAVA_VERSION.aot
  if [ -n "${LIVEPATCH_AOT_TRAINING:-}" ]; then
    options+=("-XX:AOTCacheOutput=$LIVEPATCH_AOT_TRAINING/$cache")
  elif [ -r "$aot/$cache" ]; then
    options+=("-XX:AOTCache=$aot/$cache")
  fi
  local classpath="${jars[*]/#/"$lib/"}"
  IFS=$' \t\n'
  local reset=()
  case $kind in supervisor | server) reset=(env --default-signal=HUP) ;; esac
  # shellcheck disable=SC2086  # several options in one variable are meant to be split
  exec "${reset[@]}" "$JAVA_HOME/bin/java" "${options[@]}" ${LIVEPATCH_JVM_OPTIONS:-} -cp "$classpath" "$main" "$@"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root to run: $*  (no sudo here; run that as root, then this again)"
  fi
}

# need_packages PROGRAM=PACKAGE…: installs the Debian packages whose programs are absent.
need_packages() {
  local pair missing=()
  for pair in "$@"; do
    has_program "${pair%%=*}" || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

has_program() {
  command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null || [ -x "/usr/sbin/$1" ]
}

# Installs Debian packages without starting their services, now or at boot, and without creating a PostgreSQL cluster.
install_packages() {
  command -v apt-get >/dev/null || die "missing programs, and no apt-get to install them with: $*"
  say "installing Debian packages: $*"
  local log policy=/usr/sbin/policy-rc.d ours=
  log=$(mktemp)
  if [ ! -e $policy ]; then
    ours=$policy
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
  fi
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    echo "create_main_cluster = false" | as_root tee /etc/postgresql-common/createcluster.d/livepatch.conf >/dev/null
  fi
  local failed=
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 ||
    { as_root apt-get update >>"$log" 2>&1 &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; } ||
    failed=1
  [ -z "$ours" ] || as_root rm -f "$ours"
  if [ -n "$failed" ]; then
    tail -n 15 "$log" >&2
    die "apt-get could not install: $*  (whole log: $log)"
  fi
  rm -f "$log"
  # The packages are new on this machine, so nothing depends on their services yet.
  if [ -d /run/systemd/system ]; then
    local package service
    for package in "$@"; do
      case $package in haproxy | nginx-light) service=${package%-light} ;; postgresql*) service=postgresql ;; *) continue ;; esac
      as_root systemctl disable --quiet "$service" 2>/dev/null || true
    done
  fi
}

# Installs the requirements of building and running.
need_everything() {
  need_runtime
  need_build_tools
}

# Installs the requirements of running a stack from a release.
need_runtime() {
  need_packages haproxy=haproxy initdb=postgresql setpriv=util-linux bzip2=bzip2 ps=procps
  need_java java jre
}

# Installs the requirements of compiling.
need_build_tools() {
  need_packages mvn=maven
  need_java javac jdk
}

# need_java PROGRAM PACKAGE: installs a Java of the wanted version that has PROGRAM.
need_java() {
  if ! find_java "$1"; then
    if apt-cache show "openjdk-$JAVA_MAJOR-$2-headless" >/dev/null 2>&1; then
      install_packages "openjdk-$JAVA_MAJOR-$2-headless"
    else
      die "no Java $JAVA_MAJOR: this distribution has none; put a JDK (Temurin $JAVA_MAJOR, say) under /usr/lib/jvm or set JAVA_HOME, then run this again"
    fi
  fi
  use_java "$1"
}

maven() {
  # For a library of Debian's Maven that JDK 24 and later warn about.
  MAVEN_OPTS="${MAVEN_OPTS:-} --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow" \
    mvn -B -ntp -f "$ROOT/pom.xml" "$@"
}
