"""The documents' links lead somewhere, and the generated page of settings is current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra import settings_page
from infra.links import anchor
from invoice_sync.model.connection import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md"), *(ROOT / "docs").rglob("*.md")]
)
# GitHub's own pages of the repository, whose address the README cannot know.
OUTSIDE = ("http://", "https://", "mailto:", "../../actions/")


def _prose(page: Path) -> str:
    """The page without what is shown as code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", lambda code: code[0].strip("`").replace("](", ""), text)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {anchor(heading) for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if link.startswith(OUTSIDE):
            continue
        path, _, part = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (part and part not in _anchors(target)):
            broken.append(link)
    assert not broken


def test_every_target_of_make_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        (str(page.relative_to(ROOT)), target)
        for page in PAGES
        for target in re.findall(
            r"(?:`|^    )make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE
        )
    }
    assert len(named) > 30
    assert not {each for each in named if each[1] not in targets}


def test_the_page_of_settings_is_current() -> None:
    assert settings_page.PATH.read_text(encoding="utf-8") == settings_page.page(), "run make docs"


def test_every_id_among_the_settings_says_where_it_is_found() -> None:
    ids = {name for name in Settings().by_name if name.endswith("Id")}
    assert ids | {"taxCodes", "terms"} <= set(settings_page.FOUND)
