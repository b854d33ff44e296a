#!/usr/bin/env bash
# Checks that two builds and two thread counts agree on every integer: the self-test of attribution by
# the debug and the release program, with one and with two threads of matrix products.
#
# usage: scripts/same-integers.sh [PROGRAM...]   (.build/debug/whence .build/release/whence)
set -euo pipefail
cd "$(dirname "$0")/.."

programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=(.build/debug/whence .build/release/whence)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# What has to agree: all fixed numbers, and what the model's own gradients were rounded to.
for program in "${programs[@]}"; do
  for threads in 1 2; do
    file="$results/of$(echo "$program" | tr / _)-$threads"
    OPENBLAS_NUM_THREADS=$threads "$program" attribution selftest --threads "$threads" \
      --json "$file.json" >"$file.log" || { cat "$file.log"; exit 1; }
    grep -o '"[a-z_]*digest": "[0-9a-f]*"' "$file.json" | sort >"$file.digests"
    [ -s "$file.digests" ] || { echo "$program gave no digest" >&2; exit 1; }
    echo "$program, $threads thread(s): $(sha256sum <"$file.digests" | cut -c1-16)"
  done
done

first=$(ls "$results"/*.digests | head -n 1)
for other in "$results"/*.digests; do
  diff "$first" "$other" || { echo "integers_differ: see the lines above" >&2; exit 1; }
done
cat "$first"
echo "every integer agrees"
