#!/usr/bin/env bash
# Puts PyPI's PEFT into .deps/peers/peft, for `whence bench serve` to measure beside.
#
# Pinned by its digest. Runs in the environment of scripts/vllm.sh, whose torch and transformers it takes.
# Never part of the tests, and no part of Whence uses it.
set -euo pipefail
cd "$(dirname "$0")/../.."
place="$PWD/.deps/peers/peft"
python="$PWD/.deps/vllm/bin/python"
requirement='peft==0.21.2 --hash=sha256:106ab6077ff72c54d21577f9af5970e34bac7582cb14209f7b2b511e322a4eae'

[ -f "$PWD/.deps/vllm/.done" ] || {
  echo "peft: torch and transformers come with scripts/vllm.sh, which was not run" >&2
  exit 1
}
[ "$(cat "$place/.done" 2> /dev/null)" = "$requirement" ] && exit
rm -rf "$place"
list="$(mktemp)"
printf '%s\n' "$requirement" > "$list"
"$python" -m pip install -q --disable-pip-version-check --only-binary :all: --require-hashes --no-deps \
  --target "$place" -r "$list"
rm "$list"
PYTHONPATH="$place" "$python" -c 'import peft'
printf '%s' "$requirement" > "$place/.done"
