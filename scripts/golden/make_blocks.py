#!/usr/bin/env python3
"""Writes a row of 512 weights in every storage format, and what `gguf` makes of it.

    python3 -m venv VENV && VENV/bin/pip install -r requirements.txt
    VENV/bin/python make_blocks.py OUTPUT_FOLDER

The bytes are drawn; scales, wherever a format keeps them, are halves between 1/64 and 1/16.
"""
import json
import sys
from pathlib import Path

import numpy
from gguf import GGMLQuantizationType as Format
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

# Where a block keeps its halves.
SCALES = {
    Format.Q4_0: [0], Format.Q4_1: [0, 2], Format.Q5_0: [0], Format.Q5_1: [0, 2], Format.Q8_0: [0],
    Format.Q2_K: [80, 82], Format.Q3_K: [108], Format.Q4_K: [0, 2], Format.Q5_K: [0, 2],
    Format.Q6_K: [208], Format.IQ4_NL: [0], Format.IQ4_XS: [0], Format.BF16: [],
}
COLUMNS = 512


def main(output):
    random = numpy.random.default_rng(7)
    cases = []
    for kind, places in SCALES.items():
        columns, size = GGML_QUANT_SIZES[kind]
        blocks = random.integers(0, 256, (COLUMNS // columns, size), dtype=numpy.uint8)
        if kind == Format.BF16:
            values = random.standard_normal(COLUMNS).astype(numpy.float32)
            blocks = (values.view(numpy.uint32) >> 16).astype(numpy.uint16).view(numpy.uint8)
        for place in places:
            scales = random.uniform(1 / 64, 1 / 16, len(blocks)).astype(numpy.float16)
            blocks[:, place:place + 2] = scales.view(numpy.uint8).reshape(-1, 2)
        row = blocks.reshape(1, -1)
        values = dequantize(row, kind).reshape(-1)
        cases.append({
            "name": kind.name, "format": int(kind), "bytes": row.reshape(-1).tobytes().hex(),
            "values": [float(f"{value:.7g}") for value in values],
        })
    Path(output, "blocks.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main(*sys.argv[1:])
