"""The CDK application: `python -m infra.app ENV` writes cdk.out from `config/ENV.toml`.

It needs no credentials and asks AWS nothing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra import package
from infra.configuration import load
from infra.options import OptionError, Options

if TYPE_CHECKING:
    from aws_cdk import App

ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make synth", description=__doc__)
    parser.add_argument("environment", nargs="?", default="")
    try:
        options = load(parser.parse_args(arguments).environment)
        print("Packaging the functions and writing the template: half a minute", file=sys.stderr)
        folder = ROOT / "build" / "package"
        shutil.rmtree(folder, ignore_errors=True)
        code = package.build(folder)
    except (OptionError, package.PackageError) as error:
        print(error, file=sys.stderr)
        return 2
    if not _synthesise(code, options):
        return 1
    print(f"cdk.out has the stack {options.stack_name}")
    if not options.alarm_email:
        print("Nobody is told when an alarm rings: the file has no alarmEmail")
    return 0


def _synthesise(code: Path, options: Options) -> bool:
    # CDK takes seconds to import, and a wrong option needs none of it.
    from aws_cdk import App, Validations  # noqa: PLC0415
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415

    from infra.stack import InvoiceSyncStack  # noqa: PLC0415

    app = App(outdir=str(ROOT / "cdk.out"))
    InvoiceSyncStack(app, "InvoiceSync", code=code, options=options)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return synthesised(app)


def synthesised(app: App) -> bool:
    """Write the template. False if cdk-nag refuses it: then say what it finds."""
    try:
        app.synth()
    except RuntimeError as error:  # jsii has no other
        if "ValidationFailed" not in str(error):
            raise
        report = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))
        print("cdk-nag refuses the template. Mend this in infra/:", file=sys.stderr)
        for plugin in report["pluginReports"]:
            for finding in plugin["violations"]:
                places = ", ".join(each["constructPath"] for each in finding["violatingConstructs"])
                says = f"{finding['ruleName']}: {finding['description']} ({places})"
                print(f"  {says}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
