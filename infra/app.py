"""The CDK application: `python -m infra.app [-c name=value ...]` writes cdk.out.

It needs no credentials and asks AWS nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra import package
from infra.options import OptionError, parse
from infra.stack import InvoiceSyncStack

ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make synth", description=__doc__)
    parser.add_argument("-c", metavar="name=value", action="append", default=[], dest="context")
    given = parser.parse_args(arguments).context
    try:
        options = parse(dict(_pair(one) for one in given))
        folder = ROOT / "build" / "package"
        shutil.rmtree(folder, ignore_errors=True)
        code = package.build(folder)
    except (OptionError, package.PackageError) as error:
        print(error, file=sys.stderr)
        return 2
    app = App(outdir=str(ROOT / "cdk.out"))
    InvoiceSyncStack(app, "InvoiceSync", code=code, options=options)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    if not synthesised(app):
        return 1
    print(f"cdk.out has the stack {options.stack_name}")
    return 0


def synthesised(app: App) -> bool:
    """Write the template; False if cdk-nag refuses it. The CDK prints each finding by itself."""
    try:
        app.synth()
    except RuntimeError as error:  # jsii has no other
        if "ValidationFailed" not in str(error):
            raise
        print(
            "cdk-nag refuses the template: each finding above has its rule, its resource and what"
            " is wrong. Mend them in infra/.",
            file=sys.stderr,
        )
        return False
    return True


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise OptionError(f"{text}: write name=value")
    return name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
