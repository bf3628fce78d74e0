"""What cdk-nag finds is said in sentences, without a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
