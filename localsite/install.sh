# What a site on this machine needs: system packages, and Veilward with its native part in a virtual environment.
# Read by `run`, at the repository's root, which defines say, die, PYTHON and VENV.

# --- what the system must have -------------------------------------------------------------------------------------

missing_packages() {  # command:package or file=package; prints the packages that are not there
  local entry
  for entry in "$@"; do
    case $entry in
      *=*) [ -e "${entry%%=*}" ] || echo "${entry#*=}" ;;
      *) command -v "${entry%%:*}" >/dev/null 2>&1 || echo "${entry#*:}" ;;
    esac
  done
}

need_packages() {
  local packages
  mapfile -t packages < <(missing_packages "$@" | sort -u)
  [ ${#packages[@]} -eq 0 ] && return
  local install="apt-get install -y --no-install-recommends ${packages[*]}"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    die "these system packages are missing; install them, then run this again:
  sudo apt-get update && sudo $install"
  fi
  say "installing ${packages[*]}"
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made=1; fi
  apt-get update -qq >/dev/null || true
  local status=0
  DEBIAN_FRONTEND=noninteractive $install >"$VENV.apt.log" 2>&1 || status=$?
  [ -z "$made" ] || rm -f $policy
  [ $status -eq 0 ] || { tail -20 "$VENV.apt.log" >&2; die "apt-get failed; the whole log is $VENV.apt.log"; }
  rm -f "$VENV.apt.log"
}

DEBIAN_LIB=/usr/lib/$(uname -m)-linux-gnu
GSTREAMER=(/usr/lib/python3/dist-packages/gi=python3-gi
  "$DEBIAN_LIB/girepository-1.0/GstRtspServer-1.0.typelib=gir1.2-gst-rtsp-server-1.0"
  "$DEBIAN_LIB/gstreamer-1.0/libgstapp.so=gstreamer1.0-plugins-base"
  "$DEBIAN_LIB/gstreamer-1.0/libgstrtpmanager.so=gstreamer1.0-plugins-good")  # an RTSP server of others, as a camera

need_system() {  # demo | test | browser | cluster
  local wanted=(g++:g++ make:make pkg-config:pkg-config /usr/include/sodium.h=libsodium-dev
    redis-server:redis-server)
  if [ "$1" = test ]; then wanted+=(chromium:chromium prometheus:prometheus promtool:prometheus amtool:prometheus-alertmanager node:nodejs npm:npm cmake:cmake turnserver:coturn /usr/sbin/mosquitto=mosquitto ip:iproute2 /usr/lib/postgresql=postgresql "${GSTREAMER[@]}"); fi
  if [ "$1" = cluster ]; then wanted+=(podman:podman runc:runc buildah:buildah mmdebstrap:mmdebstrap nft:nftables dnsmasq:dnsmasq-base ip:iproute2 iptables:iptables /usr/lib/podman/netavark=netavark /usr/lib/podman/aardvark-dns=aardvark-dns); fi
  if [ "$1" = browser ]; then wanted+=(chromium:chromium); fi
  if ! command -v "$PYTHON" >/dev/null; then
    wanted+=("$PYTHON:python3.11" /nonexistent=python3.11-venv /nonexistent=python3.11-dev)
  else
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || wanted+=(/nonexistent=python3.11-venv)
    "$PYTHON" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
      wanted+=(/nonexistent=python3.11-dev)
  fi
  need_packages "${wanted[@]}"
}

# --- the Python environment -----------------------------------------------------------------------------------------

# The import hook of an installation in place knows each module by its file: one that became a package is not found
# until it is made anew.
stamp() {
  {
    echo "$1"
    cat pyproject.toml CMakeLists.txt deploy/package-lock.json
    find snni/native -type f | LC_ALL=C sort | xargs cat
    find services video snni faces training localsite demo -name __init__.py | LC_ALL=C sort
  } | sha256sum | cut -d' ' -f1
}

# What lies in an environment names its folder: in a copy, or after a new name, it leads to where it was made.
moved() {
  local made
  made=$(sed -n 's/^command = //p' $VENV/pyvenv.cfg 2>/dev/null || true)
  [ -n "$made" ] && [ "${made% "$(pwd -P)/$VENV"}" = "$made" ]
}

# One that was interrupted while it was made has no pip yet, or half of it.
make_environment() {
  ! moved && $VENV/bin/python -m pip --version >/dev/null 2>&1 && return
  say "creating $VENV"
  rm -f $VENV/stamp.*
  "$PYTHON" -m venv --clear $VENV || die "$PYTHON cannot make a virtual environment; on Debian: apt-get install python3.11-venv"
}

installed() {  # demo | test; whether any version of it is
  ! moved && [ -x $VENV/bin/python ] && { [ -e $VENV/stamp.test ] || [ -e "$VENV/stamp.$1" ]; }
}

install() {  # demo | test
  local extra=$1 have wanted
  need_system "$extra"
  wanted=$(stamp "$extra")
  have=$(cat $VENV/stamp.$extra 2>/dev/null || true)
  if ! moved; then
    [ "$extra" = demo ] && [ "$(cat $VENV/stamp.test 2>/dev/null || true)" = "$(stamp test)" ] && return
    [ "$have" = "$wanted" ] && return
  fi
  make_environment
  say "installing Veilward[$extra] into $VENV and building its native part (minutes, the first time)"
  local extras=$extra
  [ "$extra" = test ] && extras=test,lint
  set -m  # a group of its own: Ctrl-C reaches no process in the background, and pip has compilers under it
  $VENV/bin/python -m pip install --quiet --progress-bar on -e ".[$extras]" >"$VENV/pip.log" 2>&1 </dev/null &
  local pip=$! waited=0
  set +m
  trap 'kill -- -$pip 2>/dev/null; exit 130' INT TERM HUP
  while kill -0 $pip 2>/dev/null; do
    sleep 1; waited=$((waited + 1))
    [ $((waited % 15)) -eq 0 ] && say "still installing ($waited s)"
  done
  trap - INT TERM HUP
  wait $pip || { grep -v WARNING "$VENV/pip.log" | tail -30 >&2; die "installation failed; the whole log is $VENV/pip.log"; }
  if [ "$extra" = test ]; then
    npm ci --prefix deploy --no-audit --no-fund --silent >"$VENV/npm.log" 2>&1 || { tail -20 "$VENV/npm.log" >&2; die "npm ci failed; the whole log is $VENV/npm.log"; }
  fi
  echo "$wanted" >"$VENV/stamp.new" && mv "$VENV/stamp.new" "$VENV/stamp.$extra"
}
