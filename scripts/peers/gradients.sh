#!/usr/bin/env bash
# Scores the kept task with dattri's LoGra and TracIn and with TRAK (traker), for `whence bench attribution
# --peer`. Never part of the tests: it downloads PyTorch, about a gigabyte, into .deps/peers.
#
# Usage: scripts/peers/gradients.sh [TASK_FOLDER] [OUTPUT_FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
task="${1:-benchmarks/attribution}"
output="${2:-.deps/peers}"
venv="$PWD/.deps/peers/gradients"

if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -c 'import dattri, trak' 2> /dev/null \
  || "$venv/bin/pip" install --quiet 'torch==2.13.0+cpu' 'dattri==0.3.0' 'traker==0.3.2'
OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" "$venv/bin/python" scripts/peers/gradient_scores.py \
  "$task" "$output"
