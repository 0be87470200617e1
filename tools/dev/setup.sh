#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# setup.sh VENV [bench]: installs what Kvant is built and tested with on Debian 12, and with
# `bench` also the peers of the benchmarks, in VENV-bench. Quick and silent when nothing is
# missing; needs root or sudo only to install packages.
set -euo pipefail
venv=$1

compilers=(clang-22 lld-22 clang-format-22 clang-tidy-22 cmake ninja-build ccache)
llvm=(libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools llvm-22 liblld-22-dev)
libraries=(libstdc++-12-dev libflatbuffers-dev flatbuffers-compiler libzip-dev zlib1g-dev libzstd-dev
  libgtest-dev libbenchmark-dev libclang-rt-22-dev)
# Cross libraries and the emulator: the tests run AArch64 code, the demo a C program of it.
aarch64=(qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
other=(python3 python3-venv python3-dev git ca-certificates)
packages=("${compilers[@]}" "${llvm[@]}" "${libraries[@]}" "${aarch64[@]}" "${other[@]}")

say() { echo "setup: $*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "these packages are missing and installing them needs root or sudo: ${missing[*]}"
    exit 2
  fi
}

# LLVM 22 comes to Debian 12 by its security suite, which a bare debootstrap does not list.
add_security_suite() {
  local mirror file=/etc/apt/sources.list.d/kvant-security.list
  mirror=${KVANT_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
  say "adding $mirror bookworm-security to apt's sources ($file)"
  echo "deb $mirror bookworm-security main" | as_root tee "$file" >/dev/null
}

has_candidate() {
  local policy
  policy=$(LC_ALL=C apt-cache policy libmlir-22-dev 2>/dev/null)
  [[ $policy == *"Candidate: 1:22"* ]]
}

install_packages() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii *//p')
  missing=()
  for package in "${packages[@]}"; do
    grep -qxF "$package" <<<"$installed" || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq
  if ! has_candidate; then
    add_security_suite
    as_root apt-get update -qq
    has_candidate || { say "apt has no libmlir-22-dev; Kvant needs Debian 12 with its security suite"; exit 2; }
  fi
  # Installing ca-certificates writes a new bundle; one that somebody put there stays.
  local bundle=/etc/ssl/certs/ca-certificates.crt kept=
  if [ -s $bundle ] && [[ " ${missing[*]} " == *" ca-certificates "* ]]; then
    kept=$(mktemp)
    cat $bundle >"$kept"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
  if [ -n "$kept" ]; then
    as_root tee $bundle <"$kept" >/dev/null
    rm "$kept"
  fi
}

# pip_into VENV REQUIREMENTS: brings the environment up to the file; a stamp makes it quick.
pip_into() {
  local stamp
  stamp=$1/.$(basename "$2")
  if cmp -s "$2" "$stamp"; then return 0; fi
  say "installing the Python packages of $2 into $1"
  # Debian's own interpreter: its headers are what the Python module is built with.
  [ -x "$1/bin/pip" ] || /usr/bin/python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2" || return 1
  cp "$2" "$stamp"
}

# Peers are what tests and benchmarks compare with. Without them those tests are reported as
# unsupported, and the benchmarks leave their columns empty.
optional() {
  local refused
  refused=$1/.unavailable-$(basename "$2")
  if [ -n "${KVANT_NO_PEERS:-}" ] || cmp -s "$2" "$refused"; then return 0; fi
  pip_into "$1" "$2" && return
  say "could not install $2; what needs it will be left out"
  mkdir -p "$1" && cp "$2" "$refused"
}

install_packages
pip_into "$venv" tools/dev/requirements.txt
optional "$venv" tools/dev/requirements-litert.txt
optional "$venv-tosa" tools/dev/requirements-tosa.txt
if [ "${2:-}" = bench ]; then
  pip_into "$venv-bench" tools/dev/requirements-bench.txt
  for peer in litert quantizer onnxruntime iree; do
    optional "$venv-bench" "tools/dev/requirements-$peer.txt"
  done
fi
