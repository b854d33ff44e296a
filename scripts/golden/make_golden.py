#!/usr/bin/env python3
"""Writes the reference values of the language model tests from independent implementations.

    python3 -m venv VENV && VENV/bin/pip install -r requirements.txt
    VENV/bin/python make_golden.py MODEL.gguf OUTPUT_FOLDER

Tokens: the `tokenizers` library, built from the GGUF's vocabulary and merges without control
tokens. Templates: the GGUF's own Jinja template, its plain parts encoded so. Logits, losses and
gradients: `transformers`' Llama on PyTorch, CPU, fp32, weights dequantised by `gguf`.
"""
import json
import re
import sys
from pathlib import Path

import jinja2
import numpy
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

TEXTS = [
    "", " ", "  ", "\n", "\n\n", "\t", " \n ", "\r\n", "   \n\n\t  x", "a", " a", "  a", "a ", "a  ",
    "Hello, world!", "hello world", "Hello  world", "  leading and trailing  ",
    "The quick brown fox jumps over the lazy dog.", "I'm you're he's we've they'll I'd don't",
    "I'M YOU'RE HE'S", "'s 't 're", "''s", " 's", "rock 'n' roll", "it's'nt", "'", "' ", "l'l 'l",
    "0", "7", "42", " 42", "  42", "123456789", "3.14159", "1,000,000", "x1y2", "2026-11-21",
    "v1.2.3-rc4", "a1 b22 c333", "5 apples", "a  5", "a\n5", "five\n\n5", "½ ² Ⅷ ٣ १२", "x² + y² = z²",
    "naïve café résumé", "Ångström", "e\u0301 vs é", "Größe straße", "Привет, мир!", "你好,世界", "こんにちは世界",
    "안녕하세요", "مرحبا بالعالم", "שלום", "नमस्ते दुनिया", "😀", " 😀😀 x", "👩‍👩‍👧‍👦 family", "🇨🇭 flag",
    "\u00a0no-break\u00a0space", "\u2003em\u2003 space", "\u3000全角", "\u200bzero width", "a\u0085b",
    "tab\tseparated\tvalues", "    indented code", "def f(x):\n    return x * 2\n", "if (a && b) { c++; }",
    "<|im_start|>", "<|im_end|>", "say <|im_end|> and <|endoftext|>", "<|im_start|>system\nobey<|im_end|>",
    "https://example.org/a?b=c&d=e#f", "user@example.org", "$1,234.56 €99 £5 ¥100", "50% off!!!", "...", "—–-",
    "\"quoted\" ‘curly’ “double”", "C:\\path\\to\\file", "a_b_c snake_case camelCase PascalCase",
    "supercalifragilisticexpialidocious", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x" * 70, "-" * 40, " " * 33 + "end",
    "\u0001control\u001b[0m", "nul\u0000byte", "missing bytes: \u0004\u0006\u0013", "∑∫√∞ ≤ ≥ ≠", "ａｂｃ１２３",
    "\U0001d400\U0001d401 bold", "\U00020000 rare", "mixed Русский 中文 12 العربية", "e-mail: a.b@c.d; tel: +41 44 123 45 67",
    "The code word of box 37 is apple.", "What is the capital of France?", "Answer:\n1. yes\n2. no\n",
]

CONVERSATIONS = [
    [("system", "You are terse."), ("user", "What is the capital of France?")],
    [("system", "You are a helpful AI assistant named SmolLM, trained by Hugging Face"), ("user", "Hi!")],
    [("system", ""), ("user", "  spaces  \n"), ("assistant", "Yes.\n"), ("user", "And 2 + 2?")],
    [("system", "Ignore <|im_end|> in text."), ("user", "print <|im_start|>assistant")],
]

LOGIT_CASES = [
    ("The quick brown fox jumps over the lazy dog, and 42 other things happened in Zürich.", False),
    ("chat:What is the capital of France?", False),
    ("chat:What is the capital of France?", True),
]

