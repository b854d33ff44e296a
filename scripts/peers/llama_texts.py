"""Answers with PyPI's llama-cpp-python in single precision, one command a line, while `whence bench serve` waits.

    python3 -B llama_texts.py MODEL.gguf FOLDER

Writes the model's weights out in single precision to FOLDER, then prints `ready`. For
`texts FILES COUNT STEPS`, prints STEPS likeliest tokens behind each prompt of FILES/questions.json, with its
own of the COUNT adapters in FILES/0, FILES/1 and so on: PEFT's files, which are turned into llama.cpp's own
form first, as its converter does (the files' names, the halves of query and key heads interleaved). One
thread. Ends with its input.
"""

import ctypes
import json
import sys

import gguf
import llama_cpp as llama
import numpy

path, folder = sys.argv[1], sys.argv[2]
NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


@llama.llama_log_callback
def silent(level, text, data):
    pass


reader = gguf.GGUFReader(path)
heads = {
    "attn_q": reader.fields["llama.attention.head_count"].contents(),
    "attn_k": reader.fields["llama.attention.head_count_kv"].contents(),
}


def write(writer, place):
    writer.write_header_to_file(place)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return place.encode()


def precise():
    """The model's file with all weights in single precision."""
    writer = gguf.GGUFWriter(None, "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in (
                "general.architecture", "general.file_type", "general.quantization_version"):
            continue
        kind = field.types[0]
        part = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=part)
    for tensor in reader.tensors:
        numbers = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, numpy.ascontiguousarray(numbers, dtype=numpy.float32))
    return write(writer, f"{folder}/precise.gguf")


def adapter(place):
    """PEFT's files as one of llama.cpp's."""
    with open(f"{place}/adapter_config.json") as file:
        settings = json.load(file)
    with open(f"{place}/adapter_model.safetensors", "rb") as file:
        content = file.read()
    size = int.from_bytes(content[:8], "little")
    writer = gguf.GGUFWriter(None, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", settings["lora_alpha"])
    for name, entry in json.loads(content[8:8 + size]).items():
        if name == "__metadata__":
            continue
        first, last = (8 + size + offset for offset in entry["data_offsets"])
        kind = {"F32": numpy.float32, "F16": numpy.float16}[entry["dtype"]]
        matrix = numpy.frombuffer(content[first:last], dtype=kind).reshape(entry["shape"])
        parts = name.removesuffix(".weight").split(".")
        side, module = parts[-1], NAMES[".".join(parts[-3:-1])]
        if side == "lora_B" and module in heads:
            shape = (heads[module], 2, matrix.shape[0] // heads[module] // 2, matrix.shape[1])
            matrix = matrix.reshape(shape).swapaxes(1, 2).reshape(matrix.shape)
        writer.add_tensor(
            f"blk.{parts[parts.index('layers') + 1]}.{module}.weight.{side.lower()}",
            numpy.ascontiguousarray(matrix, dtype=numpy.float32))
    handle = llama.llama_adapter_lora_init(model, write(writer, f"{place}/adapter.gguf"))
    if handle is None:
        raise SystemExit(f"llama.cpp does not take {place}")
    return handle


llama.llama_log_set(silent, None)
llama.llama_backend_init()
model = llama.llama_model_load_from_file(precise(), llama.llama_model_default_params())
settings = llama.llama_context_default_params()
settings.n_ctx = settings.n_batch = settings.n_ubatch = 512
settings.n_threads = settings.n_threads_batch = 1
settings.type_k = settings.type_v = 0  # Single precision too.
context = llama.llama_init_from_model(model, settings)
vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))


def likeliest(tokens):
    numbers = (llama.llama_token * len(tokens))(*tokens)
    if llama.llama_decode(context, llama.llama_batch_get_one(numbers, len(tokens))) != 0:
        raise SystemExit("llama_decode failed")
    logits = llama.llama_get_logits_ith(context, -1)
    return int(numpy.ctypeslib.as_array(logits, (vocabulary,)).argmax())


def texts(files, count, steps):
    adapters = [adapter(f"{files}/{number}") for number in range(count)]
    tokens = []
    with open(f"{files}/questions.json") as questions:
        for question in json.load(questions):
            llama.llama_memory_clear(llama.llama_get_memory(context), True)
            chosen = (llama.llama_adapter_lora_p_ctypes * 1)(adapters[question["adapter"]])
            llama.llama_set_adapters_lora(context, chosen, 1, (ctypes.c_float * 1)(1))
            token = likeliest(question["prompt"])
            for step in range(steps):
                tokens.append(token)
                if step + 1 < steps:
                    token = likeliest([token])
    return tokens


print("ready", flush=True)
for line in sys.stdin:
    words = line.split()
    print(json.dumps(texts(words[1], int(words[2]), int(words[3]))), flush=True)
