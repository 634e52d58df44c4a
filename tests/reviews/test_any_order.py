"""Topics race: whatever arrives first, a review ends the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints_contracts.cases import AdviserAllocated, CaseOpened, CasePersonErased
from complaints_contracts.codes import Channel, Medium, Purpose, Queue, Urgency
from complaints_contracts.event import Event
from complaints_contracts.notices import NoticeSent
from complaints_contracts.parts import Person
from complaints_contracts.triage import ContactSorted, MessageSorted, SortingPersonErased

if TYPE_CHECKING:
    from conftest import Reviews

numbers = count()
Stream = list[Event]


def own(person: Person, name: str) -> Person:
    return person.model_copy(
        update={"id": uuid4(), "name": name, "email": f"{name}@people.example"}
    )


class World:
    """One run's events, by stream: two cases, an application and its acknowledgement."""

    def __init__(
        self,
        applied: Callable[..., ContactSorted],
        opened: Callable[..., CaseOpened],
        mentions: Sequence[int],
        owners: Sequence[str],
    ) -> None:
        run = next(numbers)
        references = [f"RUN-{run}-{number}" for number in range(3)]
        template = applied().persons[0]
        self.name = f"moira{run} tansley{run}"
        self.application = applied(
            persons=(own(template, self.name),),
            mentions=tuple(references[number] for number in mentions),
        )
        contact = self.application.contact_id
        message = MessageSorted(
            contact_id=contact,
            case_id=self.application.case_id,
            message_id=uuid4(),
            person_id=self.application.person,
            reference=self.application.reference,
            channel=Channel.EMAIL,
            received_at=self.application.received_at,
            words="One more thing",
            queue=Queue.REVIEWS,
            urgency=Urgency.URGENT,
            prompts_version="test",
        )
        sent = NoticeSent(
            notice_id=uuid4(),
            contact_id=contact,
            reference=self.application.reference,
            purpose=Purpose.REVIEW_ACKNOWLEDGEMENT,
            medium=Medium.EMAIL,
            attempts=1,
        )
        cases = [
            opened(
                reference=references[number],
                persons=(own(template, self.name if owner == "theirs" else f"other {run}"),),
            )
            for number, owner in enumerate(owners)
        ]
        self.cases = cases
        self.streams: list[Stream] = [
            [self.application, message],
            [sent],
            *([case, AdviserAllocated(case_id=case.case_id, adviser_id="a")] for case in cases),
        ]

    def erased(self) -> list[Stream]:
        """The same, and in the end everybody is erased."""
        contact = self.application.contact_id
        person = self.application.person
        first, notice, *cases = self.streams
        return [
            [*first, SortingPersonErased(contact_id=contact, person_id=person)],
            notice,
            *(
                [*stream, CasePersonErased(case_id=case.case_id, person_id=case.person)]
                for stream, case in zip(cases, self.cases, strict=True)
            ),
        ]


def turns(streams: Sequence[Stream], order: st.DataObject) -> list[list[tuple[Event, int]]]:
    """All events in batches, in any order: of one stream as well, which the chassis puts right."""
    events = [(event, turn) for stream in streams for turn, event in enumerate(stream, start=1)]
    mixed = order.draw(st.permutations(events))
    cuts = sorted(order.draw(st.sets(st.integers(1, len(mixed) - 1), max_size=4)))
    return [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]


async def outcome(reviews: Reviews, world: World) -> tuple[Any, ...]:
    row = await reviews.review(world.application.contact_id)
    advisers = await reviews.rows(
        "SELECT case_id FROM copied_allocations WHERE case_id = ANY(:ids) ORDER BY case_id",
        ids=[case.case_id for case in world.cases],
    )
    assert len(advisers) == len(world.cases)
    return row.why, row.case_id, row.messages, row.acknowledgement, row.urgency


def expected(world: World) -> tuple[str | None, Any]:
    """Why no case was found, or which: worked out here by counting alone."""
    cases = {case.reference: case for case in world.cases}
    mentioned = dict.fromkeys(world.application.mentions)
    if not mentioned:
        return "NO_REFERENCE", None
    if not mentioned.keys() <= cases.keys():
        return "UNKNOWN_REFERENCE", None
    theirs = [cases[r] for r in mentioned if cases[r].persons[0].name == world.name]
    if not theirs:
        return "PERSON_DIFFERS", None
    return ("SEVERAL_CASES", None) if len(theirs) > 1 else (None, theirs[0].case_id)


PLANS = {
    "mentions": st.lists(st.integers(0, 2), max_size=3),
    "owners": st.lists(st.sampled_from(["theirs", "another's"]), min_size=1, max_size=3),
}
RUNS = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@given(**PLANS, order=st.data())
@RUNS
async def test_every_order_ends_the_same(
    reviews: Reviews,
    applied: Callable[..., ContactSorted],
    opened: Callable[..., CaseOpened],
    mentions: list[int],
    owners: list[str],
    order: st.DataObject,
) -> None:
    world = World(applied, opened, mentions, owners)
    for batch in turns(world.streams, order):
        await reviews.hear(*batch)
    assert await reviews.rows("SELECT * FROM held") == []
    assert await outcome(reviews, world) == (*expected(world), 1, "SENT", "URGENT")


@given(**PLANS, order=st.data())
@RUNS
async def test_in_every_order_nothing_is_left_of_whom_is_erased(
    reviews: Reviews,
    applied: Callable[..., ContactSorted],
    opened: Callable[..., CaseOpened],
    mentions: list[int],
    owners: list[str],
    order: st.DataObject,
) -> None:
    world = World(applied, opened, mentions, owners)
    for batch in turns(world.erased(), order):
        await reviews.hear(*batch)
    assert await reviews.rows("SELECT * FROM held") == []
    why, case_id, *rest = await outcome(reviews, world)
    assert rest == [1, "SENT", "URGENT"]
    assert (case_id is None) is (why is not None)
    if case_id:  # matched before they were erased
        [case] = [case for case in world.cases if case.case_id == case_id]
        assert case.reference in world.application.mentions
        assert case.persons[0].name == world.name
    assert world.name.split()[0] not in await reviews.dump()
