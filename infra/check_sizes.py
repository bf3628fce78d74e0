"""Fail when a file or a function grows too long to be read in one go. `make check` runs this."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("functions", "infra", "tests")
FILE_LINES, FUNCTION_LINES = 400, 50


def problems(root: Path) -> Iterator[str]:
    """Name every file and function below `root` that is longer than its limit, in lines."""
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py")):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(root)
        if (lines := len(text.splitlines())) > FILE_LINES:
            yield f"{name}: {lines} lines, at most {FILE_LINES}"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    where = f"{name}:{node.lineno}: {node.name}"
                    yield f"{where} has {length} lines, at most {FUNCTION_LINES}"


def main() -> int:
    """Print the problems. Return the exit code."""
    too_long = list(problems(Path(__file__).parents[1]))
    print("\n".join(too_long) or "No file and no function is too long.")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
