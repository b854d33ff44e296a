"""Prints the table of Sources/AttributionRules/Spans/SurprisalTable.swift.

Counts pairs of neighbouring bytes, by class, in the text packages that setup unpacked:

    python3 -B scripts/surprisal/make_table.py

The table is fixed: a new count would be a new model, with another digest in docs/spec/spans.md.
"""

import math
import os
import sys

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(root, "scripts", "corpora"))
import sources  # noqa: E402 (the path above is needed)

CLASSES = 33
UNITS_A_BIT = 16


def class_of(byte):
    """Layout, space, digit, full stop, comma, other ASCII, above ASCII, then the letters."""
    if byte < 32 or byte == 127:
        return 0
    if byte == 32:
        return 1
    if 48 <= byte <= 57:
        return 2
    if byte == ord("."):
        return 3
    if byte == ord(","):
        return 4
    if byte > 127:
        return 6
    letter = byte | 32
    return letter - 97 + 7 if 97 <= letter <= 122 else 5


def texts():
    raw = os.path.join(root, ".deps", "corpora", "raw")
    for article in sources._dictionary(raw, "dict-foldoc", "foldoc").split("\n\n"):
        yield " ".join(article.split())
    synsets, _ = sources.wordnet(os.path.join(raw, "wordnet-base", "usr", "share"))
    for offset in sorted(synsets):
        yield synsets[offset].gloss
    for entry in sources.icd(raw):
        yield entry.fact


def main():
    classes = [class_of(byte) for byte in range(256)]
    counts = [[0] * CLASSES for _ in range(CLASSES)]
    for text in texts():
        previous = 0
        for byte in text.encode() + b"\n":
            counts[previous][classes[byte]] += 1
            previous = classes[byte]
    for row in counts:
        total = sum(row) + CLASSES
        costs = [round(UNITS_A_BIT * math.log2(total / (count + 1))) for count in row]
        print('    "' + "".join("%02x" % min(max(cost, 1), 255) for cost in costs) + '",')


if __name__ == "__main__":
    main()
