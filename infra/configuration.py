"""The configuration of an environment: `config/ENV.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.options import OptionError, Options, parse

FOLDER = Path(__file__).parents[1] / "config"


def load(environment: str, folder: Path = FOLDER) -> Options:
    """Return the options of an environment, with its account and region. Raises OptionError."""
    there = sorted(path.stem for path in folder.glob("*.toml"))
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,19}", environment):
        raise OptionError(
            "Name an environment, for example ENV=prod for config/prod.toml: at most 20 small"
            f" letters, digits and hyphens. There are: {', '.join(there)}"
        )
    path = folder / f"{environment}.toml"
    name = f"{folder.name}/{path.name}"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OptionError(
            f"{name} is not there. Copy config/example.toml and change what is in it. There are:"
            f" {', '.join(there)}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{name} is not TOML: {error}") from None
    lines = [
        f"it names the same stack as {folder.name}/{other}: deploying one replaces the other. Give"
        " it another stackName, or take that line out"
        for other in _of_the_same_stack(environment, values, folder)
    ]
    lines += [
        f"{each} is missing: name where this environment is deployed, for example {example}"
        for each, example in _EXAMPLES.items()
        if each not in values
    ]
    try:
        options = parse({"stackName": _default_name(environment), **values})
    except OptionError as error:
        lines += str(error).splitlines()
    if lines:
        raise OptionError("\n".join(f"{name}: {line}" for line in lines))
    return options


def _of_the_same_stack(environment: str, values: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Yield the files of other environments that are deployed as the same stack. A copy of a file
    in which only the portals were changed would take the place of the first."""
    for path in sorted(folder.glob("*.toml")):
        if path.stem in (environment, "example"):
            continue
        try:
            others = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        if _stack(path.stem, others) == _stack(environment, values):
            yield path.name


def _stack(environment: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    name = values.get("stackName", _default_name(environment))
    return values.get("account"), values.get("region"), name


def _default_name(environment: str) -> str:
    return f"invoice-sync-{environment}"


_EXAMPLES = {"account": 'account = "123456789012"', "region": 'region = "us-east-1"'}
