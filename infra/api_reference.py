"""Writes docs/api.md from the API's OpenAPI document: `make docs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from invoice_sync.api import openapi
from invoice_sync.api.app import app

PATH = Path(__file__).parents[1] / "docs" / "api.md"
_NOTE = """This page is made from the OpenAPI document, which the API itself serves at
`GET /openapi.json`, by `make docs`. [The guide](guide/README.md) shows the routes at work;
[failures.md](failures.md) lists the failure codes and what can be decided about them."""
_PREFIX = "#/components/schemas/"
_JSON = "application/json"
Schema = dict[str, Any]


def page() -> str:
    """Return the whole page."""
    return "\n".join(Reference(openapi.document(app)).lines()) + "\n"


class Reference:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas: dict[str, Schema] = document["components"]["schemas"]
        # The operations whose example shows an answer, by the answer's schema.
        self._shown: dict[str, str] = {}

    def lines(self) -> Iterator[str]:
        yield from ("# API reference", "", self._document["info"]["description"], "", _NOTE, "")
        yield from self._contents()
        for tag in self._document["tags"]:
            yield from (f"## {tag['name']}", "", tag["description"], "")
            for method, path, operation in self._operations(tag["name"]):
                yield from self._operation(method, path, operation)
        yield from ("## Models", "", "An answer always has all of its fields.", "")
        for name, schema in self._schemas.items():
            yield from self._model(name, schema)

    def _operations(self, tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, operations in sorted(self._document["paths"].items()):
            for method, operation in operations.items():
                if operation["tags"] == [tag]:
                    yield method.upper(), path, operation

    def _contents(self) -> Iterator[str]:
        yield from ("| route | |", "| --- | --- |")
        for tag in self._document["tags"]:
            for method, path, operation in self._operations(tag["name"]):
                title = f"{method} {path}"
                yield f"| [`{title}`](#{_anchor(title)}) | {operation['summary']} |"
        yield ""

    def _operation(self, method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
        yield from (f"### {method} {path}", "", operation["summary"], "")
        if "description" in operation:
            yield from (operation["description"], "")
        if "parameters" in operation:
            yield from self._parameters(operation["parameters"])
        if "requestBody" in operation:
            body = operation["requestBody"]["content"][_JSON]["schema"]
            yield from (f"Body: {self._type(body)}.", "")
        yield from ("| answer | | |", "| --- | --- | --- |")
        for status, response in operation["responses"].items():
            yield f"| {status} | {self._contents_of(response)} | {_cell(response['description'])} |"
        yield from ("", *self._example(method, path, operation))

    def _parameters(self, parameters: list[dict[str, Any]]) -> Iterator[str]:
        yield from ("| parameter | type | |", "| --- | --- | --- |")
        for parameter in parameters:
            default = parameter["schema"].get("default")
            also = f" Default: `{default}`." if default not in (None, "") else ""
            about = f"{_cell(parameter['description'])}{also}"
            # A parameter that may be left out is null when it is.
            type_ = self._type(parameter["schema"]).removesuffix(" or null")
            yield f"| `{parameter['name']}` | {type_} | {about} |"
        yield ""

    def _contents_of(self, response: dict[str, Any]) -> str:
        types = []
        for media_type, content in response["content"].items():
            described = self._type(content["schema"])
            types.append(described if media_type.endswith("json") else f"`{media_type}`")
        headers = [f"header `{name}`" for name in response.get("headers", {})]
        return ", ".join([" or ".join(types), *headers])

    def _example(self, method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
        title = f"{method} {path}"
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                value = self.example(parameter["schema"])
                path = path.replace(f"{{{parameter['name']}}}", value)
        yield from ("Example:", "", "```", f"{method} {path}")
        if "requestBody" in operation:
            body = self.example(operation["requestBody"]["content"][_JSON]["schema"])
            yield json.dumps(body)
        content = operation["responses"]["200"]["content"]
        if _JSON not in content:
            yield from ("```", "")
            return
        schema = content[_JSON]["schema"]
        shown = self._shown.setdefault(json.dumps(schema), title)
        if shown == title:
            yield from ("", json.dumps(self.example(schema), indent=2))
        yield from ("```", "")
        if shown != title:
            yield from (f"For the answer see [{shown}](#{_anchor(shown)}).", "")

    def _model(self, name: str, schema: Schema) -> Iterator[str]:
        yield from (f"### {name}", "", schema["description"], "")
        if "enum" in schema:
            yield from (", ".join(f"`{value}`" for value in schema["enum"]), "")
            return
        yield from ("| field | type | |", "| --- | --- | --- |")
        for field, property_ in schema["properties"].items():
            about = _cell(property_["description"])
            if field not in schema.get("required", []):
                about += f" Default: `{json.dumps(property_.get('default'))}`."
            yield f"| `{field}` | {self._type(property_)} | {about} |"
        yield ""

    def _type(self, schema: Schema) -> str:
        """Say the type of a value in a few words, with links to models."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_PREFIX)
            return f"[{name}](#{name.lower()})"
        if "anyOf" in schema:
            return " or ".join(self._type(choice) for choice in schema["anyOf"])
        if "enum" in schema:
            values = [value for value in schema["enum"] if value]
            if len(values) > 10:
                return "string"
            return ", ".join(f"`{value}`" for value in values)
        if "const" in schema:
            return f"`{schema['const']}`" if schema["const"] else "empty"
        if schema["type"] == "array":
            return f"list of {self._type(schema['items'])}"
        if isinstance(schema.get("additionalProperties"), dict):
            return f"map to {self._type(schema['additionalProperties'])}"
        return {"date": "day", "date-time": "time"}.get(
            schema.get("format", ""), str(schema["type"])
        )

    def example(self, schema: Schema) -> Any:
        """Make an example of a schema from those of its properties."""
        if "examples" in schema:
            return schema["examples"][0]
        if "default" in schema:
            return schema["default"]
        if "$ref" in schema:
            return self.example(self._schemas[schema["$ref"].removeprefix(_PREFIX)])
        if "anyOf" in schema:
            return self.example(schema["anyOf"][0])
        if "enum" in schema:
            return schema["enum"][0]
        if "const" in schema:
            return schema["const"]
        if schema["type"] == "array":
            return [self.example(schema["items"])]
        if schema["type"] == "object":
            return {
                name: self.example(property_)
                for name, property_ in schema.get("properties", {}).items()
            }
        return {"boolean": False, "integer": 0}.get(schema["type"], "")


def _anchor(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
