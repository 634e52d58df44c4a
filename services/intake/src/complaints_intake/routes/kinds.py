"""The first part of the address of a form's page, which says which form it is."""

from __future__ import annotations

from typing import Final

from starlette.convertors import Convertor, register_url_convertor

from complaints_intake.domain.answers import Kind


class _KindConvertor(Convertor[Kind]):
    """Matches the forms there are and nothing else, so that other pages keep their addresses."""

    regex = "|".join(Kind)

    def convert(self, value: str) -> Kind:
        return Kind(value)

    def to_string(self, value: Kind) -> str:
        return value


register_url_convertor("form", _KindConvertor())

FORM: Final = "/{kind:form}"
"""Where the pages of a form are; a route below it takes `kind`."""
