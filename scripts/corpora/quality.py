"""Writes the Datanet of the attribution benchmark on SmolLM2 (benchmarks/attribution-smollm2).

Twelve contributors of short questions and answers, and held-out ones of each about other terms. Every
choice is by SHA-256 of a name, as in the story.

Usage: quality.py RAW_FOLDER WORDNET_SHARE DOCUMENTS_FILE
"""

import json
import re
import sys

import domains
import sources
from sources import Entry
from story import key, rank

TRAINED, HELD_OUT = 25, 4
LONGEST_RECORD = 75  # Bytes of question and answer: about 20 tokens.
FEWEST_WORDS, MOST_WORDS = 2, 8  # Of an answer.

# WordNet's lexicographer files, and how their entries are asked about.
WORD_FILES = {
    "foods": (13, "What food is {}?"),
    "bodies": (8, "What part of a body is {}?"),
    "people": (18, "Who is called {}?"),
    "feelings": (12, "What feeling is {}?"),
    "nature": (19, "What happens in {}?"),
    "groups": (14, "Who or what are {}?"),
}


def words(number):
    def entries(raw, share):
        synsets, uncommon = sources.wordnet(share)
        for synset in synsets.values():
            lemma = synset.lemmas[0]
            gloss = re.split(r"[;(]", synset.gloss)[0].strip()
            named = re.fullmatch(r"[a-z]{4,12}", lemma) and lemma in uncommon
            if synset.file == number and named and re.fullmatch(r"[a-z ,'-]+", gloss):
                yield Entry(lemma, gloss)

    return entries


def codes(raw, share):
    """The diagnoses the other way round, of the chapters that the diagnoses leave out."""
    for entry in sources.icd(raw):
        plain = re.fullmatch(r"[A-Za-z' -]+", entry.fact)
        if entry.term[0] in "QRST" and plain and len(entry.fact) < 40:
            yield Entry(entry.fact, f"code {entry.term}", entry.term[:3])


def of(domain, question):
    (found,) = [each for each in domains.DOMAINS if each.name == domain]
    return found.entries, question


KINDS = {
    "computing": of("computing", "In computing, what is {}?"),
    "diagnoses": of("diagnoses", "Diagnosis {}?"),
    "acronyms": of("acronyms", "What does {} stand for?"),
    "wildlife": of("wildlife", "What kind of living thing is a {}?"),
    "codes": (codes, "Which code has {}?"),
    "words": of("words", 'Define "{}".'),
    **{name: (words(number), question) for name, (number, question) in WORD_FILES.items()},
}
SOURCES = {"computing": "FOLDOC", "diagnoses": "ICD-10-CM", "codes": "ICD-10-CM", "acronyms": "VERA"}


def chosen(name, raw, share, taken):
    entries, question = KINDS[name]
    picked, categories = [], set()
    for entry in sorted(entries(raw, share), key=lambda entry: rank("quality", name, entry.term)):
        asked = question.format(entry.term)
        fits = FEWEST_WORDS <= len(entry.fact.split()) <= MOST_WORDS
        short = len(asked) + len(entry.fact) <= LONGEST_RECORD
        welcome = not domains.UNWELCOME.search(entry.term + " " + entry.fact)
        names = {key(entry.term), key(entry.fact)}
        # One code a category: the neighbours of a trained code are not unseen.
        crowded = SOURCES.get(name) == "ICD-10-CM" and entry.kind in categories
        if fits and short and welcome and not crowded and not names & taken:
            taken |= names
            categories.add(entry.kind)
            picked.append(f"{asked}\t{entry.fact}")
            if len(picked) == TRAINED + HELD_OUT:
                return picked
    raise SystemExit(f"{name}: {len(picked)} fitting entries, {TRAINED + HELD_OUT} needed")


def main(raw, share, output):
    taken = set()
    contributors = []
    for name in KINDS:
        picked = chosen(name, raw, share, taken)
        contributors.append({
            "name": name, "source": SOURCES.get(name, "WordNet"),
            "documents": picked[:TRAINED], "heldOut": picked[TRAINED:],
        })  # fmt: skip
    with open(output, "w", encoding="ascii") as file:
        json.dump({"contributors": contributors}, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])
