"""Plain sentences for what pydantic finds wrong with a value; none repeats the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic_core.core_schema import ErrorType

_UNLISTED: Final = "is not in the form that is needed"
_NUMBER: Final = "should be a whole number"
_YES_NO: Final = "should be true or false"
_UUID: Final = "should be a UUID"
_DATE: Final = "should be a date such as 2026-03-31"
_TIME: Final = "should be a date and time such as 2026-03-31T09:30:00Z"
_SENTENCES: Final = {
    "missing": "is missing",
    "extra_forbidden": "is not known here; check its spelling or leave it out",
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "greater_than": "should be more than {gt}",
    "greater_than_equal": "should be {ge} or more",
    "less_than": "should be less than {lt}",
    "less_than_equal": "should be {le} or less",
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "string_type": "should be text",
    "string_too_short": "should be at least {min_length} characters long",
    "string_too_long": "should be at most {max_length} characters long",
    "too_short": "should have at least {min_length} entries",
    "too_long": "should have at most {max_length} entries",
    "enum": "should be {expected}",
    "literal_error": "should be {expected}",
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": "should say its offset from UTC, as in 2026-03-31T09:30:00Z",
    "list_type": "should be a list",
    "tuple_type": "should be a list",
    "dict_type": "should be an object with names and values",
    "model_type": "should be an object with names and values",
    "model_attributes_type": "should be an object with names and values",
    "json_invalid": "is not JSON",
}
_OURS: Final = ("Value error, ", "Assertion failed, ")
_PYDANTICS: Final = set(get_args(ErrorType)) - {
    "value_error",
    "assertion_error",
}


def plain(error: Mapping[str, Any]) -> str:
    """What is wrong, to be read after the name of the field; `error` is one of pydantic's.

    What our own validators say is passed on in their words.
    """
    kind = error["type"]
    if kind in _SENTENCES:
        return _SENTENCES[kind].format_map(error.get("ctx", {}))
    if kind in _PYDANTICS:
        return _UNLISTED
    words: str = error["msg"]
    for prefix in _OURS:
        words = words.removeprefix(prefix)
    return words
