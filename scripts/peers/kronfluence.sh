#!/usr/bin/env bash
# Scores the kept task with kronfluence's EK-FAC, for `whence bench attribution --peer`. Never part of the
# tests: it downloads PyTorch, about a gigabyte, into .deps/peers.
#
# Usage: scripts/peers/kronfluence.sh [TASK_FOLDER] [SCORES_FILE]
set -euo pipefail
cd "$(dirname "$0")/../.."
task="${1:-benchmarks/attribution}"
scores="${2:-.deps/peers/kronfluence.json}"
venv="$PWD/.deps/peers/kronfluence"

if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -c 'import kronfluence' 2> /dev/null \
  || "$venv/bin/pip" install --quiet 'torch==2.13.0+cpu' 'kronfluence==1.0.1'
OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" "$venv/bin/python" scripts/peers/kronfluence_scores.py \
  "$task" "$scores"
