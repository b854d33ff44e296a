"""Prints Sources/CBackground/texts.inc: what stands in public more than ten times.

    python3 -B scripts/background/make_texts.py > Sources/CBackground/texts.inc

Three sources, all of them public: the licences that Debian ships for everybody
(/usr/share/common-licenses), whole, as they are and with their lines joined; the copyright files
of the Debian packages that are installed (/usr/share/doc), counted by file; and the text packages
that setup unpacked, counted by place. What names an address is left out of the copyright files.

Like the surprisal table the texts are fixed: a new count would be a new background, with another
digest in docs/spec/spans.md.
"""

import glob
import os
import sys

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(root, "scripts", "corpora"))
import sources  # noqa: E402 (the path above is needed)

RUN = 16
COUNT = 10


def licences():
    for path in sorted(glob.glob("/usr/share/common-licenses/*")):
        if not os.path.islink(path):
            with open(path, encoding="utf-8", errors="ignore") as file:
                yield file.read()


def copyright_files():
    texts = set()
    for path in glob.glob("/usr/share/doc/*/copyright"):
        with open(path, encoding="utf-8", errors="ignore") as file:
            lines = file.read().split("\n")
        texts.add("\n".join(line for line in lines if "@" not in line))
    return sorted(texts)


def dictionaries():
    raw = os.path.join(root, ".deps", "corpora", "raw")
    for package, name in [("dict-foldoc", "foldoc"), ("dict-vera", "vera")]:
        for article in sources._dictionary(raw, package, name).split("\n\n"):
            yield " ".join(article.split())
    synsets, _ = sources.wordnet(os.path.join(raw, "wordnet-base", "usr", "share"))
    for offset in sorted(synsets):
        yield synsets[offset].gloss
    for entry in sources.icd(raw):
        yield entry.fact


def joined(texts):
    """Each paragraph on one line, without the marks that comments begin with."""
    for text in texts:
        for paragraph in text.split("\n\n"):
            words = [word for word in paragraph.split() if word not in ("#", "*", "//", ".")]
            if words:
                yield " ".join(words)


def runs(text):
    return (text[start : start + RUN] for start in range(len(text) - RUN + 1))


def counted(texts, by_text):
    counts = {}
    for text in texts:
        found = runs(text.encode())
        for run in set(found) if by_text else found:
            counts[run] = counts.get(run, 0) + 1
    return {run for run, count in counts.items() if count > COUNT}


def pieces(texts, common, written):
    """The parts of texts in which every run is common, without long ones that were written before."""
    for text in texts:
        text = text.encode()
        start = last = None
        for place in range(len(text) - RUN + 2):
            run = text[place : place + RUN]
            is_common = len(run) == RUN and run in common
            if start is not None and (not is_common or place - last > RUN):
                yield text[start : last + RUN]
                start = None
            if is_common and run not in written:
                written.add(run)
                start, last = place if start is None else start, place


def literal(piece):
    """A line of C: three digits for what is not plain, so that no digit behind it is taken in."""
    plain = {byte for byte in range(32, 127)} - {ord('"'), ord("\\"), ord("?")}
    escapes = {ord("\n"): "\\n", ord('"'): '\\"', ord("\\"): "\\\\"}
    return "".join(
        chr(byte) if byte in plain else escapes.get(byte, "\\%03o" % byte) for byte in piece
    )


def main():
    whole = list(licences())
    whole += list(joined(whole))
    files = copyright_files()
    joined_files = [" \n".join(joined([text])) for text in files]
    words = list(dictionaries())
    common = {run for text in whole for run in runs(text.encode())}
    for texts, by_text in [(files, True), (joined_files, True), (words, False)]:
        common |= counted(texts, by_text)
    written = set()
    for texts in (whole, files, joined_files, words):
        for piece in pieces(texts, common, written):
            print(f'"{literal(piece)}\\377"')
    print(f"{len(written)} runs", file=sys.stderr)


if __name__ == "__main__":
    main()
