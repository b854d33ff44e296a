#!/usr/bin/env bash
# Converts the unpacked text packages to the story's instruction records (JSON lines).
#
# Reads .deps/corpora/raw (filled by the set-up script) and writes .deps/corpora/story. The same
# inputs give the same bytes; a second run with nothing changed only compares digests.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
raw="$root/.deps/corpora/raw"
story="$root/.deps/corpora/story"

# WordNet is either installed or unpacked beside the others.
wordnet="$raw/wordnet-base/usr/share"
[ -d "$wordnet/wordnet" ] || wordnet=/usr/share

inputs=(
  "$raw/dict-foldoc/usr/share/dictd/foldoc.dict.dz"
  "$raw/dict-vera/usr/share/dictd/vera.dict.dz"
  "$raw/simple-icd-10-cm/simple_icd_10_cm/data"/icd10c-tabular-*.xml
  "$wordnet/wordnet/data.noun"
  "$wordnet/wordnet/index.noun"
)
for input in "${inputs[@]}"; do
  if [ ! -r "$input" ]; then
    echo "make-corpora: $input is missing; run 'make setup' first" >&2
    exit 1
  fi
done

# Digests only, so that the stamp does not depend on where the checkout lies.
stamp=$(cat "$root"/scripts/make-corpora.sh "$root"/scripts/corpora/*.py "${inputs[@]}" |
  sha256sum | cut -d' ' -f1)
if [ -f "$story/stamp" ] && [ "$(cat "$story/stamp")" = "$stamp" ] &&
  (cd "$story" && sha256sum --check --status digests.txt 2>/dev/null); then
  exit 0
fi

# Built beside the old files and swapped in whole: an interrupted run leaves no half set.
fresh="$story.new"
rm -rf "$fresh"
mkdir -p "$fresh"
python3 -B "$root/scripts/corpora/story.py" --raw "$raw" --wordnet "$wordnet" --out "$fresh"
(cd "$fresh" && sha256sum ./*.jsonl licences.json >digests.txt)
echo "$stamp" >"$fresh/stamp"
rm -rf "$story"
mv "$fresh" "$story"
cat "$story/digests.txt"
