"""Whose turn it is, decided without a database."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from toy import received, record

from complaints_chassis.held import Held
from complaints_chassis.ordering import Arrival, Outcome, Turn, in_order, timely
from complaints_contracts import envelope
from complaints_contracts.codes import HeldKind

CONTACT = uuid4()


def arrival(sequence: int) -> Arrival:
    """Another event at each call, all of one stream."""
    made = record(received(CONTACT), sequence)
    return Arrival(made, envelope.decode(made.key, made.value, made.headers, made.topic))


def known(*arrivals: Arrival) -> dict[Turn, UUID]:
    return {arrival.turn: arrival.envelope.id for arrival in arrivals}


def applies(_: Arrival) -> Held | None:
    return None


def sequences(outcome: Outcome) -> list[int]:
    return [sequence for _, _, sequence in outcome.applied]


@pytest.mark.parametrize(
    ("arriving", "before", "applied", "behind"),
    [
        ((1, 2, 3), (), [1, 2, 3], []),
        ((3, 1, 4, 2), (), [1, 2, 3, 4], []),
        ((4, 2), (), [], [4, 2]),
        ((5, 3), (2,), [3], [5]),
    ],
)
def test_each_is_applied_in_its_turn_or_behind(
    arriving: tuple[int, ...], before: tuple[int, ...], applied: list[int], behind: list[int]
) -> None:
    outcome = in_order([*map(arrival, arriving)], known(*map(arrival, before)), set(), applies)
    assert sequences(outcome) == applied
    assert [held.envelope.sequence for held in outcome.held if held.envelope] == behind
    assert {held.kind for held in outcome.held} <= {HeldKind.BEHIND}


def test_the_same_event_again_is_a_duplicate() -> None:
    first, second = arrival(1), arrival(2)
    outcome = in_order([first, second, second], known(first), set(), applies)
    assert (sequences(outcome), outcome.duplicates, outcome.held) == ([2], 2, [])


def test_another_event_of_the_same_sequence_is_forked_and_stops_its_stream() -> None:
    first, other, second = arrival(1), arrival(1), arrival(2)
    outcome = in_order([first, other, second], {}, set(), applies)
    assert sequences(outcome) == [1]
    assert [held.kind for held in outcome.held] == [HeldKind.FORKED, HeldKind.BEHIND]


def test_a_stream_that_is_stuck_stays_so() -> None:
    first, second = arrival(1), arrival(2)
    outcome = in_order([second], known(first), {first.place}, applies)
    assert [held.kind for held in outcome.held] == [HeldKind.BEHIND]


def test_what_cannot_be_applied_keeps_its_followers_behind() -> None:
    first, second = arrival(1), arrival(2)
    outcome = in_order([first, second], {}, set(), lambda a: a.held(HeldKind.WAITING, "why"))
    assert [held.kind for held in outcome.held] == [HeldKind.WAITING, HeldKind.BEHIND]
    assert not outcome.applied


def test_streams_are_read_for_those_only_whose_turn_it_may_be() -> None:
    first, second, third, sixth = map(arrival, (1, 2, 3, 6))
    assert timely([first, sixth, third, second], known(first).keys()) == [third, second]
