"""Type, urgency and queue: what is suggested, and which way is taken in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from complaints_contracts.codes import Channel, ContactType, Criterion, Queue, RiskFlag, Urgency
from complaints_triage.data import load_rules
from complaints_triage.domain.sorting import Sorting, sort


def sorted_(words: str, channel: Channel = Channel.EMAIL, **given: Any) -> Sorting:
    return sort(words, load_rules(), channel=channel, **given)


def raised(sorting: Sorting) -> set[Criterion]:
    return {prompt.criterion for prompt in sorting.prompts if not prompt.negated}


def test_s1_a_call_that_was_not_returned_prompts_nothing() -> None:
    sorting = sorted_(
        "I reported my van being broken into six weeks ago. Three messages left, nobody has "
        "called. I just want to know if anyone is looking at it.",
        Channel.WEB,
    )
    assert raised(sorting) == set()
    assert (sorting.contact_type, sorting.urgency, sorting.queue) == (
        ContactType.COMPLAINT,
        Urgency.ROUTINE,
        Queue.RESOLUTION,
    )


def test_s2_a_broken_wrist_is_urgent_on_the_allegation() -> None:
    sorting = sorted_(
        "Caller says officers dragged him from his car and broke his wrist; he has an X-ray.",
        Channel.FORCE_101,
    )
    assert raised(sorting) >= {Criterion.MF2, Criterion.MF3, Criterion.MF6}
    assert (sorting.urgency, sorting.queue) == (Urgency.URGENT, Queue.URGENT)


def test_s3_people_like_you_prompts_discrimination_whatever_the_writer_wants() -> None:
    sorting = sorted_(
        "Stopped and searched again. Officer said 'people like you' always carry. I don't want a "
        "fuss, just a word with him."
    )
    assert raised(sorting) >= {Criterion.MF4, Criterion.MF6}
    assert sorting.contact_type is ContactType.COMPLAINT


def test_s6_a_claim_with_a_complaint_beside_it_keeps_both_in_sight() -> None:
    sorting = sorted_(
        "Officers forced the wrong door, it was my flat. I want 900 pounds compensation and an "
        "apology.",
        Channel.LETTER,
    )
    assert (sorting.contact_type, sorting.queue) == (ContactType.MIXED, Queue.RESOLUTION)


@pytest.mark.parametrize(
    "words",
    [
        "I want to report a theft. I told PC 4411 about it in May and never got a call.",
        "How do I claim compensation? The sergeant was lazy.",
        "Subject access request. I have asked twice.",
        "Dear Commissioner, I have been waiting for weeks.",
        "PC Jones called me a liar and I want compensation",
        "The police smashed my window and left. Who pays?",
    ],
)
def test_dissatisfaction_beside_anything_else_reaches_an_adviser(words: str) -> None:
    sorting = sorted_(words)
    assert (sorting.contact_type, sorting.queue) == (ContactType.MIXED, Queue.RESOLUTION)


def test_an_emergency_is_not_mixed_because_it_is_dangerous() -> None:
    sorting = sorted_("Somebody is breaking into my house right now")
    assert (sorting.contact_type, sorting.queue) == (ContactType.CRIME_OR_EMERGENCY, Queue.URGENT)


@pytest.mark.parametrize(
    "words", ["I rang 999.", "The insurer asked me for a number.", "the insurance has my claim"]
)
def test_a_passing_mention_says_nothing_about_the_type(words: str) -> None:
    assert sorted_(words).contact_type is ContactType.COMPLAINT


@pytest.mark.parametrize("words", ["", " \n", "?", "Hello", "Dzień dobry", "asdf qwer", "😡😡😡"])
def test_what_says_little_is_a_complaint_for_the_resolution_team(words: str) -> None:
    sorting = sorted_(words)
    assert (sorting.contact_type, sorting.queue) == (ContactType.COMPLAINT, Queue.RESOLUTION)


@pytest.mark.parametrize(
    ("words", "contact_type", "queue"),
    [
        ("Thank you to the officers, brilliant.", ContactType.COMPLIMENT, Queue.COMPLIMENTS),
        ("Speeding on our estate at night.", ContactType.COMMUNITY_CONCERN, Queue.CONCERNS),
        ("I wish to appeal the outcome.", ContactType.REVIEW_APPLICATION, Queue.RESOLUTION),
        ("Your resolution team was rude.", ContactType.STAFF_COMPLAINT, Queue.STAFF),
        ("How do I claim compensation?", ContactType.COMPENSATION_CLAIM, Queue.SIGNPOST),
        ("Subject access request.", ContactType.FOI_SAR, Queue.INFORMATION_RIGHTS),
        ("Please record it formally.", ContactType.RECORDING_REQUEST, Queue.RESOLUTION),
        ("I withdraw my complaint.", ContactType.WITHDRAWAL, Queue.RESOLUTION),
        ("Boost your SEO, unsubscribe here", ContactType.SPAM_ABUSE, Queue.SUSPECTED_SPAM),
    ],
)
def test_each_type_waits_in_its_queue(words: str, contact_type: ContactType, queue: Queue) -> None:
    sorting = sorted_(words)
    assert (sorting.contact_type, sorting.queue) == (contact_type, queue)
    assert any(reason.phrase_id == contact_type for reason in sorting.type_reasons)


def test_thanks_with_dissatisfaction_behind_it_is_mixed() -> None:
    sorting = sorted_("Thank you to PC Osei who was kind. However nobody rang for three weeks.")
    assert (sorting.contact_type, sorting.queue) == (ContactType.MIXED, Queue.RESOLUTION)


def test_thanks_with_an_assault_behind_it_is_mixed_and_urgent() -> None:
    sorting = sorted_("Many thanks to the first officer, lovely. The second one punched me.")
    assert (sorting.contact_type, sorting.queue) == (ContactType.MIXED, Queue.URGENT)


@pytest.mark.parametrize(
    "words",
    [
        "fuck you and the copper who nicked my phone",
        "click this link here to see the video of the officer",
        "piss off you useless lot, he broke my arm",
    ],
)
def test_who_may_be_complaining_is_not_spam(words: str) -> None:
    assert sorted_(words).contact_type is ContactType.COMPLAINT


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.IN_PERSON, Channel.OTHER])
def test_what_a_person_took_down_is_never_suspected_of_being_spam(channel: Channel) -> None:
    assert sorted_("Boost your SEO, unsubscribe", channel).contact_type is ContactType.COMPLAINT


def test_an_automatic_message_with_nothing_in_it_is_marked() -> None:
    words = "I am away until Monday."
    assert sorted_(words, automatic=True).queue is Queue.SUSPECTED_SPAM
    assert sorted_(words).queue is Queue.RESOLUTION


def test_an_automatic_message_with_something_in_it_is_sorted_like_any_other() -> None:
    assert sorted_("An officer hit me.", automatic=True).queue is Queue.URGENT


def test_a_risk_goes_before_everything() -> None:
    sorting = sorted_("Thank you, you were great. I am going to kill myself tonight.")
    assert sorting.risks[0] is RiskFlag.SELF_HARM
    assert (sorting.urgency, sorting.queue) == (Urgency.IMMEDIATE, Queue.URGENT)


def test_what_is_denied_does_not_make_a_contact_urgent() -> None:
    sorting = sorted_("He was rude. He did not hit me and nobody was hurt.")
    assert {prompt.criterion for prompt in sorting.prompts} >= {Criterion.MF2, Criterion.MF3}
    assert sorting.urgency is Urgency.ROUTINE


def test_a_sorting_says_which_data_it_used() -> None:
    assert sorted_("hello").prompts_version == load_rules().version


@pytest.mark.parametrize(
    ("declared", "queue"),
    [
        (ContactType.REVIEW_APPLICATION, Queue.REVIEWS),
        (ContactType.STAFF_COMPLAINT, Queue.STAFF),
        (ContactType.COMPLIMENT, Queue.COMPLIMENTS),
        (ContactType.COMMUNITY_CONCERN, Queue.CONCERNS),
        (ContactType.COMPLAINT, Queue.RESOLUTION),
        (ContactType.MIXED, Queue.RESOLUTION),
        (ContactType.WITHDRAWAL, Queue.RESOLUTION),
        (ContactType.FOI_SAR, Queue.INFORMATION_RIGHTS),
    ],
)
def test_what_is_declared_goes_before_what_the_words_suggest(
    declared: ContactType, queue: Queue
) -> None:
    sorting = sorted_("Here is the letter.", declared=declared)
    assert (sorting.contact_type, sorting.queue) == (declared, queue)


@pytest.mark.parametrize(
    ("declared", "words", "contact_type", "queue"),
    [
        (
            ContactType.COMPLIMENT,
            "PC Osei was kind. However nobody rang for three weeks.",
            ContactType.MIXED,
            Queue.RESOLUTION,
        ),
        (ContactType.COMPLIMENT, "He broke my arm.", ContactType.MIXED, Queue.URGENT),
        (
            ContactType.COMMUNITY_CONCERN,
            "Nobody rang me back about the quad bikes.",
            ContactType.COMPLAINT,
            Queue.RESOLUTION,
        ),
    ],
)
def test_dissatisfaction_is_not_declared_away(
    declared: ContactType, words: str, contact_type: ContactType, queue: Queue
) -> None:
    sorting = sorted_(words, declared=declared)
    assert (sorting.contact_type, sorting.queue) == (contact_type, queue)


@pytest.mark.parametrize("declared", sorted(set(ContactType) - {ContactType.SPAM_ABUSE}))
def test_spam_is_not_declared_away(declared: ContactType) -> None:
    sorting = sorted_("Boost your SEO, unsubscribe here", declared=declared)
    assert (sorting.contact_type, sorting.queue) == (ContactType.SPAM_ABUSE, Queue.SUSPECTED_SPAM)


def test_what_we_do_not_know_declares_nothing() -> None:
    sorting = sorted_("Thank you to the officers, brilliant.", declared=ContactType.OTHER)
    assert sorting.queue is Queue.COMPLIMENTS


def test_only_a_declared_review_that_is_routine_is_for_reviews_alone() -> None:
    asks, serious = "I wish to appeal the outcome.", "I wish to appeal. He broke my arm."
    declared = {"declared": ContactType.REVIEW_APPLICATION}
    assert sorted_(asks, **declared).queue is Queue.REVIEWS
    for sorting, queue in (
        (sorted_(asks), Queue.RESOLUTION),
        (sorted_(serious, **declared), Queue.URGENT),
    ):
        assert (sorting.contact_type, sorting.queue) == (ContactType.REVIEW_APPLICATION, queue)


def test_what_stands_in_the_title_counts_too() -> None:
    sorting = sorted_("See the attached letter.", title="An officer broke my arm")
    assert sorting.urgency is Urgency.URGENT
    assert sorting.prompts == ()
    assert {prompt.criterion for prompt in sorting.title_prompts} >= {Criterion.MF2}
    assert sorted_("As it says.", title="I am going to kill myself").risks == (RiskFlag.SELF_HARM,)
