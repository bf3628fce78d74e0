"""The API describes itself: whole, in its own words, and with examples that hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra import api_reference
from infra.routes import ROUTES
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.resolutions import RESOLUTIONS
from invoice_sync.model.connection import Settings
from invoice_sync.runtime.entry import PROBLEM
from tests.described import document, violations

DOCUMENT = document()
SCHEMAS: dict[str, dict[str, Any]] = DOCUMENT["components"]["schemas"]
MODELS = {name: schema for name, schema in SCHEMAS.items() if "properties" in schema}
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def test_every_route_of_the_front_is_described_and_no_other() -> None:
    served = {f"{method} {path}" for method, path, function in ROUTES if function == "api"}
    assert OPERATIONS.keys() == served - {"GET /openapi.json"}


@pytest.mark.parametrize("name", MODELS)
def test_every_property_has_a_description(name: str) -> None:
    assert sentence(MODELS[name]["description"])
    for field, schema in MODELS[name]["properties"].items():
        assert sentence(schema.get("description", "")), field


@pytest.mark.parametrize("name", SCHEMAS)
def test_names_are_as_in_json(name: str) -> None:
    for field in SCHEMAS[name].get("properties", {}):
        assert "_" not in field
    # Nothing names a field as Python does.
    words = set(json.dumps(SCHEMAS[name]).replace('"', " ").replace("`", " ").split())
    fields = {field for model in MODELS.values() for field in model["properties"]}
    assert words.isdisjoint(python_name(field) for field in fields if field != field.lower())


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_route_says_what_it_is_for_and_answers(name: str) -> None:
    operation = OPERATIONS[name]
    assert sentence(operation["summary"])
    assert sentence(operation.get("description", "As the summary says."))
    assert operation["tags"][0] in [tag["name"] for tag in DOCUMENT["tags"]]
    for parameter in operation.get("parameters", []):
        assert sentence(parameter.get("description", "")), parameter["name"]
    for status, response in operation["responses"].items():
        assert sentence(response["description"])
        for media_type, content in response["content"].items():
            assert content["schema"], media_type
        problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
        assert status == "200" or response["content"] == {PROBLEM: problem}


def test_what_every_route_can_answer() -> None:
    for name, operation in OPERATIONS.items():
        public = operation.get("security") == []
        # The files are opened by links that carry a signature of ours.
        assert public == (name in ("GET /health", "GET /files/reconciliation"))
        always = {"200", "500"} if public else {"200", "400", "401", "403", "500"}
        if "requestBody" in operation:
            always |= {"413", "415"}
        # Nothing but a GET is open to everybody: no route can forget who may act.
        if not public:
            refusal = operation["responses"]["403"]["description"]
            looks = name.startswith("GET ") and name != "GET /v1/settings/choices"  # it can refresh
            assert ("may only view" in refusal) == (not looks)
        assert always <= operation["responses"].keys()


def test_an_answer_always_has_all_of_its_fields() -> None:
    for name, schema in MODELS.items():
        if not name.endswith("Request"):
            assert schema["required"] == list(schema["properties"]), name
            assert not any("default" in field for field in schema["properties"].values()), name


def test_codes_and_resolutions_are_those_of_the_catalogue() -> None:
    assert SCHEMAS["FailureCode"]["enum"] == list(CATALOGUE)
    assert SCHEMAS["ResolutionName"]["enum"] == list(RESOLUTIONS)


def test_defaults_of_settings_are_those_that_a_new_connection_has() -> None:
    described = SCHEMAS["SettingsRequest"]["properties"]
    defaults = {name: schema["default"] for name, schema in described.items()}
    assert defaults == Settings().model_dump(by_alias=True)


@pytest.mark.parametrize("name", OPERATIONS)
def test_examples_are_what_the_schemas_describe(name: str) -> None:
    reference = api_reference.Reference(DOCUMENT)
    for schema in bodies(OPERATIONS[name]):
        assert list(violations(schema, reference.example(schema), "")) == []


def test_the_page_is_current() -> None:
    assert api_reference.PATH.read_text(encoding="utf-8") == api_reference.page(), "run make docs"


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    whole = [operation["requestBody"]] if "requestBody" in operation else []
    for body in (*whole, *operation["responses"].values()):
        for media_type, content in body["content"].items():
            if media_type.endswith("json"):
                yield content["schema"]


def sentence(text: str) -> bool:
    return text[:1] in ("`", text[:1].upper()) and text.endswith(".")


def python_name(field: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in field)
