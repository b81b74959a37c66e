"""SBOM: what a package is made of, as CycloneDX 1.5 in JSON. Pure; the same bytes each time."""

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tools.deb.wheels import Wheel

SPEC = "1.5"  # https://cyclonedx.org/docs/1.5/json/


def document(ours: Wheel, others: Iterable[Wheel], arch: str, built_s: int) -> str:
    """The document; ``built_s``: seconds since 1970 of the commit that it was built from."""
    parts = sorted(others, key=lambda each: each.name)
    told: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(built_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": _component(ours, "firmware"),
            "properties": [{"name": "debian:architecture", "value": arch}],
        },
        "components": [_component(each, "library") for each in parts],
        "dependencies": [
            {"ref": _purl(ours), "dependsOn": [_purl(each) for each in parts]},
        ],
    }
    told["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(told))}"
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def _component(wheel: Wheel, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "bom-ref": _purl(wheel),
        "name": wheel.name,
        "version": wheel.version,
        "purl": _purl(wheel),
        "hashes": [{"alg": "SHA-256", "content": wheel.sha256}],
        "licenses": [{"license": {"name": wheel.license}}],
    }


def _purl(wheel: Wheel) -> str:
    return f"pkg:pypi/{wheel.name.replace('_', '-')}@{wheel.version}"
