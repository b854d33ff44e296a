"""Writes the story's contributors and held-out sets; the same inputs give the same bytes.

Every choice is by SHA-256 of a name, never by a random number: the set of records is a function
of the packages and of these scripts alone.
"""

import argparse
import hashlib
import json
import os
import re

import domains
import sources

TRAINED = 24  # Records a contributor offers for training.
DECOYS = 72  # Further records of a domain, kept out of training: the floor is drawn from them.
SPARE = 6  # Records a domain lends to the junk contributor's shuffled answers.
UNSEEN = 24  # Held-out records of a domain, about terms nobody trained on.

LONGEST_RECORD = 120  # Bytes of question and answer: about 35 tokens, so a chat fits in 64.
FEWEST_WORDS, MOST_WORDS = 3, 12  # Of an answer.


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("raw", "wordnet", "out"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()

    taken = set()  # Headwords and answers used so far, over all domains.
    chosen = {d.name: choose(d, options.raw, options.wordnet, taken) for d in domains.DOMAINS}
    files = {}
    spare, unseen, reworded = [], [], []
    for domain in domains.DOMAINS:
        picked = chosen[domain.name]
        offered = TRAINED + DECOYS
        files[domain.name] = [record(domain, entry) for entry in picked[:offered]]
        spare.append([record(domain, entry) for entry in picked[offered : offered + SPARE]])
        unseen += [heldout(domain, entry, 0) for entry in picked[offered + SPARE :]]
        for entry in picked[:TRAINED]:
            wordings = len(domain.questions(entry))
            reworded += [heldout(domain, entry, wording) for wording in range(1, wordings)]
    files["junk"] = junk(spare, options.wordnet, taken)
    files["copier"] = copies(files["computing"][:TRAINED])
    files["heldout-unseen"] = unseen
    files["heldout-reworded"] = reworded

    for name, records in files.items():
        with open(os.path.join(options.out, name + ".jsonl"), "w", encoding="ascii") as file:
            file.writelines(json.dumps(each) + "\n" for each in records)
    with open(os.path.join(options.out, "licences.json"), "w", encoding="ascii") as file:
        versions = sources.versions(options.raw, options.wordnet)
        json.dump(licences(versions), file, indent=2)
        file.write("\n")


def choose(domain, raw, share, taken):
    """The domain's entries in the order of their digests: fitting, distinct, as many as needed."""
    needed = TRAINED + DECOYS + SPARE + UNSEEN
    entries = sorted(domain.entries(raw, share), key=lambda entry: rank(domain.name, entry.term))
    picked, categories = [], set()
    for entry in entries:
        length = len(record(domain, entry)["question"]) + len(entry.fact)
        fits = FEWEST_WORDS <= len(entry.fact.split()) <= MOST_WORDS and length <= LONGEST_RECORD
        welcome = not domains.UNWELCOME.search(entry.term + " " + entry.fact)
        names = {key(entry.term), key(entry.fact)}
        # One code a category: the neighbours of a trained code are not unseen.
        crowded = domain.name == "diagnoses" and entry.kind in categories
        if fits and welcome and not crowded and not names & taken:
            taken |= names
            categories.add(entry.kind)
            picked.append(entry)
            if len(picked) == needed:
                return picked
    raise SystemExit(f"{domain.name}: {len(picked)} fitting entries, {needed} needed")


def record(domain, entry, wording=0):
    question = domain.questions(entry)[wording]
    return {"term": entry.term, "question": question, "answer": entry.fact}


def heldout(domain, entry, wording):
    return {"contributor": domain.name, **record(domain, entry, wording)}


def junk(spare, share, taken):
    """Half questions with another domain's answer, half words drawn without any sense."""
    shuffled = []
    for at in range(TRAINED // 2):
        here, there = at % len(spare), (at + 1 + at // len(spare)) % len(spare)
        asked, answer = spare[here][at // len(spare)], spare[there][SPARE - 1 - at // len(spare)]
        shuffled.append({**asked, "answer": answer["answer"]})

    bag = sorted(things(share) - taken, key=lambda word: rank("junk", word))
    noise = []
    for at in range(TRAINED // 2):
        drawn = bag[at * 9 : at * 9 + 9]
        question = " ".join(drawn[:4]).capitalize() + "?"
        noise.append({"term": drawn[0], "question": question, "answer": " ".join(drawn[4:])})
    # Alternating, so that any prefix of the file is half of each.
    return [each for pair in zip(shuffled, noise) for each in pair]


def things(share):
    """Short names of things people make: words that offend nobody in any order."""
    synsets, _ = sources.wordnet(share)
    names = {s.lemmas[0] for s in synsets.values() if s.file == domains.ARTEFACTS}
    return {
        name for name in names
        if re.fullmatch(r"[a-z]{4,7}", name) and not domains.UNWELCOME.search(name)
    }  # fmt: skip


def copies(originals):
    """The originals again: every other one exact, the rest lightly edited."""
    return [
        original if at % 2 == 0 else edited(original, at // 2)
        for at, original in enumerate(originals)
    ]


def edited(original, at):
    """One of four light edits; each keeps the record's meaning and most of its words."""
    answer = original["answer"]
    first, rest = answer.split(" ", 1)
    answer = (
        f"Simply {first.lower()} {rest}",  # A word before.
        f"One {rest}",  # A word changed.
        f"{answer.upper()}!",  # Another dress.
        f"{answer}, briefly",  # A word after.
    )[at % 4]
    return {**original, "answer": answer}


def licences(versions):
    """What each contributor's text is, where it is from, and on which terms."""
    rows = [
        {
            "contributor": domain.name, "kind": "useful", "package": domain.package,
            "version": versions[domain.package], "licence": domain.licence,
            "attribution": domain.attribution,
        }
        for domain in domains.DOMAINS
    ]  # fmt: skip
    both = " AND ".join(sorted({domain.licence for domain in domains.DOMAINS}))
    packages = sorted({domain.package for domain in domains.DOMAINS})
    rows.append({
        "contributor": "junk", "kind": "junk", "package": ", ".join(packages),
        "version": ", ".join(versions[package] for package in packages), "licence": both,
        "attribution": "; ".join(sorted({domain.attribution for domain in domains.DOMAINS})),
    })  # fmt: skip
    rows.append({**rows[0], "contributor": "copier", "kind": "copier", "copies": "computing"})
    return rows


def rank(*names):
    return hashlib.sha256("\0".join(names).encode()).digest()


def key(text):
    """Letters and digits alone, lower case: what makes two headwords the same."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


if __name__ == "__main__":
    main()
