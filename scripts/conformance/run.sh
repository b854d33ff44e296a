#!/usr/bin/env bash
# Lets unmodified clients of others talk to a node over HTTP, with an API key at the node and through
# `whence proxy`, and prints what each can do. Fails if one can't do what it should.
#
#   WHENCE   the program (.build/release/whence)
#   DATA     a demo's folder (.whence/conformance; made by `whence demo --quick` if it is missing)
#   ONLY     clients, such as "openai3 anthropic"
set -euo pipefail
cd "$(dirname "$0")/../.."
whence="${WHENCE:-$PWD/.build/release/whence}"
data="${DATA:-.whence/conformance}"
place="$PWD/.deps/conformance"
only="${ONLY:-raw openai3 openai2 anthropic langchain llamaindex litellm agents pydanticai}"

say() { printf 'conformance: %s\n' "$*" >&2; }

# Every wheel is pinned by its digest; clients that need other versions of one another live apart.
for client in $only; do
  list="scripts/conformance/requirements/$client.txt"
  [ -f "$list" ] || continue
  digest="$(sha256sum < "$list" | cut -d' ' -f1)"
  [ "$(cat "$place/$client/.done" 2> /dev/null)" = "$digest" ] && continue
  say "installing the wheels of $client"
  rm -rf "${place:?}/$client"
  python3 -m pip install -q --disable-pip-version-check --only-binary :all: --require-hashes \
    --no-deps --target "$place/$client" -r "$list"
  printf '%s\n' "$digest" > "$place/$client/.done"
done

[ -d "$data" ] || "$whence" demo --quick --data "$data" --report "$(mktemp)" >&2

work="$(mktemp -d)"
started=()
finish() {
  for id in "${started[@]}"; do kill "$id" 2> /dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT

# Waits for a line in a file, and prints what of it matches.
wait_for() {
  for _ in $(seq 1200); do
    if grep -oE -m1 "$2" "$1"; then return 0; fi
    sleep 0.1
  done
  say "$1 never said $2:" && cat "$1" >&2
  return 1
}

"$whence" node --data "$data" --port 0 > "$work/node" 2>&1 &
started+=($!)
node="$(wait_for "$work/node" 'http://127\.0\.0\.1:[0-9]+')"

name="conformance-$$"
key="$("$whence" api-key new "$name" --as customer --data "$data" --node "$node" --limit 20 \
  --daily 1000 2> /dev/null)"
"$whence" proxy --data "$data" --node "$node" --port 0 > "$work/proxy" 2>&1 &
started+=($!)
proxy="$(wait_for "$work/proxy" 'http://127\.0\.0\.1:[0-9]+')"

# Waits until most answers are attributed: clients are told not to retry, and a node on few cores says 429
# to who asks faster than that goes.
wait_for_room() {
  for _ in $(seq 300); do
    python3 - "$node/metrics" <<'END' && return 0
import sys, urllib.request
lines = urllib.request.urlopen(sys.argv[1]).read().decode().splitlines()
waiting = [float(line.split()[1]) for line in lines if line.startswith("whence_unsettled_answers ")]
sys.exit(0 if waiting[0] < 16 else 1)
END
    sleep 0.5
  done
  say "the node's answers are not attributed" && return 1
}

for client in $only; do
  for way in key proxy; do
    wait_for_room
    base="$node" secret="$key"
    [ "$way" = key ] || { base="$proxy" secret=any; }
    say "$client, by $way"
    LITELLM_LOCAL_MODEL_COST_MAP=True \
    PYTHONPATH="$place/$client" PYTHONDONTWRITEBYTECODE=1 BASE="$base" NODE="$node" KEY="$secret" WAY="$way" \
      python3 "scripts/conformance/clients/${client%[23]}_client.py" > "$work/$client.$way.jsonl" \
      || say "$client ended early"
  done
done
"$whence" api-key remove "$name" --data "$data" > /dev/null
python3 scripts/conformance/table.py "$work"/*.jsonl
