"""Decodes with PyPI's llama-cpp-python, one command a line, while `whence bench serve` waits.

    python3 -B llama_decode.py MODEL.gguf THREADS

Prints `ready`. Then, for `decode ROWS PROMPT STEPS`, reads PROMPT tokens into each of ROWS sequences
and prints the seconds of each of STEPS greedy steps of all of them; for `prefill TOKENS`, those of
reading one prompt. One thread is measured by its processor time. Ends with its input.
"""

import json
import sys
import time

import numpy
import llama_cpp as llama

path, threads = sys.argv[1], int(sys.argv[2])
MOST_ROWS, MOST_TOKENS = 64, 1024
clock = time.process_time if threads == 1 else time.perf_counter


@llama.llama_log_callback
def silent(level, text, data):
    pass


llama.llama_log_set(silent, None)
llama.llama_backend_init()
model = llama.llama_model_load_from_file(path.encode(), llama.llama_model_default_params())
settings = llama.llama_context_default_params()
settings.n_ctx = 8192
settings.n_batch = settings.n_ubatch = MOST_TOKENS
settings.n_seq_max = MOST_ROWS
settings.n_threads = settings.n_threads_batch = threads
settings.kv_unified = True
context = llama.llama_init_from_model(model, settings)
vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
batch = llama.llama_batch_init(MOST_TOKENS, 0, 1)


def run(rows):
    """Rows of token, position, sequence, whether logits are wanted; returns the likeliest tokens."""
    batch.n_tokens = len(rows)
    for index, (token, position, sequence, wanted) in enumerate(rows):
        batch.token[index] = token
        batch.pos[index] = position
        batch.n_seq_id[index] = 1
        batch.seq_id[index][0] = sequence
        batch.logits[index] = wanted
    if llama.llama_decode(context, batch) != 0:
        raise SystemExit("llama_decode failed")
    likeliest = []
    for index, row in enumerate(rows):
        if row[3]:
            logits = llama.llama_get_logits_ith(context, index)
            likeliest.append(int(numpy.ctypeslib.as_array(logits, (vocabulary,)).argmax()))
    return likeliest


def prompt(sequence, count):
    return [(100 + (sequence * 31 + place * 7) % 1000, place, sequence, place == count - 1)
            for place in range(count)]


def decode(rows, length, steps):
    tokens = [run(prompt(sequence, length))[0] for sequence in range(rows)]
    seconds = []
    for step in range(steps):
        start = clock()
        tokens = run([(token, length + step, sequence, True) for sequence, token in enumerate(tokens)])
        seconds.append(clock() - start)
    return seconds


def prefill(count):
    start = clock()
    run(prompt(0, count))
    return [clock() - start]


print("ready", flush=True)
for line in sys.stdin:
    words = line.split()
    llama.llama_memory_clear(llama.llama_get_memory(context), True)
    result = {"decode": decode, "prefill": prefill}[words[0]](*map(int, words[1:]))
    print(json.dumps(result), flush=True)
