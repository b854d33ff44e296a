"""What the clients' programs have in common: where to ask, and how a result is told."""
import json
import os
import re
import sys
import time
import traceback
import urllib.request

BASE = os.environ["BASE"]
# Where the node itself answers: measures are there alone.
NODE = os.environ["NODE"]
KEY = os.environ["KEY"]
QUESTION = "What does ARB stand for?"
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}},
    "required": ["city"],
    "additionalProperties": False,
}


def get(path, base=BASE):
    with urllib.request.urlopen(base + path) as response:
        return response.read()


ENCODER = "all-MiniLM-L6-v2"
MODEL = next(
    entry["id"]
    for entry in json.loads(get("/v1/models"))["data"]
    if entry["whence"]["kind"] == "adapter"
)


def feature(check):
    """Runs a check at once, named by its function's name, and tells how it went."""
    name = check.__name__.replace("_", " ").strip()
    try:
        check()
        print(json.dumps({"feature": name, "ok": True}), flush=True)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:300]
        print(json.dumps({"feature": name, "ok": False, "why": why}), flush=True)
        traceback.print_exc(file=sys.stderr)
    return check


def done():
    print(json.dumps({"feature": "done", "ok": True}), flush=True)


def measure(name):
    text = get("/metrics", NODE).decode()
    return float(re.search(rf"^{name} (\S+)$", text, re.M).group(1))


def check_gives_up(begin):
    """The engine has nothing left to do soon after a client hung up in the middle of an answer."""
    begin()
    for _ in range(100):
        if measure("whence_num_requests_running") == 0:
            return
        time.sleep(0.05)
    raise AssertionError("the engine still answers a client that hung up")


def raises(kinds, call):
    try:
        call()
    except kinds as error:
        return error
    raise AssertionError("nothing was raised")
