"""What a form sends, made from what somebody answered."""

from __future__ import annotations

from uuid import UUID

from complaints_contracts.codes import Channel, ContactType, PersonRole, ReachBy
from complaints_contracts.parts import FileRef, Person, Reach, ReviewAsked
from complaints_intake.domain.answers import Answers, Kind, Who
from complaints_intake.domain.contact import Submission, Suspicion
from complaints_intake.domain.reference import references_in
from complaints_intake.domain.review import references_on_letter


def submission(
    answers: Answers,
    words: str,
    words_file: FileRef | None,
    person_id: UUID,
    affected_id: UUID,
    too_fast: bool,
    prefix: str,
) -> Submission:
    """What the form sends. `words` and `words_file` are the answer's, cut where it is long.

    Whoever acts for somebody else comes first and is the one to reach; that the other person agrees
    is asked later, by an adviser.
    """
    is_review = answers.kind is Kind.REVIEW
    ours, the_forces = references_on_letter(prefix, answers.reference)
    asked = ReviewAsked(
        force_reference=the_forces, outcome_on=answers.letter_date.value, grounds=answers.grounds
    )
    marks = (Suspicion.HIDDEN_FIELD, answers.hidden), (Suspicion.TOO_FAST, too_fast)
    return Submission(
        channel=Channel.WEB,
        persons=_persons(answers, person_id, affected_id),
        words=words,
        words_file=words_file,
        attachments=answers.files,
        anonymous=answers.who is Who.ANONYMOUS,
        declared=ContactType.REVIEW_APPLICATION if is_review else None,
        mentions=tuple(dict.fromkeys((*ours, *references_in(prefix, words)))),
        review=asked if is_review else None,
        suspicions=tuple(mark for mark, is_so in marks if is_so),
    )


def _persons(answers: Answers, person_id: UUID, affected_id: UUID) -> tuple[Person, ...]:
    if answers.who is Who.ANONYMOUS:
        reach = Reach(preferred=ReachBy.NOT_AT_ALL)
        return (Person(id=person_id, role=PersonRole.COMPLAINANT, reach=reach),)
    writer = Person(
        id=person_id,
        role=PersonRole.COMPLAINANT,
        name=answers.name or None,
        email=answers.email or None,
        telephone=answers.telephone or None,
        address=answers.address or None,
        reach=Reach(
            preferred=answers.reach_by or ReachBy.NOT_AT_ALL,
            needs=answers.needs,
            safe_contact=answers.safe_contact or None,
        ),
    )
    if answers.who is not Who.SOMEBODY_ELSE:
        return (writer,)
    affected = Person(
        id=affected_id,
        role=PersonRole.COMPLAINANT,
        name=answers.affected_name or None,
        reach=Reach(preferred=ReachBy.OTHER),
    )
    return (writer.model_copy(update={"role": PersonRole.REPRESENTATIVE}), affected)
