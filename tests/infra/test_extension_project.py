"""The files of the HubSpot project, by the rules that HubSpot holds them to.

HubSpot's own schemas are given only to an account. These rules are written from its reference, so
a rule that is misread here passes; docs/extension.md lists what a real upload has yet to show.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.extension import PLACEHOLDER, SOURCE

SRC = SOURCE / "src"
APP = SRC / "app"
METAFILES = sorted(SRC.rglob("*-hsmeta.json"))
# The folder that HubSpot looks for each type of component in; a metafile elsewhere is left out
# without a word.
FOLDERS = {
    "app": "",
    "webhooks": "webhooks",
    "card": "cards",
    "page": "pages",
    "settings": "settings",
    "crm-bulk-action": "actions",
}
FIELDS = {
    "card": {"name", "description", "location", "entrypoint", "objectTypes"},
    "page": {"entrypoint"},
    "settings": {"entrypoint"},
    "crm-bulk-action": {"label", "entrypoint", "objectTypes", "displayMode", "icon"},
}
LOCATIONS = {"crm.record.tab", "crm.record.sidebar", "crm.preview", "helpdesk.sidebar"}
BUILT = ("cards", "pages", "settings", "actions")


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def components() -> list[dict[str, Any]]:
    return [read(path) for path in METAFILES]


def test_no_metafile_lies_where_hubspot_does_not_look() -> None:
    for path in METAFILES:
        folder = path.parent.relative_to(APP).as_posix().replace(".", "")
        assert folder == FOLDERS[read(path)["type"]], path.name


def test_each_component_has_a_name_of_its_own() -> None:
    uids = [component["uid"] for component in components()]
    assert len(set(uids)) == len(uids)
    assert all(uid.replace("_", "").isalnum() for uid in uids)


@pytest.mark.parametrize("path", METAFILES, ids=lambda path: path.name)
def test_a_metafile_has_what_its_type_knows(path: Path) -> None:
    component = read(path)
    assert set(component) == {"uid", "type", "config"}
    fields = FIELDS.get(component["type"])
    if fields is None:
        return
    config = component["config"]
    assert set(config) == fields
    # HubSpot names entry points from the project's source folder.
    assert (SRC / config["entrypoint"].lstrip("/")).is_file()
    assert config.get("location", "crm.record.tab") in LOCATIONS
    assert config.get("objectTypes", ["invoices"])


def test_there_is_one_app_page_and_one_settings_page() -> None:
    types = [component["type"] for component in components()]
    assert types.count("page") == types.count("settings") == types.count("app") == 1


def test_the_api_may_be_asked() -> None:
    [app] = [component for component in components() if component["type"] == "app"]
    assert app["config"]["permittedUrls"]["fetch"] == [PLACEHOLDER]
    address = (APP / "packages" / "shared" / "address.ts").read_text(encoding="utf-8")
    assert f"API = '{PLACEHOLDER}'" in address


def test_hubspot_builds_each_folder_as_a_workspace_of_the_app() -> None:
    assert read(APP / "package.json")["workspaces"] == [*BUILT, "packages/*"]
    locked = read(APP / "package-lock.json")["packages"]
    for folder in BUILT:
        package = read(APP / folder / "package.json")
        # HubSpot gives an extension its own packages, React and ours: nothing else is there.
        assert set(package["dependencies"]) == {
            "@hubspot/ui-extensions",
            "@invoice-sync/shared",
            "react",
        }
        assert locked[folder]["dependencies"] == package["dependencies"]


def test_the_lock_files_name_no_registry_and_agree() -> None:
    ours, hubspots = SOURCE / "package-lock.json", APP / "package-lock.json"
    for path in (ours, hubspots):
        assert "http" not in {
            str(package.get("resolved", "")).partition(":")[0]
            for package in read(path)["packages"].values()
        }
    ours_locked, locked = read(ours)["packages"], read(hubspots)["packages"]
    for name in ("@hubspot/ui-extensions", "react", "@remote-ui/react"):
        key = f"node_modules/{name}"
        assert ours_locked[key]["version"] == locked[key]["version"], name


def test_no_screen_reaches_out_of_its_folder() -> None:
    for folder in BUILT:
        for path in (APP / folder).glob("*.ts*"):
            assert "from '../" not in path.read_text(encoding="utf-8"), path.name
