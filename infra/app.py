"""The CDK application: `python -m infra.app ENV` writes cdk.out from `config/ENV.toml`.

It needs no credentials and asks AWS nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from infra import package
from infra.configuration import load
from infra.options import OptionError, Options

ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make synth", description=__doc__)
    parser.add_argument("environment", nargs="?", default="")
    try:
        options = load(parser.parse_args(arguments).environment)
        folder = ROOT / "build" / "package"
        shutil.rmtree(folder, ignore_errors=True)
        code = package.build(folder)
    except (OptionError, package.PackageError) as error:
        print(error, file=sys.stderr)
        return 2
    _synthesise(code, options)
    print(f"cdk.out has the stack {options.stack_name}")
    return 0


def _synthesise(code: Path, options: Options) -> None:
    # CDK takes seconds to import, and a wrong option needs none of it.
    from aws_cdk import App, Validations  # noqa: PLC0415
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415

    from infra.stack import InvoiceSyncStack  # noqa: PLC0415

    app = App(outdir=str(ROOT / "cdk.out"))
    InvoiceSyncStack(app, "InvoiceSync", code=code, options=options)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
