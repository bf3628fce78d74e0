"""What cdk-nag finds is said in sentences, and changed code gets another name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .conftest import make_stack

ROOT = Path(__file__).parents[2]
# A stack with a bucket that anybody may ask without TLS.
_PLANTED = """
import sys
from aws_cdk import App, Stack, Validations, aws_s3
from cdk_nag import AwsSolutionsChecks
from infra.app import synthesised

app = App(outdir=sys.argv[1])
aws_s3.Bucket(Stack(app, "Stack"), "Open")
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
sys.exit(0 if synthesised(app) else 1)
"""


def test_a_finding_ends_the_synthesis_in_a_sentence(tmp_path: Path) -> None:
    # In a process of its own: what the CDK itself prints does not pass through Python.
    ran = subprocess.run(
        [sys.executable, "-c", _PLANTED, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    finding = "The S3 Bucket has server access logs disabled. (Stack/Open/Resource)"
    assert f"AwsSolutions-S1: {finding}" in ran.stderr
    assert "cdk-nag refuses the template" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_changed_code_is_deployed_and_the_same_code_is_not(tmp_path: Path) -> None:
    """As a rebuilt package is: a new file may have the inode of an old one, and all have one time.
    CDK's own hash, which it keeps in the home folder, takes these two for the same."""
    code = tmp_path / "task"
    code.mkdir()

    def name_of(text: str) -> str:
        (code / "version.py").write_text(text, encoding="utf-8")
        os.utime(code / "version.py", (315_532_800, 315_532_800))
        from aws_cdk.assertions import Template

        functions = Template.from_stack(make_stack(code)).find_resources("AWS::Lambda::Function")
        (name,) = {one["Properties"]["Code"]["S3Key"] for one in functions.values()}
        return str(name)

    first = name_of('VERSION = "1.0.0"')
    assert name_of('VERSION = "1.0.1"') != first
    assert name_of('VERSION = "1.0.0"') == first
