#!/usr/bin/env bash
# Packs a built aipp with what belongs to it: ci/pack.sh FOLDER-OF-THE-BINARY NAME OUT makes OUT/NAME.tar.gz.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
built="${1:?name the folder with the binary}" name="${2:?name the archive}" out="${3:?name the folder to write to}"

binary="$built/aipp"
[ -f "$binary" ] || binary="$built/aipp.exe"
mkdir -p "$out/$name/man" "$out/$name/completions"
cp "$binary" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$out/$name/"
"$binary" man --dir "$out/$name/man"
"$binary" completions bash > "$out/$name/completions/aipp.bash"
"$binary" completions zsh > "$out/$name/completions/_aipp"
"$binary" completions fish > "$out/$name/completions/aipp.fish"
"$binary" completions powershell > "$out/$name/completions/_aipp.ps1"
tar -czf "$out/$name.tar.gz" -C "$out" "$name"
rm -r "${out:?}/$name"
