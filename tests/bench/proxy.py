#!/usr/bin/env python3
"""An adapter in front of another one, which changes what that one says of `bench`.

usage: proxy.py CHANGE ADAPTER

CHANGE: `without` (the capability is not claimed), `unknown` (no question is known),
`long` (says that more time passed than can have), `short` (that hardly any did), `dies`.
"""

import json
import subprocess
import sys
from typing import Any, Dict


def change_bench(change: str, reply: Dict[str, Any]) -> None:
    if change == "dies":
        sys.exit(1)
    if change == "unknown":
        del reply["result"]
        reply["error"] = {"code": -32602, "message": "what is that?"}
    elif change == "long":
        reply["result"]["elapsed_ns"] *= 1000 * 1000
    elif change == "short":
        reply["result"]["elapsed_ns"] = 1 + reply["result"]["elapsed_ns"] // 1000


def main() -> None:
    change, command = sys.argv[1:]
    behind = subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert behind.stdin and behind.stdout
    for line in sys.stdin.buffer:
        behind.stdin.write(line)
        behind.stdin.flush()
        reply = json.loads(behind.stdout.readline())
        method = json.loads(line)["method"]
        if method == "hello" and change == "without":
            reply["result"]["capabilities"].remove("bench")
        if method == "bench":
            change_bench(change, reply)
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
