#!/usr/bin/env bash
# Installs aipp into a folder (FOLDER/bin/aipp): the release binary of a version, after its checksum was verified, or built from
# source when that version has no release.
#
#   ci/install.sh FOLDER
#
#   AIPP_VERSION   the version, for instance 0.1.0 (default: that of AIPP_SOURCE)
#   AIPP_RELEASES  where releases are, for instance https://github.com/OWNER/aipp/releases/download (empty: build from source)
#   AIPP_SOURCE    a checkout of aipp to build from (default: the one this script belongs to)
set -euo pipefail

folder="${1:?name the folder to install into}"
source="${AIPP_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}"
releases="${AIPP_RELEASES:-}"
version="${AIPP_VERSION:-}"
if [ -z "$version" ]; then
  version="$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source/Cargo.toml" | head -n 1)"
fi
version="${version#v}"
case "$version" in
  '' | *[!0-9A-Za-z.+-]*) echo "aipp: '$version' is no version" >&2; exit 2 ;;
esac

say() { printf 'aipp: %s\n' "$*" >&2; }

from_source() {
  say "$1; building from source"
  command -v cargo > /dev/null || { say 'cargo is missing; install a Rust toolchain, or name a version that has a release'; exit 1; }
  cargo install --quiet --locked --path "$source" --root "$folder"
}

target() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-aarch64 | Linux-arm64) echo aarch64-unknown-linux-musl ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64 | CYGWIN*-x86_64) echo x86_64-pc-windows-msvc ;;
    *) return 1 ;;
  esac
}

# Fetches a file; 3 when there is none, so that "no release" and "no network" are told apart.
fetch() {
  local code=0
  curl --proto '=https,file' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$2" "$1" || code=$?
  case "$code" in
    0) return 0 ;;
    22 | 37) return 3 ;;
    *) say "cannot fetch $1 (curl says $code)"; return 1 ;;
  esac
}

digest() {
  if command -v sha256sum > /dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

if [ -z "$releases" ]; then from_source 'no place of releases is named'; exit 0; fi
if ! target="$(target)"; then from_source 'there is no release for this machine'; exit 0; fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
archive="aipp-v$version-$target.tar.gz"
got=0
fetch "$releases/v$version/SHA256SUMS" "$work/SHA256SUMS" || got=$?
if [ "$got" = 3 ]; then from_source "there is no release of version $version"; exit 0; fi
[ "$got" = 0 ] || exit 1

# From here on there is a release: whatever is wrong with it is an error, and never a reason to take something else.
expected="$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")"
if [ "${#expected}" != 64 ]; then say "SHA256SUMS of version $version does not list $archive once"; exit 1; fi
fetch "$releases/v$version/$archive" "$work/$archive" || { say "$archive is listed and not there"; exit 1; }
actual="$(digest "$work/$archive")"
if [ "$actual" != "$expected" ]; then
  say "the checksum of $archive is $actual and should be $expected; nothing was installed"
  exit 1
fi
tar -xzf "$work/$archive" -C "$work"
mkdir -p "$folder/bin"
for name in aipp aipp.exe; do
  if [ -f "$work/aipp-v$version-$target/$name" ]; then
    cp "$work/aipp-v$version-$target/$name" "$folder/bin/$name"
    chmod 755 "$folder/bin/$name"
    say "installed version $version, checksum verified"
    exit 0
  fi
done
say "$archive holds no aipp"
exit 1
