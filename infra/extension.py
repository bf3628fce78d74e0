"""Copies the HubSpot developer project to build/extension, with this deployment's address in it.

Run it with: make extension STAGE_URL=https://...
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

PLACEHOLDER = "https://stage.invalid"
# Where the screens know the address from.
ADDRESS = "address.ts"
_ROOT = Path(__file__).resolve().parents[1]
SOURCE = _ROOT / "extension"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: make extension ENV=prod | STAGE_URL=https://HOST", file=sys.stderr)
        return 2
    # HubSpot takes https only, and compares the addresses as prefixes.
    if not re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?/?", arguments[0]):
        print(
            f"{arguments[0]} is not the address of a deployment: it must be https://HOST, in small"
            " letters and without a path. HubSpot takes no other.",
            file=sys.stderr,
        )
        return 2
    target = _ROOT / "build" / "extension"
    write(arguments[0].rstrip("/"), target)
    print(f"{target.relative_to(_ROOT)} is ready for: hs project upload")
    return 0


def write(stage_url: str, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copy(SOURCE / "hsproject.json", target)
    shutil.copytree(SOURCE / "src", target / "src", ignore=shutil.ignore_patterns("node_modules"))
    for path in (*target.rglob("*-hsmeta.json"), *target.rglob(ADDRESS)):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(PLACEHOLDER, stage_url), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
