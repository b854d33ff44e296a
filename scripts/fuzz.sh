#!/usr/bin/env bash
# Runs libFuzzer on every decoder of the table in Tests/DecoderTable, one after another.
#
#   SECONDS_EACH  how long each decoder runs (30)
#   JOBS          how many run at once (1)
#   ONLY          a regular expression of the names to run (all)
#
# What libFuzzer finds worth keeping stays in .fuzz/corpus and is where the next run begins; what
# breaks a decoder's promise lands in .fuzz/found, and the script fails.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-30}

# A folder of its own: everything is compiled to report where it goes.
WHENCE_FUZZ=1 swift build -c release --sanitize fuzzer --scratch-path .build/fuzz --product Fuzzer
fuzzer=.build/fuzz/release/Fuzzer
mkdir -p .fuzz/corpus .fuzz/found .fuzz/logs

run() {
  local name=$1
  mkdir -p ".fuzz/corpus/$name"
  "$fuzzer" "$name" --samples ".fuzz/corpus/$name"
  "$fuzzer" "$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix=".fuzz/found/$name-" ".fuzz/corpus/$name" \
    >".fuzz/logs/$name" 2>&1 || { echo "$name: see .fuzz/logs/$name"; return 1; }
  awk -v name="$name" '/number_of_executed_units/ { printf "%-28s %12d executions\n", name, $2 }' \
    ".fuzz/logs/$name"
}
export -f run
export fuzzer seconds

# Every name is run, whatever became of those before it.
"$fuzzer" --names | grep -E "${ONLY:-.}" | xargs -P "${JOBS:-1}" -I{} bash -c 'run {}'
