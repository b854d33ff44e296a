"""Decodes with PyPI's PEFT and transformers, one command a line, while `whence bench serve` waits.

    PYTHONPATH=PEFT python3 -B peft_decode.py FOLDER THREADS ADAPTERS

FOLDER is the model in single precision, as `scripts/vllm.sh model` writes it. Prints `ready`. Then, for
`decode ROWS DISTINCT PROMPT STEPS`, reads PROMPT tokens into each of ROWS sequences and prints the seconds of
each of STEPS greedy steps of all of them, with DISTINCT adapters of rank 8 on all linear maps among them (0
for the base alone); for `switch TIMES`, those of making another adapter the active one; for `texts FILES COUNT STEPS`, STEPS likeliest tokens
behind each prompt of FILES/questions.json, with its own of the COUNT adapters in FILES/0, FILES/1 and so on.
One thread is measured by its processor time. Ends with its input.
"""

import contextlib
import json
import sys
import time

import peft
import torch
import transformers

path, threads, adapters = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
clock = time.process_time if threads == 1 else time.perf_counter
torch.set_num_threads(threads)
torch.manual_seed(7)
transformers.logging.set_verbosity_error()
base = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
base.eval()
settings = peft.LoraConfig(
    r=8, lora_alpha=16, target_modules="all-linear", init_lora_weights=False)
model = peft.get_peft_model(base, settings, adapter_name="a0")
for number in range(1, adapters):
    model.add_adapter(f"a{number}", settings)
model.eval()


def run(tokens, cache, rows, distinct):
    # One and the same adapter needs no names: it is the active one.
    names = {"adapter_names": [f"a{row % distinct}" for row in range(rows)]} if distinct > 1 else {}
    return model(input_ids=tokens, past_key_values=cache, use_cache=True, **names)


@torch.inference_mode()
def decode(rows, distinct, length, steps):
    prompt = torch.tensor(
        [[100 + (row * 31 + place * 7) % 1000 for place in range(length)] for row in range(rows)])
    seconds = []
    model.set_adapter("a0")
    with model.disable_adapter() if distinct == 0 else contextlib.nullcontext():
        out = run(prompt, None, rows, distinct)
        for _ in range(steps):
            tokens = out.logits[:, -1].argmax(-1, keepdim=True)
            start = clock()
            out = run(tokens, out.past_key_values, rows, distinct)
            out.logits[:, -1].argmax(-1)
            seconds.append(clock() - start)
    return seconds


def switch(times):
    seconds = []
    for number in range(times):
        start = clock()
        model.set_adapter(f"a{number % adapters}")
        seconds.append(clock() - start)
    return seconds


@torch.inference_mode()
def texts(files, count, steps):
    for number in range(count):
        model.load_adapter(f"{files}/{number}", adapter_name=f"file{number}")
    model.eval()
    with open(f"{files}/questions.json") as file:
        questions = json.load(file)
    # Together go those of one adapter and one length, which need no padding.
    alike = {}
    for place, question in enumerate(questions):
        alike.setdefault((question["adapter"], len(question["prompt"])), []).append(place)
    answers = [None] * len(questions)
    for (number, _), places in sorted(alike.items()):
        model.set_adapter(f"file{number}")
        for first in range(0, len(places), 32):
            part = places[first:first + 32]
            out = run(torch.tensor([questions[place]["prompt"] for place in part]), None, 1, 1)
            columns = [out.logits[:, -1].argmax(-1, keepdim=True)]
            while len(columns) < steps:
                out = run(columns[-1], out.past_key_values, 1, 1)
                columns.append(out.logits[:, -1].argmax(-1, keepdim=True))
            for place, answer in zip(part, torch.cat(columns, 1).tolist()):
                answers[place] = answer
    return [token for answer in answers for token in answer]


print("ready", flush=True)
for line in sys.stdin:
    words = line.split()
    numbers = [int(word) if word.isdigit() else word for word in words[1:]]
    result = {"decode": decode, "switch": switch, "texts": texts}[words[0]](*numbers)
    print(json.dumps(result), flush=True)
