#!/usr/bin/env python3
"""Writes the reference values of the sentence encoder's tests from independent implementations.

    python3 -m venv VENV && VENV/bin/pip install -r requirements.txt
    VENV/bin/python make_sentences.py FOLDER_OF_THE_MODEL OUTPUT_FOLDER

Tokens: the `tokenizers` library with BERT's rules over the model's `vocab.txt`, without control
tokens in texts. Vectors: `transformers`' BERT on PyTorch, CPU, fp32, one text at a time; mean over
the tokens, then length one.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel

TEXTS = [
    "", " ", "a", "Hello, world!", "The quick brown fox jumps over the lazy dog.",
    "A fast auburn fox leapt across a sleepy hound.", "Stock markets fell sharply on Monday.",
    "What is the code word of box 37?", "The code word of box 37 is apple.",
    "How do I reverse a linked list?", "Walk the list and point every node at the one before it.",
    "naïve café résumé Ångström e\u0301", "Größe straße İstanbul ΣΊΣΥΦΟΣ ǅ ﬁne", "Привет, мир!", "你好,世界 abc漢字def", "こんにちは世界",
    "안녕하세요", "مرحبا بالعالم", "שָׁלוֹם", "नमस्ते दुनिया", "😀 👩‍👩‍👧‍👦 🇨🇭", "a\u00a0b\u2003c\u3000d\u200be\u0085f",
    "tab\tand\nline\r\nbreaks\u0001\u007f\u0000gone", "\ufffd replaced \ufeff", "[CLS] [SEP] [UNK] [PAD] ##ing [MASK]",
    "x² + y² = z², ½ Ⅷ ٣", "$1,234.56 €99 £5 ¥100 50% a_b#c^d`e|f~g", "“curly” ‘quotes’ — … « » ¿? ¡!", "don't can't won't it's",
    "https://example.org/a?b=c&d=e#f user@example.org", "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "x" * 100, "x" * 101, "word " * 300, "\U00020000\U0002b920 rare \U0001d400", "ａｂｃ１２３ ｶﾀｶﾅ",
    "def f(x):\n    return x * 2\n", "Les sanglots longs des violons de l'automne",
    "Proof of attribution pays those whose data taught the model.", "unaffable", "\u0378unassigned\ue000private",
]
LONGEST = 256


def main(folder, output):
    torch.set_num_threads(1)
    folder = Path(folder)
    vocabulary = {w: i for i, w in enumerate((folder / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1])}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()

    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
        intermediate_size=1536, max_position_embeddings=512, layer_norm_eps=1e-12, hidden_act="gelu")
    config._attn_implementation = "eager"
    model = BertModel(config, add_pooling_layer=False).float().eval()
    state = {k: v for k, v in load_file(folder / "model.safetensors").items()
             if not k.startswith("pooler.") and k != "embeddings.position_ids"}
    model.load_state_dict(state, strict=True)

    rows = []
    for text in TEXTS:
        ids = [vocabulary["[CLS]"], *tokenizer.encode(text).ids[:LONGEST - 2], vocabulary["[SEP]"]]
        with torch.no_grad():
            states = model(torch.tensor([ids])).last_hidden_state[0]
        vector = torch.nn.functional.normalize(states.mean(0), dim=0)
        rows.append({"text": text, "tokens": ids, "vector": [round(float(v), 6) for v in vector]})
    (Path(output) / "sentences.json").write_text(
        json.dumps(rows, ensure_ascii=True, separators=(",", ":")).replace("},{", "},\n{") + "\n")


main(*sys.argv[1:])
