"""Runs PyPI's infini-gram on the files that `whence bench spans` wrote.

    python3 -B infini_gram_spans.py PACKAGES FOLDER SECONDS

FOLDER/data holds texts as JSON lines, FOLDER/queries.json lists of bytes. Prints one object:
`index_seconds`, or nothing but `index_unfinished` after SECONDS; for each query `seconds` and
`processor_seconds` at the usual settings (runs of 20 and more, found 10 times at most), and `ends`, where the longest run from
each position ends, read from a call that drops nothing.
"""

import json
import os
import signal
import subprocess
import sys
import time

packages, folder, limit = sys.argv[1], os.path.abspath(sys.argv[2]), float(sys.argv[3])
sys.path.insert(0, packages)


# The indexer imports a library of tokenizers, a gigabyte with what it wants, even for an index of
# bytes, which needs none of it.
INDEXER = """
import runpy, sys, unittest.mock
sys.modules["transformers"] = unittest.mock.MagicMock()
runpy.run_module("infini_gram.indexing", run_name="__main__", alter_sys=True)
"""


def build():
    """Makes the byte index; False if it takes longer than the limit."""
    command = [sys.executable, "-B", "-c", INDEXER]
    command += ["--data_dir", folder + "/data", "--save_dir", folder + "/index"]
    command += ["--token_dtype", "u8", "--cpus", "2", "--mem", "4", "--ulimit", "4096"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": packages},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if process.wait(timeout=limit) != 0:
            sys.exit("infini-gram's indexer failed")
        return True
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False


def ends_of(spans, length):
    """What runs that lie in no other say of every position."""
    ends, reached, following = [], 0, 0
    spans = sorted((span["l"], span["r"]) for span in spans)
    for position in range(length):
        while following < len(spans) and spans[following][0] <= position:
            reached = max(reached, spans[following][1])
            following += 1
        ends.append(max(position, reached))
    return ends


def main():
    start = time.monotonic()
    if not build():
        print(json.dumps({"index_unfinished": True}))
        return
    figures = {"index_seconds": time.monotonic() - start}
    figures.update(seconds=[], processor_seconds=[], ends=[])
    from infini_gram.engine import InfiniGramEngine

    engine = InfiniGramEngine(
        index_dir=folder + "/index",
        eos_token_id=0,
        vocab_size=255,
        token_dtype="u8",
        load_to_ram=True,
    )
    with open(folder + "/queries.json", encoding="utf-8") as file:
        queries = json.load(file)
    for query in queries:
        start, used = time.monotonic(), time.process_time()
        engine.attribute(input_ids=query, delim_ids=[], min_len=20, max_cnt=10, enforce_bow=False)
        figures["seconds"].append(time.monotonic() - start)
        figures["processor_seconds"].append(time.process_time() - used)
        spans = engine.attribute(
            input_ids=query, delim_ids=[], min_len=1, max_cnt=1 << 40, enforce_bow=False
        )["spans"]
        figures["ends"].append(ends_of(spans, len(query)))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
