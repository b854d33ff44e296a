#!/usr/bin/env bash
# Runs every test that was built. Tests run side by side, so a failure can stand thousands of lines
# above the end: what failed is said again there.
set -uo pipefail
cd "$(dirname "$0")/.."
said="$(mktemp)"
trap 'rm -f "$said"' EXIT

OPENBLAS_NUM_THREADS=1 swift test --skip-build 2>&1 | tee "$said"
code=$?
[ "$code" = 0 ] || {
  printf '\ntest: what failed\n'
  # An issue may go on in lines of its own, up to the next test's line.
  awk '/^[✔◇✘↳]/ { wanted = /^[✘↳]/ } wanted' "$said" | cut -c -400 | head -n 60
}
exit "$code"
