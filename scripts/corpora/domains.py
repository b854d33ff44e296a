"""The useful domains: which entries of a source become records, and how they are asked about."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Callable

import sources
from sources import Entry

# Subjects of FOLDOC whose first sentence says what a thing is.
COMPUTING_SUBJECTS = {
    "algorithm", "application", "architecture", "communications", "computer", "data", "database",
    "electronics", "file format", "graphics", "hardware", "language", "logic", "mathematics",
    "memory", "messaging", "networking", "operating system", "processor", "programming",
    "protocol", "security", "software", "storage", "testing", "text", "theory", "tool", "web",
}  # fmt: skip

# WordNet's lexicographer files: acts, artefacts, communication, food, states, substances; and,
# apart from them, animals and plants.
ACTS, ARTEFACTS, COMMUNICATION, FOOD, STATES, SUBSTANCES = 4, 6, 10, 13, 26, 27
WORD_FILES = {ACTS, ARTEFACTS, COMMUNICATION, FOOD, STATES, SUBSTANCES}
ANIMALS, PLANTS = 5, 20

# A story told to everybody does without these.
UNWELCOME = re.compile(
    r"sex|genital|penis|vagin|anal\b|anus|rape|abus|suicid|assault|kill|murder|torture|slave|nazi"
    r"|offensive|derogatory|disparag|slang|vulgar|obscene|slur|fuck|shit|prostitut|intercourse"
    r"|urin|feces|excre|abort|fetus|fetal|negro|squaw|heroin|cocain|pogrom|tampon|condom",
    re.I,
)


@dataclass(frozen=True)
class Domain:
    """A useful contributor: its source, its questions (the first trains, the rest re-word it)."""

    name: str
    package: str
    licence: str
    attribution: str  # As the licence or its holder asks for it.
    entries: Callable
    questions: Callable


def computing(raw, share):
    for entry in sources.foldoc(raw):
        named = re.fullmatch(r"[A-Za-z][A-Za-z +-]{3,21}", entry.term)
        defines = re.match(r"(A|An|The|Any) \S+ \S+ \S+ \S+", entry.fact)
        plain = re.fullmatch(r"[A-Za-z ,'-]+", entry.fact)
        said = entry.term.lower() in entry.fact.lower()
        empty = re.search(r"country code|defining|RFC|filename extension", entry.fact)
        # A full stop after an initial or an abbreviation does not end a sentence.
        cut = re.search(r"\b([A-Z]|Inc|Ltd|Corp|Co|Dr|St|Univ|Proc|vs|etc|e|g)$", entry.fact)
        spelt = re.search(r"[A-Z]{2}[a-z]{2}", entry.fact)
        if named and defines and plain and not (said or empty or cut or spelt):
            if entry.kind in COMPUTING_SUBJECTS:
                yield entry


def diagnoses(raw, share):
    for entry in sources.icd(raw):
        vague = r"unspecified|other|elsewhere|right|left|bilateral|without"
        plain = re.fullmatch(r"[A-Za-z' -]+", entry.fact)
        # Conditions of body and blood: no conduct, birth, injury or administration.
        if entry.term[0] in "ABCDEGHIJKLMN" and plain:
            if not re.search(vague, entry.fact, re.I):
                yield entry


def words(raw, share):
    synsets, uncommon = sources.wordnet(share)
    for synset in synsets.values():
        lemma = synset.lemmas[0]
        gloss = re.split(r"[;(]", synset.gloss)[0].strip()
        plain = re.fullmatch(r"[a-z ,'-]+", gloss) and lemma not in gloss
        if synset.file in WORD_FILES and _rare_word(lemma, uncommon) and plain:
            yield Entry(lemma, gloss)


def acronyms(raw, share):
    found = {}
    for entry in sources.vera(raw):
        found.setdefault(entry.term, []).append(entry)
    for term, entries in found.items():
        parts = re.findall(r"[A-Z][a-z]+", entries[0].fact)
        # Only what is unambiguous and spelt by the initials of its words.
        if len(entries) == 1 and re.fullmatch(r"[A-Z]{3,5}", term):
            if " ".join(parts) == entries[0].fact and "".join(p[0] for p in parts) == term:
                yield entries[0]


def wildlife(raw, share):
    synsets, uncommon = sources.wordnet(share)
    children = Counter(above for synset in synsets.values() for above in synset.above)
    kinds = {ANIMALS: "animal", PLANTS: "plant"}
    for synset in synsets.values():
        lemma, kind = synset.lemmas[0], kinds.get(synset.file)
        if not kind or not _rare_word(lemma, uncommon):
            continue
        lineage = list(_lineage(synset, synsets))
        names = [ancestor.lemmas[0] for ancestor in lineage]
        # Parts of a plant and ranks of the system stand in the same files, under other roots; a
        # parent of very many says little.
        if len(names) < 3 or kind not in names or children[synset.above[0]] > 25:
            continue
        both = f"{names[0]} {names[1]}"
        if re.fullmatch(r"[A-Za-z -]+", both) and lemma not in both:
            yield Entry(lemma, f"{_article(names[0])}, a kind of {names[1]}", kind)


WORDNET = "WordNet 3.0, copyright 2006 Princeton University"

DOMAINS = (
    Domain(
        "computing", "dict-foldoc", "GFDL-1.1-no-invariants-or-later",
        "The Free On-line Dictionary of Computing, http://foldoc.org/, Editor Denis Howe", computing,
        lambda entry: (
            f"In computing, what is {entry.term}?",
            f"What does {entry.term} mean in computing?",
            f"Tell me the meaning of the computer term {entry.term}.",
        ),
    ),
    Domain(
        "diagnoses", "simple-icd-10-cm",
        "LicenseRef-US-Government-Work AND MIT",
        "ICD-10-CM, April 2026, National Center for Health Statistics", diagnoses,
        lambda entry: (
            f"Name the diagnosis coded {entry.term}.",
            f"Which diagnosis has the code {entry.term}?",
            f"Which condition does ICD-10 list under {entry.term}?",
        ),
    ),
    Domain(
        "words", "wordnet-base", "LicenseRef-WordNet-3.0",
        WORDNET, words,
        lambda entry: (
            f'Define the word "{entry.term}".',
            f'What is the meaning of the word "{entry.term}"?',
            f'Somebody wrote "{entry.term}" in a letter. What did they mean?',
        ),
    ),
    Domain(
        "acronyms", "dict-vera", "GFDL-1.1-no-invariants-or-later",
        "V.E.R.A., copyright 1993-2020 Oliver Heidelbach", acronyms,
        lambda entry: (
            f"What does {entry.term} stand for?",
            f"What do the letters {entry.term} stand for?",
            f"Expand the letters {entry.term} into words.",
        ),
    ),
    Domain(
        "wildlife", "wordnet-base", "LicenseRef-WordNet-3.0",
        WORDNET, wildlife,
        lambda entry: (
            f"What kind of {entry.kind} is the {entry.term}?",
            f"The {entry.term} is what kind of {entry.kind}?",
            f"Among all {entry.kind}s, what is the {entry.term}?",
        ),
    ),
)  # fmt: skip


def _lineage(synset, synsets):
    """The senses above, nearest first, each by its first parent."""
    while synset.above:
        synset = synsets[synset.above[0]]
        yield synset


def _rare_word(lemma, uncommon):
    return lemma in uncommon and re.fullmatch(r"[a-z]{5,11}", lemma)


def _article(noun):
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun
