"""A task's own checkpoint, rebuilt in PyTorch, for other programs to score.

Not a script: those beside it import it.
"""

import json
import math
import struct

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

MAPS = {
    "q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output",
    "gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down",
}
BLOCKS = {"q_proj": "self_attn", "k_proj": "self_attn", "v_proj": "self_attn", "o_proj": "self_attn"}


class GGUF:
    """As much of the format as the task's base model uses."""

    def __init__(self, data):
        self.data, self.at = data, 4
        _, tensor_count, entry_count = self.take("<IQQ")
        self.metadata = {}
        for _ in range(entry_count):
            key = self.text()
            self.metadata[key] = self.value(self.take("<I")[0])
        infos = []
        for _ in range(tensor_count):
            name, rank = self.text(), self.take("<I")[0]
            shape = self.take(f"<{rank}Q")[::-1]
            infos.append((name, shape, *self.take("<IQ")))
        start = (self.at + 31) // 32 * 32
        self.tensors = {}
        for name, shape, kind, offset in infos:
            values = np.frombuffer(
                data, {0: "<f4", 1: "<f2"}[kind], math.prod(shape), start + offset)
            self.tensors[name] = torch.tensor(values.astype(np.float32).reshape(shape))

    def take(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values

    def text(self):
        length = self.take("<Q")[0]
        self.at += length
        return self.data[self.at - length:self.at].decode()

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            inner, count = self.take("<IQ")
            return [self.value(inner) for _ in range(count)]
        return self.take({4: "<I", 5: "<i", 6: "<f"}[kind])[0]


def read_safetensors(path):
    data = open(path, "rb").read()
    length = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:8 + length])
    arrays = {}
    for name, entry in header.items():
        start = 8 + length + entry["data_offsets"][0]
        values = np.frombuffer(data, "<f4", math.prod(entry["shape"]), start)
        arrays[name] = torch.tensor(values.reshape(entry["shape"]).copy())
    return arrays


class AdaptedLinear(nn.Module):
    def __init__(self, weight, down, up, scale):
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.lora_A = nn.Linear(down.shape[1], down.shape[0], bias=False)
        self.lora_B = nn.Linear(up.shape[1], up.shape[0], bias=False)
        self.lora_A.weight.data = down
        self.lora_B.weight.data = up
        self.scale = scale

    def forward(self, x):
        return F.linear(x, self.weight) + self.lora_B(self.scale * self.lora_A(x))


class Layer(nn.Module):
    def __init__(self, file, adapter, number, scale, heads):
        super().__init__()
        self.heads = heads
        for name, stored in MAPS.items():
            weight = file.tensors[f"blk.{number}.{stored}.weight"]
            if name in ("q_proj", "k_proj"):
                # Files interleave the halves of a head.
                weight = weight.reshape(heads, -1, 2, weight.shape[1]).transpose(1, 2)
                weight = weight.reshape(-1, weight.shape[-1]).clone()
            place = f"base_model.model.model.layers.{number}.{BLOCKS.get(name, 'mlp')}.{name}"
            setattr(self, name, AdaptedLinear(
                weight, adapter[f"{place}.lora_A.weight"], adapter[f"{place}.lora_B.weight"],
                scale))
        for name in ("attn_norm", "ffn_norm"):
            self.register_buffer(name, file.tensors[f"blk.{number}.{name}.weight"])

    def forward(self, x, rotation, epsilon):
        count, length, width = x.shape
        state = F.rms_norm(x, (width,), self.attn_norm, epsilon)

        def split(y):
            return y.reshape(count, length, self.heads, -1).transpose(1, 2)

        def rotated(y):
            first, second = y.chunk(2, -1)
            cosine, sine = rotation
            return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1)

        mixed = F.scaled_dot_product_attention(
            rotated(split(self.q_proj(state))), rotated(split(self.k_proj(state))),
            split(self.v_proj(state)), is_causal=True)
        x = x + self.o_proj(mixed.transpose(1, 2).reshape(count, length, width))
        state = F.rms_norm(x, (width,), self.ffn_norm, epsilon)
        return x + self.down_proj(F.silu(self.gate_proj(state)) * self.up_proj(state))


class ByteModel(nn.Module):
    def __init__(self, file, adapter, settings):
        super().__init__()
        known = file.metadata
        self.epsilon = known["llama.attention.layer_norm_rms_epsilon"]
        heads = known["llama.attention.head_count"]
        self.register_buffer("embedding", file.tensors["token_embd.weight"])
        self.register_buffer("norm", file.tensors["output_norm.weight"])
        self.layers = nn.ModuleList(
            Layer(file, adapter, number, settings["lora_alpha"] / settings["r"], heads)
            for number in range(known["llama.block_count"]))
        half = known["llama.embedding_length"] // heads // 2
        rates = known["llama.rope.freq_base"] ** (-torch.arange(half) / half)
        angles = torch.arange(known["llama.context_length"])[:, None] * rates
        self.register_buffer("cosine", angles.cos())
        self.register_buffer("sine", angles.sin())

    def forward(self, tokens):
        x = self.embedding[tokens]
        rotation = (self.cosine[:tokens.shape[1]], self.sine[:tokens.shape[1]])
        for layer in self.layers:
            x = layer(x, rotation, self.epsilon)
        return F.rms_norm(x, (x.shape[-1],), self.norm, self.epsilon) @ self.embedding.T


def load(folder):
    """The model, its training documents and its queries, all of one length.

    Only the adapter is trained. Fails unless the losses are those that the trainer measured.
    """
    file = GGUF(open(f"{folder}/base.gguf", "rb").read())
    settings = json.load(open(f"{folder}/adapter/adapter_config.json"))
    adapter = read_safetensors(f"{folder}/adapter/adapter_model.safetensors")
    model = ByteModel(file, adapter, settings)
    contributors = json.load(open(f"{folder}/documents.json"))["contributors"]

    def examples(key):
        return [torch.tensor(list(text.encode())) for one in contributors for text in one[key]]

    training, queries = examples("documents"), examples("heldOut")
    first = json.loads(open(f"{folder}/losses.jsonl").readline())
    assert first["kind"] == "full" and first["seed"] == 0, "the first line is another training"
    with torch.no_grad():
        rows = torch.stack(queries)
        losses = F.cross_entropy(
            model(rows[:, :-1]).transpose(1, 2), rows[:, 1:], reduction="none").mean(1)
    worst = (losses - torch.tensor(first["losses"])).abs().max().item()
    assert worst < 1e-3, f"losses differ by {worst}"
    print(f"losses agree within {worst:.1e}")
    return model, training, queries


def adapted(model):
    """The names of the adapter's linear maps."""
    return [name for name, _ in model.named_modules() if name.split(".")[-1].startswith("lora_")]


def write(output, name, scores):
    """Keeps scores by query, then by document."""
    with open(output, "w") as out:
        json.dump({"name": name, "scores": scores.float().tolist()}, out)
    print(f"wrote {output}")
