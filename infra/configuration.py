"""The configuration of an environment: `config/ENV.toml`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

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
        f"{each} is missing: name where this environment is deployed, for example {example}"
        for each, example in _EXAMPLES.items()
        if each not in values
    ]
    try:
        options = parse({"stackName": f"invoice-sync-{environment}", **values})
    except OptionError as error:
        lines += str(error).splitlines()
    if lines:
        raise OptionError("\n".join(f"{name}: {line}" for line in lines))
    return options


_EXAMPLES = {"account": 'account = "123456789012"', "region": 'region = "us-east-1"'}
