"""The defects of defects/*.json, and the wrong sources made from them.

A defect replaces text of the shipped sources by wrong text. What it replaces must stand
there exactly once: when the sources move on, this says so instead of building a mutant
that is no mutant.

usage: defects.py check               do all of them still apply?
       defects.py list                a line a mutant: its name, then the files it changes
       defects.py patch NAME DIR      writes the changed files into DIR
"""

import json
import pathlib
import sys
from typing import Dict, List, NamedTuple, Tuple, Union

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# What a run can come to: the directions of PROTOCOL.md, and two outcomes without one.
EXPECTED = ("false-accept", "harm", "false-refuse", "wrong-reason", "leak", "crash", "timeout")


class Edit(NamedTuple):
    file: str  # from the project's root
    old: str
    new: str


class Defect(NamedTuple):
    name: str
    clause: str  # the clause that it offends first of all
    direction: str  # the way in which a case of that clause must see it fail
    story: str  # what its author thought
    edits: Tuple[Edit, ...]

    def files(self) -> List[str]:
        return sorted({edit.file for edit in self.edits})


class Wrong(Exception):
    """The table and the sources do not fit together."""


def text_of(lines: Union[str, List[str]]) -> str:
    """Text of several lines stands in the table as a list of them."""
    return lines if isinstance(lines, str) else "\n".join(lines)


def load() -> List[Defect]:
    defects: List[Defect] = []
    for path in sorted((HERE / "defects").glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            edits = tuple(Edit(edit["file"], text_of(edit["old"]), text_of(edit["new"]))
                          for edit in row["edits"])
            defect = Defect(row["name"], row["clause"], row["direction"], row["story"], edits)
            if defect.direction not in EXPECTED:
                raise Wrong(f"{path.name}: {defect.name}: '{defect.direction}' is no direction; "
                            f"write one of {', '.join(EXPECTED)}")
            if any(defect.name == other.name for other in defects):
                raise Wrong(f"{path.name}: {defect.name} stands twice; give each its own name")
            defects.append(defect)
    return defects


def patched(defect: Defect) -> Dict[str, str]:
    """The changed files, by their path from the project's root."""
    files = {file: (ROOT / file).read_text(encoding="utf-8") for file in defect.files()}
    for edit in defect.edits:
        count = files[edit.file].count(edit.old)
        if count != 1:
            raise Wrong(f"{defect.name}: its text stands {count} times in {edit.file}, and must "
                        f"exactly once; the source has changed, so write the defect anew:\n"
                        f"{edit.old}")
        files[edit.file] = files[edit.file].replace(edit.old, edit.new)
    return files


def main(arguments: List[str]) -> int:
    defects = load()
    if arguments == ["check"]:
        for defect in defects:
            patched(defect)
        print(f"{len(defects)} defects apply")
    elif arguments == ["list"]:
        for defect in defects:
            print(" ".join([defect.name] + defect.files()))
    elif len(arguments) == 3 and arguments[0] == "patch":
        defect = next(each for each in defects if each.name == arguments[1])
        for file, text in patched(defect).items():
            target = pathlib.Path(arguments[2], pathlib.Path(file).name)
            # Untouched where it would be the same, so that one new row rebuilds one mutant.
            if not target.exists() or target.read_text(encoding="utf-8") != text:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Wrong as wrong:
        print(f"defects.py: {wrong}", file=sys.stderr)
        sys.exit(1)
