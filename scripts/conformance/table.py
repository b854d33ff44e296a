"""Prints what each client could do as a table of clients and features; fails if one could not."""
import json
import pathlib
import sys

rows, features, failures = {}, [], []
for path in map(pathlib.Path, sys.argv[1:]):
    client, way, _ = path.name.split(".")
    cells = rows.setdefault(f"{client} by {way}", {})
    for line in path.read_text().splitlines():
        result = json.loads(line)
        if result["feature"] not in features:
            features.append(result["feature"])
        cells[result["feature"]] = "ok" if result["ok"] else "FAIL"
        if not result["ok"]:
            failures.append(f"{client} by {way}: {result['feature']}: {result['why']}")
    if cells.get("done") != "ok":
        failures.append(f"{client} by {way}: ended before its last feature")

features = [feature for feature in features if feature != "done"]
width = max(map(len, rows), default=0)
print("| " + " | ".join(["client".ljust(width)] + features) + " |")
print("|" + "|".join(["---"] * (len(features) + 1)) + "|")
for row, cells in sorted(rows.items()):
    shown = [cells.get(feature, "").ljust(len(feature)) for feature in features]
    print("| " + " | ".join([row.ljust(width)] + shown) + " |")
for failure in failures:
    print(failure, file=sys.stderr)
sys.exit(1 if failures or not rows else 0)
