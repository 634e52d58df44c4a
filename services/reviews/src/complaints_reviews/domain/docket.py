"""What a batch knows for matching: cases by reference, and the reviews that mention them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from complaints_reviews.domain.matching import KnownCase


class Docket:
    """Loaded for the references a batch asks about; what the batch itself brings is added."""

    def __init__(
        self, cases: Iterable[KnownCase] = (), waiting: Iterable[tuple[str, UUID]] = ()
    ) -> None:
        self._cases: dict[str, dict[UUID, KnownCase]] = defaultdict(dict)
        self._waiting: dict[str, set[UUID]] = defaultdict(set)
        for case in cases:
            self.add(case)
        for reference, review_id in waiting:
            self.wait(review_id, (reference,))

    @property
    def cases(self) -> Mapping[str, Iterable[KnownCase]]:
        """Cases by reference."""
        return {reference: tuple(cases.values()) for reference, cases in self._cases.items()}

    @property
    def reviews(self) -> frozenset[UUID]:
        """Every review in it."""
        return frozenset().union(*self._waiting.values())

    def add(self, case: KnownCase) -> None:
        """A case is known now."""
        self._cases[case.reference][case.case_id] = case

    def wait(self, review_id: UUID, mentions: Iterable[str]) -> None:
        """A review mentions these references, and has no case."""
        for reference in mentions:
            self._waiting[reference].add(review_id)

    def waiting_for(self, reference: str) -> list[UUID]:
        """The reviews that mention a reference and had no case when it was loaded."""
        return sorted(self._waiting.get(reference, ()))

    def forget(self, person_id: UUID) -> None:
        """A person was erased: nobody is recognised as them any more."""
        for cases in self._cases.values():
            for id, case in cases.items():
                persons = tuple(person for person in case.persons if person.id != person_id)
                cases[id] = replace(case, persons=persons)
