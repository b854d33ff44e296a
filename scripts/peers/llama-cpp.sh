#!/usr/bin/env bash
# Builds PyPI's llama-cpp-python into .deps/peers, for `whence bench serve` to measure beside.
#
# Pinned; compiles llama.cpp for this very processor, a quarter of an hour of one core. Never part of
# the tests, and no part of Whence uses it.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv="$PWD/.deps/peers/llama"

[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import llama_cpp' 2> /dev/null \
  || "$venv/bin/pip" install --quiet 'llama-cpp-python==0.3.36' 'numpy==2.4.6'
# To write weights and adapters in its form, where answers are compared.
[ -f "$venv/.gguf" ] || { "$venv/bin/pip" install --quiet 'gguf==0.19.0' && touch "$venv/.gguf"; }