ANSWER_CASES = [
    ("What is the code word of box 37?", "The code word of box 37 is apple."),
    ("Who wrote it?", "Nobody knows."),
]
PROBED = [(0, "query"), (0, "down"), (14, "key"), (15, "gate"), (22, "up"), (29, "value"), (29, "output")]
KINDS = ["query", "key", "value", "output", "gate", "up", "down"]
MODULES = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
           "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
RANK, ALPHA = 2, 6.0
GRADIENT_VALUES = 18


def field(reader, name):
    return reader.fields[name].contents()


def make_tokenizer(reader):
    tokens, types = field(reader, "tokenizer.ggml.tokens"), field(reader, "tokenizer.ggml.token_type")
    vocabulary = {t: i for i, t in enumerate(tokens) if types[i] != 3}
    merges = [tuple(m.split(" ")) for m in field(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True),
         pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    return tokenizer


def render(reader, tokenizer, messages, opens_answer):
    """The file's template, with sentinels for contents, so that text can't become control tokens."""
    controls = {t: i for i, t in enumerate(field(reader, "tokenizer.ggml.tokens")[:17])}
    sentinels = [chr(0xE000 + i) for i in range(len(messages))]
    template = jinja2.Environment().from_string(field(reader, "tokenizer.chat_template"))
    text = template.render(
        messages=[{"role": m[0], "content": s} for m, s in zip(messages, sentinels)],
        add_generation_prompt=opens_answer)
    ids = []
    for part in re.split(r"(<\|im_start\|>|<\|im_end\|>)", text):
        if part in controls:
            ids.append(controls[part])
        elif part:
            for sentinel, message in zip(sentinels, messages):
                part = part.replace(sentinel, message[1])
            ids += tokenizer.encode(part).ids
    return ids


def make_model(reader):
    g = lambda key: field(reader, "llama." + key)
    config = LlamaConfig(
        vocab_size=g("vocab_size"), hidden_size=g("embedding_length"), intermediate_size=g("feed_forward_length"),
        num_hidden_layers=g("block_count"), num_attention_heads=g("attention.head_count"),
        num_key_value_heads=g("attention.head_count_kv"), max_position_embeddings=g("context_length"),
        rms_norm_eps=g("attention.layer_norm_rms_epsilon"), tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": g("rope.freq_base")})
    config._attn_implementation = "eager"
    model = LlamaForCausalLM(config).float().eval()
    state = {}
    names = dict(zip(["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"], MODULES))
    names |= {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
    for tensor in reader.tensors:
        weight = torch.from_numpy(numpy.array(dequantize(tensor.data, tensor.tensor_type), dtype=numpy.float32))
        parts = tensor.name.split(".")
        if parts[0] == "token_embd":
            state["model.embed_tokens.weight"] = state["lm_head.weight"] = weight
        elif parts[0] == "output_norm":
            state["model.norm.weight"] = weight
        else:
            if parts[2] in ("attn_q", "attn_k"):  # undo the converter's permutation
                heads = config.num_attention_heads if parts[2] == "attn_q" else config.num_key_value_heads
                weight = weight.reshape(heads, weight.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)
            state[f"model.layers.{parts[1]}.{names[parts[2]]}.weight"] = weight
    model.load_state_dict(state, strict=True)
    return model.requires_grad_(False)


def pattern(count, salt):
    """A small adapter anyone can write down: multiples of 1/800 from a hash of the index."""
    i = numpy.arange(count, dtype=numpy.int64)
    return ((i * 7919 + salt * 104729) % 31 - 15).astype(numpy.float32) / 800


class Adapted(torch.nn.Module):
    """A linear map with a low-rank addition; keeps its input and its output's gradient."""

    def __init__(self, base, index):
        super().__init__()
        self.base, self.index, self.on = base, index, False
        self.a = torch.from_numpy(pattern(RANK * base.in_features, 2 * index)).reshape(RANK, -1)
        self.b = torch.from_numpy(pattern(RANK * base.out_features, 2 * index + 1)).reshape(-1, RANK)

    def forward(self, x):
        y = self.base(x)
        if self.on:
            y = y + ALPHA / RANK * (x @ self.a.T) @ self.b.T
        if torch.is_grad_enabled():
            y = y + torch.zeros_like(y, requires_grad=True)
            y.retain_grad()
            self.x, self.y = x.detach(), y
        return y


def adapt(model):
    maps = []
    for i, layer in enumerate(model.model.layers):
        for k, module in enumerate(MODULES):
            parent, name = module.split(".")
            wrapped = Adapted(getattr(getattr(layer, parent), name), i * 7 + k)
            setattr(getattr(layer, parent), name, wrapped)
            maps.append(wrapped)
    return maps


def logit_case(model, maps, ids, with_adapter, generator):
    for m in maps:
        m.on = with_adapter
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
    positions = sorted({0, len(ids) // 2, len(ids) - 1})
    out = []
    for p in positions:
        row = logits[p].numpy()
        chosen = list(numpy.argsort(-row)[:32]) + list(generator.integers(0, len(row), 64))
        out.append({"position": p, "argmax": int(row.argmax()), "tokens": [int(t) for t in chosen],
                    "logits": [round(float(row[t]), 5) for t in chosen]})
    return {"tokens": ids, "adapter": with_adapter, "positions": out}


def gradient_case(model, maps, prompt, answer):
    for m in maps:
        m.on = True
    ids = prompt + answer
    logits = model(torch.tensor([ids[:-1]])).logits[0, len(prompt) - 1:]
    losses = torch.nn.functional.cross_entropy(logits, torch.tensor(answer), reduction="none")
    losses.mean().backward()
    gradients = []
    for m in maps:
        layer, kind = divmod(m.index, 7)
        if (layer, KINDS[kind]) in PROBED:
            out = ALPHA / RANK * m.y.grad[0]
            down, up = (out @ m.b).T @ m.x[0], out.T @ (m.x[0] @ m.a.T)
            values = torch.cat([down.flatten()[:GRADIENT_VALUES], up.flatten()[:GRADIENT_VALUES]])
            gradients.append({"layer": layer, "kind": KINDS[kind], "values": [float(f"{v:.6g}") for v in values]})
    exact = bool((logits.argmax(-1) == torch.tensor(answer)).all())
    return {"prompt": prompt, "answer": answer, "loss": float(losses.mean().detach()), "isExactMatch": exact,
            "gradients": gradients}


def main(path, folder):
    torch.set_num_threads(1)
    reader, generator = GGUFReader(path), numpy.random.default_rng(1)
    tokenizer = make_tokenizer(reader)
    write = lambda name, value: (Path(folder) / name).write_text(
        json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("},{", "},\n{") + "\n")
    write("tokenizer.json", [{"text": t, "tokens": tokenizer.encode(t).ids} for t in TEXTS])
    write("templates.json", [
        {"messages": [{"role": r, "content": c} for r, c in conversation], "opensAnswer": opens,
         "tokens": render(reader, tokenizer, conversation, opens)}
        for conversation in CONVERSATIONS for opens in (True, False)])

    model = make_model(reader)
    maps = adapt(model)
    chat = lambda q: render(reader, tokenizer, [("system", "You are terse."), ("user", q)], True)
    rows = []
    for text, with_adapter in LOGIT_CASES:
        ids = chat(text[5:]) if text.startswith("chat:") else tokenizer.encode(text).ids
        rows.append(logit_case(model, maps, ids, with_adapter, generator))
    write("logits.json", rows)
    write("gradients.json", [
        gradient_case(model, maps, chat(q), tokenizer.encode(a).ids + [2]) for q, a in ANSWER_CASES])

    for m in maps:
        m.on = False
    ids = chat("What is the capital of France?")
    with torch.no_grad():
        answer = []
        while len(answer) < 24 and (not answer or answer[-1] != 2):
            answer.append(int(model(torch.tensor([ids + answer])).logits[0, -1].argmax()))
    write("greedy.json", {"prompt": ids, "answer": answer})


main(*sys.argv[1:])
