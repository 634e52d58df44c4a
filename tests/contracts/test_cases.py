"""The id of a case."""

from uuid import UUID

from complaints_contracts.cases import case_id

CONTACT = UUID("6f0d8a52-3f0e-4c57-9a3b-5d1c7be0a4e1")


def test_the_case_of_a_contact_has_the_same_id_for_whoever_asks() -> None:
    assert case_id(CONTACT) == UUID("924b3d75-5b56-57a5-b129-1aa64b3973b8")


def test_each_matter_of_a_contact_has_a_case_of_its_own() -> None:
    assert case_id(CONTACT, "2") not in (case_id(CONTACT), CONTACT)
