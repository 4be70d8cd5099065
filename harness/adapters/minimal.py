#!/usr/bin/env python3
"""A minimal adapter (Linux): all it takes to let pidproof question an implementation.

The implementation is naive on purpose: it believes the number, the text of the exe link
and the bytes at that path, one after the other. See how much of the suite that fails.
"""
import hashlib, json, os, pathlib, select, signal, sys

handles = {}  # number → (pid, pidfd)

def refused(reason, **details):
    return {"refused": {"reason": reason, **details}}

def boot_id():
    return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()

def sha256(path):
    return hashlib.sha256(pathlib.Path(os.fsdecode(path)).read_bytes()).hexdigest()

def valid(pid):
    return isinstance(pid, int) and 0 < pid < 2**31

def verify(record):
    pid, path = record["pid"], bytes.fromhex(record.get("exe_path_hex", "")) or record["exe_path"]
    if not valid(pid):
        return refused("invalid_pid")
    if record["boot_id"] not in ("", boot_id()):
        return refused("boot_id_mismatch", expected=record["boot_id"], actual=boot_id())
    try:
        pidfd = os.pidfd_open(pid)
        actual = os.readlink(b"/proc/%d/exe" % pid)
        if actual != os.path.realpath(os.fsencode(path)):
            return refused("exe_path_mismatch", pid=pid)
        if sha256(actual) != record["exe_sha256"]:
            return refused("exe_sha256_mismatch", pid=pid)
    except ProcessLookupError:
        return refused("not_found", pid=pid)
    except OSError as error:
        return refused("exe_path_unreadable", pid=pid, message=str(error))
    handles[len(handles) + 1] = pid, pidfd
    return {"accepted": {"handle": len(handles)}}

def signal_pid(pid, number):
    try:
        return (os.kill(pid, number) or {"sent": True}) if valid(pid) else refused("invalid_pid")
    except OSError as error:
        return refused("handle_failed", pid=pid, os_error={"code": error.errno})

METHODS = {
    "hello": lambda p: {"protocol": 1, "name": "minimal", "version": "1", "language": "Python",
                        "capabilities": []},
    "noop": lambda p: {},
    "boot_id": lambda p: {"boot_id": boot_id()},
    "sha256_file": lambda p: {"sha256": sha256(p["path"])},
    "verify": lambda p: verify(p["record"]),
    "handle_pid": lambda p: {"pid": handles[p["handle"]][0]},
    "is_alive": lambda p: {"alive": not select.select([handles[p["handle"]][1]], [], [], 0)[0]},
    "process_is_alive": lambda p: {"alive": valid(p["pid"]) and os.path.exists(f"/proc/{p['pid']}")},
    "terminate": lambda p: signal_pid(p["pid"], signal.SIGTERM),
    "force_kill": lambda p: signal_pid(p["pid"], signal.SIGKILL),
    "close": lambda p: os.close(handles[p["handle"]][1]) or {},
}

for line in sys.stdin:
    request = json.loads(line)
    reply = {"jsonrpc": "2.0", "id": request["id"]}
    try:
        reply["result"] = METHODS[request["method"]](request["params"])
    except Exception as error:  # it broke; a method it does not have is -32601
        code = -32603 if request["method"] in METHODS else -32601
        reply["error"] = {"code": code, "message": repr(error)}
    print(json.dumps(reply), flush=True)
