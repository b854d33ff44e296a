"""Readers for the text packages: each yields plain entries, cleaned but not yet chosen."""

import glob
import gzip
import os
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A headword with one short fact about it."""

    term: str
    fact: str
    kind: str = ""


def foldoc(raw):
    """FOLDOC: headwords at the margin, indented text, optionally a <subject> before it."""
    text = _dictionary(raw, "dict-foldoc", "foldoc")
    blocks = re.split(r"\n(?=\S)", text)
    margins = [block.split("\n")[0] for block in blocks]
    for index, block in enumerate(blocks):
        term, _, body = block.partition("\n")
        # A margin line right before this one is an alternative headword of the same article.
        alternative = index > 0 and "\n" not in blocks[index - 1] and margins[index - 1] != ""
        if alternative or not body.strip():
            continue
        words = " ".join(body.split())
        match = re.match(r"<([a-z, ]+)> (.*)", words)
        if not match:
            continue
        subject, article = match.groups()
        article = re.sub(r"[{}]", "", article)
        sentence = re.match(r"(.+?)\.(?= |$)", article)
        if sentence:
            yield Entry(term.strip(), sentence.group(1), subject)


def vera(raw):
    """VERA: acronyms at the margin, each followed by one indented expansion with its context."""
    text = _dictionary(raw, "dict-vera", "vera")
    # A long expansion goes on at the margin, right before the line of blanks that ends an entry.
    article = r"^(\S[^\n]*)\n((?: +[^\n]*\n(?:\S[^\n]*\n(?= *\n))?)+)"
    for term, body in re.findall(article, text, re.M):
        expansion = " ".join(body.split())
        expansion, _, context = expansion.partition(" (")
        yield Entry(term.strip(), expansion, context.rstrip(")"))


def icd(raw):
    """ICD-10-CM: every code without further subdivision, with its description and category."""
    folder = os.path.join(raw, "simple-icd-10-cm", "simple_icd_10_cm", "data")
    (path,) = glob.glob(os.path.join(folder, "icd10c-tabular-*.xml"))
    for diagnosis in ElementTree.parse(path).iter("diag"):
        if diagnosis.find("diag") is None and diagnosis.find("sevenChrDef") is None:
            code = diagnosis.findtext("name")
            yield Entry(code, " ".join(diagnosis.findtext("desc").split()), code[:3])


@dataclass(frozen=True)
class Synset:
    """A WordNet noun sense: its words, its lexicographer file, its gloss, the senses above it."""

    lemmas: tuple
    file: int
    gloss: str
    above: tuple


def wordnet(share):
    """WordNet's noun senses by offset, and the nouns of one sense that no tagged text contains."""
    synsets = {}
    for line in _lines(share, "data.noun"):
        fields, _, gloss = line.partition(" | ")
        parts = fields.split()
        count = int(parts[3], 16)
        lemmas = tuple(word.replace("_", " ") for word in parts[4 : 4 + 2 * count : 2])
        pointers = parts[5 + 2 * count :]
        above = tuple(
            pointers[at + 1] for at in range(0, len(pointers), 4) if pointers[at] == "@"
        )
        synsets[parts[0]] = Synset(lemmas, int(parts[1]), gloss.strip(), above)
    uncommon = set()
    for line in _lines(share, "index.noun"):
        parts = line.split()
        pointers = int(parts[3])
        senses, tagged = int(parts[2]), int(parts[5 + pointers])
        if senses == 1 and tagged == 0:
            uncommon.add(parts[0].replace("_", " "))
    return synsets, uncommon


def versions(raw, share):
    """The version each package states about itself."""
    pattern = os.path.join(raw, "simple-icd-10-cm", "simple_icd_10_cm-*.dist-info", "METADATA")
    (metadata,) = glob.glob(pattern)
    with open(metadata, encoding="utf-8") as file:
        icd_version = re.search(r"^Version: (\S+)", file.read(), re.M).group(1)
    return {
        "dict-foldoc": _debian_version(os.path.join(raw, "dict-foldoc/usr/share"), "dict-foldoc"),
        "dict-vera": _debian_version(os.path.join(raw, "dict-vera/usr/share"), "dict-vera"),
        "simple-icd-10-cm": icd_version,
        "wordnet-base": _debian_version(share, "wordnet-base"),
    }


def _dictionary(raw, package, name):
    path = os.path.join(raw, package, "usr/share/dictd", name + ".dict.dz")
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        return file.read()


def _lines(share, name):
    with open(os.path.join(share, "wordnet", name), encoding="utf-8") as file:
        # The licence stands at the head of each file, indented by two spaces.
        return [line for line in file if not line.startswith("  ")]


def _debian_version(share, package):
    path = os.path.join(share, "doc", package, "changelog.Debian.gz")
    try:
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
            return re.search(r"\(([^)]+)\)", file.readline()).group(1)
    except FileNotFoundError:  # Slim images drop the documentation of installed packages.
        return "unstated"
