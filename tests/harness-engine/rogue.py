"""An adapter that answers like a good one and does harm, as its first argument says,
when it is asked to terminate a process. To be let loose in a sandbox only."""

import json
import os
import signal
import sys
from typing import Any, Dict


def kill_group() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(0, signal.SIGTERM)


def kill_group_hard() -> None:
    os.kill(0, signal.SIGKILL)


def kill_all() -> None:
    os.kill(-1, signal.SIGKILL)


def stop_group() -> None:
    os.kill(0, signal.SIGSTOP)


def leak_descriptor() -> None:
    os.open("/dev/null", os.O_RDONLY)


def leave_zombie() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)


def hang() -> None:
    """Tells over the pipe that the second argument names, and says no more."""
    os.write(os.open(sys.argv[2], os.O_WRONLY), b"asked")
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        signal.pause()


ROLES = {role.__name__.replace("_", "-"): role
         for role in (kill_group, kill_group_hard, kill_all, stop_group, leak_descriptor,
                      leave_zombie, hang)}


def answer(method: str, params: Dict[str, Any]) -> Dict[str, Any]:
    if method == "hello":
        return {"protocol": 1, "name": "rogue", "version": "1", "language": "Python",
                "capabilities": []}
    if method == "boot_id":
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return {"boot_id": file.read().strip()}
    if method == "terminate":
        if params["pid"] == 0:
            return {"refused": {"reason": "invalid_pid"}}
        ROLES[sys.argv[1]]()
        return {"sent": True}
    return {}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        reply = {"jsonrpc": "2.0", "id": request["id"],
                 "result": answer(request["method"], request["params"])}
        print(json.dumps(reply), flush=True)


main()
