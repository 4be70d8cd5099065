"""Every case that the catalogue (harness/cases/README.md) names is there, and every row
names one."""

import pathlib
import re
import sys


def main() -> int:
    cases = pathlib.Path(sys.argv[1])
    rows = [line for line in (cases / "README.md").read_text(encoding="utf-8").splitlines()
            if line.startswith("| ") and not line.startswith("| what happens")]
    complaints = []
    for row in rows:
        named = re.findall(r"`([a-z]+/[^` ]+)`", re.split(r"(?<!\\)\|", row)[3])
        complaints += [f"there is no case {name}" for name in named
                       if not (cases / f"{name}.json").is_file()]
        if not named and "pidproof explore" not in row:
            complaints.append(f"no case in this row: {row}")
    if not rows:
        complaints.append("the catalogue has no rows")
    for complaint in complaints:
        print(f"harness/cases/README.md: {complaint}; name the case that forces it, or mend its "
              "name")
    return 1 if complaints else 0


sys.exit(main())
