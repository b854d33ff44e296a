#!/usr/bin/env bash
# Runs every test that was built. Tests run side by side, so a failure can stand thousands of lines
# above the end: what failed is said again there.
#
# A few suites that fail run once more, by themselves: on shared cores a live process can be late
# beside a thousand other tests. What fails again has failed; what does not is named all the same.
set -uo pipefail
cd "$(dirname "$0")/.."
# Suites; more than so many are no accident.
most_again=3
said="$(mktemp)"
trap 'rm -f "$said"' EXIT

run() { OPENBLAS_NUM_THREADS=1 swift test --skip-build "$@" 2>&1 | tee "$said"; }

# An issue may go on in lines of its own, up to the next test's line.
say_what_failed() {
  printf '\ntest: what failed %s\n' "$1"
  awk '/^(✔|◇)/ { wanted = 0 } /^✘/ { wanted = 1 } wanted' "$said" |
    cut -c -400 | head -n 60
}

run && exit
say_what_failed "beside all other tests"
# A process that did not come to the end of its tests has crashed, and names no suite.
grep -q '^✘ Test run with ' "$said" || exit 1
suites="$(sed -nE 's/^✘ Suite ([A-Za-z0-9_]+) failed after .*/\1/p' "$said" | sort -u)"
[ -n "$suites" ] && [ "$(wc -l <<<"$suites")" -le "$most_again" ] || exit 1
names="$(paste -sd '|' <<<"$suites")"
printf '\ntest: once more by themselves: %s\n' "${names//|/, }"
run --filter "\\.($names)(/|\$)" || {
  say_what_failed "by itself too"
  exit 1
}
# A filter that finds nothing passes as well.
grep -qE '^✔ Test run with [1-9]' "$said" || exit 1
printf '\ntest: UNSTEADY, failed beside the others and passed alone: %s\n' "${names//|/, }"
