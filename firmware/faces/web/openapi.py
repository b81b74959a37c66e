"""OpenAPI: the description of the HTTP API for programs, 3.1, made from the table of routes."""

from typing import Any

from ampkeeper.firmware import __version__
from ampkeeper.firmware.access.roles import RIGHTS
from ampkeeper.firmware.faces.api import State, parts_of, schema_of
from ampkeeper.firmware.faces.web.routes import PLACES, SCHEMA, Row, places_of

ERROR = {
    "type": "object",
    "description": "What is wrong, which value, and what is allowed.",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}
ANYTHING = {"type": "object"}
REFUSALS = {
    "400": "What was sent cannot be: the body, the query or the path.",
    "401": "Nobody is logged in, or the secret is wrong.",
    "403": "Whoever asks may not do this, or did not ask from the page.",
    "404": "There is no such thing.",
    "409": "The station says no, as things stand.",
    "405": "Not by this method.",
    "408": "The body took too long.",
    "413": "The body is too long.",
    "415": "The body is not JSON.",
    "421": "The host is not this charger.",
    "429": "Too many at once, or a wrong secret before: wait.",
    "503": "The books cannot be written now.",
}


def describe(rows: tuple[Row, ...]) -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, Any] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row)
    parts = {name: schema_of(part) for name, part in parts_of(State).items()}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": SCHEMA,
        "info": {
            "title": "Ampkeeper",
            "version": __version__,
            "description": "What the charger does, and what may be asked of it.",
        },
        "security": [{"session": []}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": parts | {"Error": ERROR},
            "responses": {code: _refusal(text) for code, text in REFUSALS.items()},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-ampkeeper"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(row: Row) -> dict[str, Any]:
    who = [role.value for role, rights in RIGHTS.items() if row.right in rights]
    told = f"For: {', '.join(who)}." if row.right is not None else "For anybody."
    made: dict[str, Any] = {
        "operationId": row.name,
        "summary": row.summary,
        "description": told,
        "parameters": [*_places(row), *_query(row)],
        "responses": _answers(row),
    }
    if row.right is None:
        made["security"] = []
    if row.body is not None:
        content = {"application/json": {"schema": dict(row.body)}}
        made["requestBody"] = {"required": bool(row.body.get("required")), "content": content}
    if row.is_file:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _places(row: Row) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": dict(PLACES[name])}
        for name in places_of(row.path)
    ]


def _query(row: Row) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "required": False, "schema": dict(schema)}
        for name, schema in row.query.items()
    ]


def _answers(row: Row) -> dict[str, Any]:
    schema: dict[str, Any] = ANYTHING if row.kind == "application/json" else {"type": "string"}
    if row.answer is not None:
        schema = {"$ref": f"#/components/schemas/{row.answer.__name__}"}
    good = {"description": row.summary, "content": {row.kind: {"schema": schema}}}
    return {"200": good} | {code: {"$ref": f"#/components/responses/{code}"} for code in REFUSALS}


def _refusal(text: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": text, "content": content}
