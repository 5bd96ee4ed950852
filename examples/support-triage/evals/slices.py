"""A promptfoo report of the full set enters; the pass rate of each slice leaves, as JSON. A slice below its floor fails the job."""

import json
import sys
from collections import defaultdict

FLOORS = {"german": 0.9, "english": 0.88, "billing": 0.9, "outage": 0.95}


def main(path: str) -> int:
    report = json.load(open(path))
    seen = defaultdict(list)
    for case in report["results"]["results"]:
        for name in case["metadata"]["slices"]:
            seen[name].append(case["success"])
    slices = [
        {"name": name, "n": len(seen[name]), "score": round(sum(seen[name]) / len(seen[name]), 4), "floor": floor}
        for name, floor in FLOORS.items()
    ]
    tags = report["config"]["tags"]
    json.dump({"timestamp": report["results"]["timestamp"], **tags, "metric": "pass rate", "slices": slices}, sys.stdout, indent=1)
    return any(s["score"] < s["floor"] for s in slices)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
