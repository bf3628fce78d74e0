"""One version everywhere, and workflows that run what is there."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import release
from infra.release import PLACEHOLDERS, ReleaseError
from invoice_sync.version import VERSION

from .conftest import template_of

_ROOT = Path(__file__).parents[2]
_WORKFLOWS = sorted((_ROOT / ".github" / "workflows").glob("*.yml"))
_PINNED = re.compile(r"^ *(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$")


def _text(name: str) -> str:
    return (_ROOT / name).read_text(encoding="utf-8")


def test_the_version_is_the_same_in_all_places() -> None:
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    (locked,) = (
        package["version"]
        for package in tomllib.loads(_text("uv.lock"))["package"]
        if package["name"] == project["name"]
    )
    assert project["version"] == locked == VERSION


def test_the_changelog_says_what_the_version_brings() -> None:
    headings = re.findall(r"^## (.+)$", _text("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    version, _, day = headings[1].partition(" - ")
    assert version == VERSION
    assert date.fromisoformat(day)


class TestTemplate:
    @pytest.fixture
    def template(self) -> dict[str, Any]:
        return release.released(template_of(**PLACEHOLDERS))

    def test_it_is_one_that_cloudformation_takes(self, template: dict[str, Any]) -> None:
        from cfnlint import lint_all

        text = json.dumps(template)
        findings = lint_all(text)
        # As for the stack itself: test_stack.py.
        assert [str(f) for f in findings if f.rule.id != "W3005" and f.rule.id[0] != "I"] == []
        # What may be in a bucket; CloudFormation takes 51,200 by themselves.
        assert len(text.encode()) < 1_000_000

    def test_the_owner_chooses(self, template: dict[str, Any]) -> None:
        asked = {name for name, each in template["Parameters"].items() if "Default" not in each}
        assert asked == {"CodeBucket", "CodeKey", "PortalIds", "AlarmEmail"}
        code = {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
        functions = [
            each["Properties"]
            for each in template["Resources"].values()
            if each["Type"] == "AWS::Lambda::Function"
        ]
        assert len(functions) == 7
        for function in functions:
            assert function["Code"] == code
            variables = function["Environment"]["Variables"]
            assert variables["ALLOWED_PORTAL_IDS"] == {"Ref": "PortalIds"}
        assert template["Mappings"]["QuickBooksAddresses"] == {
            "production": {"Url": "https://quickbooks.api.intuit.com"},
            "sandbox": {"Url": "https://sandbox-quickbooks.api.intuit.com"},
        }

    def test_what_the_owner_chooses_makes_a_new_version(self, template: dict[str, Any]) -> None:
        """CloudFormation publishes one when a property changes, and at no other time."""
        chosen = {"Fn::Sub": "${QuickBooks} ${PortalIds}"}
        versions = [
            each["Properties"]["Description"]
            for each in template["Resources"].values()
            if each["Type"] == "AWS::Lambda::Version"
        ]
        assert versions == [chosen] * 4
        longest = max(map(len, template["Parameters"]["QuickBooks"]["AllowedValues"])) + 1
        assert longest + template["Parameters"]["PortalIds"]["MaxLength"] <= 256

    def test_nothing_of_cdk_is_needed(self, template: dict[str, Any]) -> None:
        assert "Rules" not in template
        assert "BootstrapVersion" not in template["Parameters"]
        left = {"Outputs": {"Left": {"Value": "cdk-hnb659fds-assets"}}}
        with pytest.raises(ReleaseError, match="cdk-"):
            release.released({**template_of(**PLACEHOLDERS), **left})


class TestTag:
    def test_another_tag_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ReleaseError, match=rf"v0\.9\.9.*{re.escape(VERSION)}"):
            release.write("v0.9.9", tmp_path)
        assert [*tmp_path.iterdir()] == []

    def test_a_version_without_a_word_in_the_changelog_is_refused(self) -> None:
        changelog = f"## {VERSION} - 2026-11-28\n\n## 0.9.0 - 2026-01-01\n\nOld\n"
        with pytest.raises(ReleaseError, match="says nothing"):
            release.notes(changelog)

    def test_the_notes_are_those_of_the_version_alone(self) -> None:
        changelog = "## Unreleased\n\nSoon\n\n## {} - 2026-11-28\n\nNow\n\n## 0.9.0 - 2026-01-01\n"
        assert release.notes(changelog.format(VERSION)) == "Now\n"


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
class TestWorkflows:
    def test_actions_are_pinned(self, path: Path) -> None:
        lines = [line for line in path.read_text().splitlines() if "uses:" in line]
        assert [line for line in lines if not _PINNED.fullmatch(line)] == []

    def test_what_they_run_is_there(self, path: Path) -> None:
        targets = {*re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE)}
        for command in _commands(path):
            program, *words = command.split()
            if program == "make":
                assert words[0] in targets, command
            else:
                assert program == "gh" or (_ROOT / program).exists(), command

    def test_rights_are_given_where_they_are_needed(self, path: Path) -> None:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 45

    def test_no_text_of_strangers_gets_into_a_shell(self, path: Path) -> None:
        assert [command for command in _commands(path) if "${{" in command] == []


def _commands(path: Path) -> list[str]:
    jobs: dict[str, Any] = yaml.safe_load(path.read_text())["jobs"]
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
