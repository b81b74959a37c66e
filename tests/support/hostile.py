"""Texts that no central system should send: each must cost the station nothing."""

import json
from typing import Any

MEGABYTE = 1 << 20
TEN_MB = '[2,"big","DataTransfer",{"vendorId":"' + "x" * (10 * MEGABYTE) + '"}]'
NESTED = '[2,"deep","DataTransfer",' + "[" * 100_000 + "]" * 100_000 + "]"
NESTED_OBJECTS = '{"a":' * 100_000 + "1" + "}" * 100_000

# fmt: off
GARBAGE: dict[str, str | bytes] = {
    "nothing":              "",
    "blanks":               " \t\r\n" * 100,
    "no JSON":              "hello, charger",
    "half a frame":         '[2,"half","Heartb',
    "not a list":           '{"action": "Reset"}',
    "an empty list":        "[]",
    "a number":             "1e999",
    "not a number":         '[2,"nan","Reset",NaN]',
    "an unknown type":      '[9,"nine","Reset",{}]',
    "a type that is text":  '["2","text","Reset",{"type":"Hard"}]',
    "no id":                '[2,null,"Reset",{"type":"Hard"}]',
    "an id without end":    '[2,"' + "i" * 70_000 + '","Reset",{"type":"Hard"}]',
    "no payload":           '[2,"short","Reset"]',
    "a payload of text":    '[2,"worded","Reset","Hard"]',
    "too much of a frame":  '[2,"long","Reset",{"type":"Hard"},{},{},{}]',
    "an unhashable action": '[2,"list",["Reset"],{"type":"Hard"}]',
    "an unknown action":    '[2,"unknown","SelfDestruct",{"now":true}]',
    "a wrong value":        '[2,"wrong","Reset",{"type":"Gently"}]',
    "another's answer":     '[3,"nobody-asked",{}]',
    "an error for nobody":  '[4,"nobody-asked","InternalError","",{}]',
    "an error without id":  '[4,null,"FormationViolation","",{}]',
    "a huge whole number":  '[2,"digits","Reset",{"type":' + "9" * 5_000 + "}]",
    "lone surrogates":      '[2,"\\ud800","Reset",{"type":"\\udfff"}]',
    "a null character":     '[2,"\\u0000","Reset\\u0000",{}]',
    "bytes":                b'[2,"bytes","Reset",{"type":"Hard"}]',
    "rubbish bytes":        bytes(range(256)) * 40,
    "100,000 brackets":     NESTED,
    "100,000 objects":      NESTED_OBJECTS,
}
# fmt: on


def flood(count: int, is_16: bool) -> list[str]:
    """So many valid calls at once."""
    if is_16:
        call: tuple[str, dict[str, Any]] = ("GetConfiguration", {"key": ["MaxCurrent"]})
    else:
        data = {"component": {"name": "LimitCtrlr"}, "variable": {"name": "MaxCurrent"}}
        call = ("GetVariables", {"getVariableData": [data]})
    return [json.dumps([2, f"flood-{number}", *call]) for number in range(count)]
