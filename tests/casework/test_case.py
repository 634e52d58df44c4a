"""The case itself: what follows from its facts, whatever their order and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints_casework.domain.breaches import note_breaches, to_watch
from complaints_casework.domain.case import (
    Case,
    add_action,
    open_case,
    record_attempt,
)
from complaints_casework.domain.codes import ActionKind, How, Reason
from complaints_casework.domain.counting import start_clocks, workings
from complaints_casework.domain.evolving import evolve
from complaints_casework.domain.marking import marked
from complaints_contracts.codes import ClockKind, Criterion
from complaints_contracts.triage import ContactSorted, Prompt
from complaints_law.office import load_office

Contact = Callable[..., ContactSorted]
RECEIVED = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)
HOURS = load_office().opening_hours
PERSON = UUID(int=1)

moments = st.integers(0, 60 * 24 * 45).map(lambda minutes: RECEIVED + timedelta(minutes=minutes))
steps = st.lists(st.tuples(moments, st.sampled_from(["look", "made", "failed"])), max_size=20).map(
    sorted
)
any_contact = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def opened(event: ContactSorted, now: datetime = RECEIVED) -> Case:
    clocks, _ = start_clocks(event.received_at, event.made_at, HOURS)
    return reduce(evolve, open_case(Case(), event, clocks, now), Case())


@any_contact
@given(steps=steps, opened_at=moments)
def test_a_breach_is_noted_once_never_early_and_never_missed(
    contact: Contact, steps: list[tuple[datetime, str]], opened_at: datetime
) -> None:
    case = opened(contact(), opened_at)
    noted: Counter[ClockKind] = Counter()
    end = RECEIVED + timedelta(days=60)
    for now, what in [*((max(at, opened_at), what) for at, what in steps), (end, "look")]:
        for breach in note_breaches(case, now):
            assert breach.due_at <= now
            noted[breach.clock] += 1
            case = evolve(case, breach)
        assert note_breaches(case, now) == ()
        if what != "look":
            made = what == "made"
            fact = record_attempt(case, PERSON, made=made, how=How.TELEPHONE, note=None, now=now)
            case = evolve(case, fact)
    late = {c.kind for c in case.clocks if case.met.get(c.kind, end) > c.due_at}
    assert noted == Counter(late)
    assert to_watch(case) == ()


def test_a_case_is_opened_once(contact: Contact) -> None:
    event = contact()
    assert open_case(opened(event), event, (), RECEIVED) == ()


def test_only_reaching_the_person_keeps_the_promise_of_a_call(contact: Contact) -> None:
    case = opened(contact())
    failed = record_attempt(case, PERSON, made=False, how=How.TELEPHONE, note=None, now=RECEIVED)
    case = evolve(case, failed)
    assert (ClockKind.CALL in case.met, case.attempts) == (False, 1)
    # Any way of reaching them keeps the promise of a call (domain.md 1.9, 9).
    made = record_attempt(case, PERSON, made=True, how=How.LETTER, note=None, now=RECEIVED)
    assert evolve(case, made).met[ClockKind.CALL] == RECEIVED


def test_reaching_the_person_does_not_decide_for_the_team_leader(contact: Contact) -> None:
    case = opened(contact())
    for kind in (ActionKind.CALL, ActionKind.ALLOCATE):
        case = evolve(case, add_action(case, kind, Reason.NOBODY_PRESENT))
    made = record_attempt(case, PERSON, made=True, how=How.TELEPHONE, note=None, now=RECEIVED)
    assert [a.kind for a in evolve(case, made).open_actions] == [ActionKind.ALLOCATE]


def test_the_working_leads_to_what_was_told_or_is_not_shown(contact: Contact) -> None:
    case = opened(contact())
    found = workings(case.clocks, RECEIVED, None, HOURS)
    assert {kind: w.due_at for kind, w in found.items()} == {c.kind: c.due_at for c in case.clocks}
    moved = tuple(
        c.model_copy(update={"due_at": c.due_at + timedelta(days=1)}) for c in case.clocks
    )
    assert workings(moved, RECEIVED, None, HOURS) == {}


prompts = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), st.booleans()), max_size=6)


@given(
    words=st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40),
    places=prompts,
)
def test_marking_changes_no_letter_of_the_words(
    words: str, places: list[tuple[int, int, bool]]
) -> None:
    found = [
        Prompt(
            criterion=Criterion.MF2,
            phrase=str(uuid4()),
            words=words[at : at + length],
            start=at,
            end=at + length,
            negated=negated,
        )
        for at, length, negated in places
        if at + length <= len(words)
    ]
    pieces = marked(words, found)
    assert "".join(piece.text for piece in pieces) == words
    shown = {at for p in found if not p.negated for at in range(p.start, p.end)}
    lengths = [0, *(len(piece.text) for piece in pieces)]
    starts = [sum(lengths[: n + 1]) for n in range(len(pieces))]
    lit = {
        at
        for start, piece in zip(starts, pieces, strict=True)
        if piece.criteria
        for at in range(start, start + len(piece.text))
    }
    assert lit == shown


def test_erased_words_mark_nothing() -> None:
    prompt = Prompt(criterion=Criterion.MF2, phrase="hurt", words="[erased]", start=40, end=55)
    assert [piece.criteria for piece in marked("[erased]", [prompt])] == [()]
