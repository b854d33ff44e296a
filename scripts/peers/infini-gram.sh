#!/usr/bin/env bash
# Installs PyPI's infini-gram into .deps/peers, for `whence bench spans` to measure beside.
#
# Pinned and checked; wants the CPython 3.11 of Debian 12. No part of Whence uses it.
set -euo pipefail
cd "$(dirname "$0")/../.."
home="$PWD/.deps/peers/infini-gram"
fresh="$home.new"

# name, version, SHA-256
wheels=(
  "infini-gram 2.6.0 73bc2a4c6090e18c8b73f3b4d06f339620bba54443146c27dabb6dea52132559"
  "numpy 2.2.6 ba10f8411898fc418a521833e014a77d3ca01c15b0c6cdcce6a0d2897e6dbbdf"
  "tqdm 4.67.1 26445eca388f82e72884e0d580d5464cd801a3ea01e63e5601bdff9ba6a48de2"
)
wanted="$(printf '%s\n' "${wheels[@]}" | sha256sum | cut -d' ' -f1)"
[ "$(cat "$home/done" 2> /dev/null)" != "$wanted" ] || exit 0

rm -rf "$fresh"
mkdir -p "$fresh"
for wheel in "${wheels[@]}"; do
  read -r name version digest <<< "$wheel"
  printf '%s==%s --hash=sha256:%s\n' "$name" "$version" "$digest"
done > "$fresh/requirements"
python3 -m pip --disable-pip-version-check --no-cache-dir install --quiet --no-deps --root-user-action=ignore \
  --only-binary=:all: --require-hashes -r "$fresh/requirements" --target "$fresh/packages"
echo "$wanted" > "$fresh/done"
rm -rf "$home"
mv "$fresh" "$home"
echo "infini-gram is in $home"
