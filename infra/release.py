"""What a release offers for download: a package and a template that need neither Node nor Python.

Run it with: make release [TAG=v1.0.0]. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from infra import package
from invoice_sync.version import VERSION

_ROOT = Path(__file__).parents[1]
# What stands in the template where whoever deploys it chooses.
_PORTAL, _EMAIL = "1234567890", "alarms@invalid.example"
PLACEHOLDERS = {"portalIds": [_PORTAL], "alarmEmail": _EMAIL}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "CodeBucket": {
        "Type": "String",
        "Description": "The S3 bucket of your own, in this region, that has the package",
    },
    "CodeKey": {"Type": "String", "Description": "The package's key in that bucket"},
    "PortalIds": {
        "Type": "String",
        "AllowedPattern": "[0-9]+(,[0-9]+)*",
        # Of a version's description, which holds them, CloudFormation takes 256 characters.
        "MaxLength": 240,
        "ConstraintDescription": "ids of HubSpot accounts with commas, such as 24680,13579; at"
        " most 240 characters",
        "Description": "The HubSpot accounts that may use the app: their ids, with commas",
    },
    "AlarmEmail": {
        "Type": "String",
        "AllowedPattern": r"[^@\s,]+@[^@\s,]+",
        "ConstraintDescription": "one address, such as ops@example.com",
        "Description": "Who is told of alarms. AWS asks that person to confirm",
    },
    "QuickBooks": {
        "Type": "String",
        "Default": "production",
        "AllowedValues": ["production", "sandbox"],
        "Description": "sandbox for Intuit's development keys",
    },
}
_QUICKBOOKS = "QuickBooksAddresses"


class ReleaseError(Exception):
    """There can be no release; the message says why."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("tag", nargs="?", default=f"v{VERSION}", help="the tag that is released")
    try:
        write(parser.parse_args(arguments).tag, _ROOT / "build")
    except (ReleaseError, package.PackageError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def write(tag: str, build: Path) -> None:
    """Write `release/` and `release-notes.md` below a folder. Raises ReleaseError, PackageError."""
    if tag != f"v{VERSION}":
        raise ReleaseError(f"The tag is {tag}, and the version of pyproject.toml is {VERSION}.")
    (build / "release-notes.md").write_text(notes(_read("CHANGELOG.md")), encoding="utf-8")
    folder, code = build / "release", build / "release-package"
    for each in (folder, code):
        shutil.rmtree(each, ignore_errors=True)
    folder.mkdir(parents=True)
    name = f"invoice-sync-{VERSION}"
    package.zip_folder(package.build(code), folder / f"{name}.zip")
    template = released(_template(code))
    text = json.dumps(template, separators=(",", ":"), sort_keys=True)
    (folder / f"{name}.template.json").write_text(text, encoding="utf-8")
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    )
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:>9,} bytes  {path.relative_to(build.parent)}")


def notes(changelog: str) -> str:
    """Return what the changelog says of this version. Raises ReleaseError."""
    section = re.search(
        rf"^## {re.escape(VERSION)} - .*?\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if section is None or not section[1].strip():
        raise ReleaseError(f"CHANGELOG.md says nothing of {VERSION}.")
    return section[1].strip() + "\n"


def _template(code: Path) -> dict[str, Any]:
    # CDK takes seconds to import, and a wrong tag needs none of it.
    from aws_cdk import App  # noqa: PLC0415
    from aws_cdk.assertions import Template  # noqa: PLC0415

    from infra.options import parse  # noqa: PLC0415
    from infra.stack import InvoiceSyncStack  # noqa: PLC0415

    stack = InvoiceSyncStack(App(), "InvoiceSync", code=code, options=parse(PLACEHOLDERS))
    return dict(Template.from_stack(stack).to_json())


def released(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template with parameters for what an owner chooses, and without what only CDK's
    own bootstrap makes."""
    addresses: set[str] = set()
    for resource in template["Resources"].values():
        resource.pop("Metadata", None)
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function":
            addresses.add(_open(properties))
        elif resource["Type"] == "AWS::Lambda::Version":
            # CloudFormation makes no new version for a changed parameter, and requests would go on
            # to the function as it was. It does for another description.
            properties["Description"] = {"Fn::Sub": "${QuickBooks} ${PortalIds}"}
        elif properties.get("Endpoint") == _EMAIL:
            properties["Endpoint"] = {"Ref": "AlarmEmail"}
    (production,) = addresses
    result: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": template["Description"],
        "Parameters": _PARAMETERS,
        "Mappings": {
            **template.get("Mappings", {}),
            _QUICKBOOKS: {
                "production": {"Url": production},
                "sandbox": {"Url": production.replace("https://", "https://sandbox-")},
            },
        },
        **{name: template[name] for name in ("Conditions", "Outputs") if name in template},
        "Resources": template["Resources"],
    }
    if left := [mark for mark in (_PORTAL, _EMAIL, "cdk-") if mark in json.dumps(result)]:
        raise ReleaseError(f"The template still has {', '.join(left)}.")
    return result


def _open(function: dict[str, Any]) -> str:
    """Let the owner choose for a function. Returns QuickBooks' address, which it had before."""
    function["Code"] = {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    variables = function["Environment"]["Variables"]
    address: str = variables["QUICKBOOKS_BASE_URL"]
    variables["QUICKBOOKS_BASE_URL"] = {
        "Fn::FindInMap": [_QUICKBOOKS, {"Ref": "QuickBooks"}, "Url"]
    }
    variables["ALLOWED_PORTAL_IDS"] = {"Ref": "PortalIds"}
    return address


def _read(name: str) -> str:
    return (_ROOT / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
