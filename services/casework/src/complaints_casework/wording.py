"""What pages and refusals call things."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from complaints_casework.domain.alike import Alike
from complaints_casework.domain.codes import Acknowledgement, ActionKind, How, Reason
from complaints_casework.domain.ending import Obstacle as EndingObstacle
from complaints_casework.domain.facts import (
    AcknowledgementNoted,
    ActionAdded,
    ActionDone,
    AllegationDecided,
    AllegationDropped,
    AllegationNoted,
    AllocationReasoned,
    AssessmentKept,
    CaseLogged,
    ClockBreachNoted,
    ClocksRecounted,
    ComplimentPassedOn,
    ConcernThemed,
    ContactAttemptFailed,
    ContactMade,
    FirstContactMade,
    ForceAccepted,
    ForceAdvanced,
    ForceAnswered,
    ForceDecided,
    ForceQueried,
    ForceReported,
    LookedAt,
    MessageKept,
    MessageRead,
    NoticeReturnNoted,
    PeriodEnded,
    PersonChanged,
    ReviewNoted,
    ReviewSuggested,
    StaffNamed,
    StepNotTold,
    StepReasoned,
    StepTold,
    WordsKept,
)
from complaints_casework.domain.outcomes import Fault
from complaints_casework.domain.steps import Obstacle
from complaints_chassis.private import Erased
from complaints_contracts.cases import (
    AdviserAllocated,
    CaseMoved,
    CaseOpened,
    CasePersonErased,
    ComplimentForwarded,
    ConcernNoted,
)
from complaints_contracts.codes import (
    Adjustment,
    CaseStep,
    ClockKind,
    Consent,
    HandlingOutcome,
    RecordingReason,
    RecoveryMethod,
    RepresentativeKind,
    ReturnKind,
    Unread,
)
from complaints_law.codes import ListName, load_codes

HAPPENED: Final = {
    CaseOpened.type: "Case opened",
    WordsKept.type: "What they told us was put on file",
    CaseLogged.type: "Complaint logged",
    StaffNamed.type: "A member of our staff seems to be named",
    AdviserAllocated.type: "Adviser allocated",
    ActionAdded.type: "Something to do was added",
    AcknowledgementNoted.type: "Acknowledgement",
    ClockBreachNoted.type: "A promised date passed",
    FirstContactMade.type: "First contact made",
    ContactMade.type: "Contact made",
    ContactAttemptFailed.type: "Attempt to reach them failed",
    MessageKept.type: "They wrote again",
    MessageRead.type: "What they wrote was read",
    NoticeReturnNoted.type: "A mail system answered our email",
    ComplimentPassedOn.type: "Compliment read to the end",
    ComplimentForwarded.type: "Compliment passed on, case closed",
    ConcernThemed.type: "Concern read",
    ConcernNoted.type: "Concern noted, case closed",
    ReviewNoted.type: "A review was asked for",
    ReviewSuggested.type: "They may be asking for a review",
    AssessmentKept.type: "Assessed",
    AllegationNoted.type: "A further allegation came up",
    AllegationDropped.type: "An allegation went back to the case it came from",
    StepReasoned.type: "Why",
    CaseMoved.type: "A step was taken",
    StepTold.type: "They were told",
    AllocationReasoned.type: "Why somebody has it, or should not",
    AllegationDecided.type: "What became of an allegation was noted",
    PersonChanged.type: "How they are reached, or what they need, changed",
    LookedAt.type: "Somebody looked at this restricted case",
    StepNotTold.type: "They cannot be told",
    ActionDone.type: "Something that was to do is done",
    ClocksRecounted.type: "Dates were counted again",
    PeriodEnded.type: "Their time to come back to us ended",
    ForceAccepted.type: "The force has taken it over",
    ForceQueried.type: "The force asks something",
    ForceReported.type: "The force says how far it is",
    ForceDecided.type: "The force has decided",
    ForceAdvanced.type: "The force says what was done",
    ForceAnswered.type: "The force answered a request",
    CasePersonErased.type: "A person was erased",
    Erased.type: "A person was erased",
}

CLOCKS: Final = {
    ClockKind.LOG: "Log the complaint",
    ClockKind.CALL: "Make the first call",
    ClockKind.FIRST_UPDATE: "Send the first update",
    ClockKind.NEXT_UPDATE: "Send the next update",
    ClockKind.SERVICE_RECOVERY: "Complete service recovery",
    ClockKind.FORCE_TASK: "The force answers a request",
    ClockKind.OFFER: "They answer the written offer",
    ClockKind.RECORD: "Record the complaint",
    ClockKind.TRANSFER: "Hand it to the force",
    ClockKind.FORCE_ACKNOWLEDGEMENT: "The force accepts it",
    ClockKind.URGENT_FORCE_ACKNOWLEDGEMENT: "The force accepts what is urgent",
    ClockKind.FORCE_PROGRESS: "The force reports progress",
    ClockKind.REFERRAL: "The force refers it to the IOPC",
    ClockKind.REG_13: "The force writes why it is not complete",
    ClockKind.OUTCOME_NOTICE: "Tell them the outcome",
    ClockKind.SURVEY: "They can come back before it is closed",
    ClockKind.WITHDRAWAL_REPLY: "They say whether they withdraw",
    ClockKind.RESUMPTION_REPLY: "They say whether it should go on",
    ClockKind.REVIEW_PERIOD: "They can apply for a review",
    ClockKind.REVIEW_ACKNOWLEDGE: "Acknowledge the application for a review",
    ClockKind.REVIEW_COMPLETE: "Complete the review",
    ClockKind.RECOMMENDATION_REPLY: "The force answers a recommendation",
    ClockKind.OTHER: "Another promise",
}

ACTIONS: Final = {
    ActionKind.CALL: "Call them",
    ActionKind.WRITE: "Write a letter",
    ActionKind.EMAIL: "Send an email",
    ActionKind.REACH: "Find a way to tell them",
    ActionKind.READ_FIRST: "Read what they told us, then decide how to reach them",
    ActionKind.ALLOCATE: "Decide who has this case",
    ActionKind.CHECK_DATES: "Check the dates",
    ActionKind.READ_MESSAGE: "Read what they wrote since",
    ActionKind.ANSWER_FORCE: "Answer the force",
    ActionKind.TELL_PROGRESS: "Tell them how far the force is",
    ActionKind.TELL_OUTCOME: "Tell them the outcome in writing",
    ActionKind.RECORD: "Record the complaint",
    ActionKind.SECOND_LOOK: "Look at the assessment again",
    ActionKind.REDIRECT: "Tell them who can deal with this",
    ActionKind.LOOK: "Look at what was said",
    ActionKind.CALL_FORCE: "Telephone the force, whoever is on call there",
    ActionKind.CHASE_FORCE: "Ask the force where it is",
    ActionKind.EXPLAIN_DELAY: "See why this takes so long, and tell them",
    ActionKind.DECIDE_END: "Decide whether this ends, or is recorded",
}

REASONS: Final = {
    Reason.NOT_TOLD: "What we sent did not, or could not, reach them",
    Reason.SAFE_CONTACT: (
        "How they can be reached safely is for a person to judge, so nothing was sent"
    ),
    Reason.NOBODY_PRESENT: "No adviser was present when the case was opened",
    Reason.EVERYBODY_NAMED: "Every adviser who was present seems to be named in the contact",
    Reason.HOLDER_NAMED: "The adviser who has this case seems to be named by the person",
    Reason.ABOUT_OUR_STAFF: "The complaint is about our own staff",
    Reason.REVIEW_ASKED: "A review of an outcome seems to be asked for",
    Reason.SUSPECTED_SPAM: "It looks like spam or abuse, and a person has to look before it rests",
    Reason.UNKNOWN_SORTING: "The contact was sorted in a way that this service does not know",
    Reason.DATE_OUT_OF_RANGE: "The clocks could not be counted from the date that came in",
    Reason.WROTE_AGAIN: "They wrote again, giving the reference",
    Reason.FORCE_ASKS: "The force cannot take the complaint as it is",
    Reason.FORCE_REPORTED: "The force has reported progress, and keeping them informed is ours",
    Reason.FORCE_DECIDED: "The force has decided, and they are told within five working days",
    Reason.CRITERION: "An answer to a mandatory criterion is not no",
    Reason.WISHED: "They want it recorded, or were not satisfied with what was proposed",
    Reason.CATEGORY: "What it is about asks for a second look by the team leader",
    Reason.NOT_OURS: "It is for another organisation",
    Reason.UNEXPECTED: "It did not follow from where the case stood",
    Reason.URGENT: "What is alleged is urgent, so the message alone is not enough",
    Reason.URGENT_SINCE: "It is urgent, and the force was not told so with the transfer",
    Reason.TAKEN_APART: "A merged case was taken out again after its words were assessed here",
    Reason.FORCE_LATE: "The force has not done in time what it should have",
    Reason.FORCE_ANSWERED: "The force answered what it was asked",
    Reason.TARGET_MISSED: "Service recovery has taken longer than 28 days",
    Reason.OFFER_UNANSWERED: "The written offer was not answered in time",
    Reason.UNWANTED: (
        "Their mail provider was told that our email is unwanted: ask how we may reach them"
    ),
}

ACKNOWLEDGEMENTS: Final = {
    Acknowledgement.WAITING: "Not yet known",
    Acknowledgement.SENT: "Sent",
    Acknowledgement.REFUSED: "Did not arrive",
    Acknowledgement.WITHHELD: "Not sent",
    Acknowledgement.RETURNED: "Sent, and came back",
    Acknowledgement.AS_REVIEW: "As an application for a review: see there",
}

RETURNED: Final = {
    ReturnKind.BOUNCED: "It could not be delivered",
    ReturnKind.DELAYED: "It is late, and still being tried",
    ReturnKind.DELIVERED: "It was delivered",
    ReturnKind.READ: "It was opened",
    ReturnKind.REPORTED: "It was reported as unwanted",
    ReturnKind.LOOPED: "It came back to us unopened",
    ReturnKind.OTHER: "It said something that this service does not know",
}


def _last_labels(name: ListName) -> dict[str, str]:
    """Every code that the list ever had, by its last label: an old record has its words too."""
    return {entry.code: entry.label for entry in load_codes(name).codes}


OUTCOMES: Final = {
    **_last_labels(ListName.HANDLING_OUTCOME),
    HandlingOutcome.OTHER: "An outcome that this service does not know: read it",
}

RECORDED_FOR: Final = {
    **_last_labels(ListName.RECORDING_REASON),
    RecordingReason.OTHER: "A reason that this service does not know",
}

METHODS: Final = {
    **_last_labels(ListName.RECOVERY_METHOD),
    RecoveryMethod.OTHER: "A way that this service does not know",
}

STEPS: Final = {
    CaseStep.CONTACTED: "Reached for the first time",
    CaseStep.UNREACHABLE: "Not reached after several attempts: they are written to",
    CaseStep.FOUND_OUT_OF_REMIT: "Found to be for another organisation",
    CaseStep.FOUND_COMPLIMENT: "Found to be a compliment",
    CaseStep.FOUND_CONCERN: "Found to be a community concern",
    CaseStep.FOUND_STAFF_COMPLAINT: "Found to be about our own staff",
    CaseStep.FOUND_REVIEW: "Found to ask for a review",
    CaseStep.FOUND_COMPLAINT: "Found to be a complaint after all",
    CaseStep.COMPLIMENT_FORWARDED: "Compliment passed on",
    CaseStep.CONCERN_NOTED: "Concern noted",
    CaseStep.REDIRECTED: "Told who can deal with it",
    CaseStep.SET_ASIDE: "Set aside: no matter of its own",
    CaseStep.MERGED: "Merged with another case",
    CaseStep.UNMERGED: "Taken apart from another case again",
    CaseStep.LINKED: "Linked with another case",
    CaseStep.UNLINKED: "Not linked with another case any more",
    CaseStep.SERVICE_RECOVERY_STARTED: "Service recovery started",
    CaseStep.TASK_SENT: "The force was asked for something",
    CaseStep.TASK_ANSWERED: "The force answered",
    CaseStep.OFFERED: "Offered service recovery or recording in writing",
    CaseStep.TARGET_MISSED: "Service recovery takes longer than 28 days",
    CaseStep.RESOLUTION_PROPOSED: "A resolution was proposed",
    CaseStep.RESOLVED: "Resolved to their satisfaction",
    CaseStep.NOT_RESOLVED: "Not resolved, and they do not want it recorded",
    CaseStep.NO_ENGAGEMENT: "Ended: they did not answer",
    CaseStep.REOPENED: "Opened again, because they wrote",
    CaseStep.SURVEYED: "Closed",
    CaseStep.LOOKED_AGAIN: "The team leader looked at the assessment",
    CaseStep.CRITERION_MET: "It must be recorded: a criterion is met, or may be",
    CaseStep.SERIOUS_ISSUE_FOUND: "Something serious came up: it must be recorded",
    CaseStep.RECORDING_REQUESTED: "They asked for it to be recorded",
    CaseStep.DISSATISFIED: "They are not satisfied: it must be recorded",
    CaseStep.RECORDED: "Recorded under Schedule 3",
    CaseStep.TRANSFERRED: "Handed to the force",
    CaseStep.TRANSFERRED_URGENTLY: "Handed to the force as urgent: telephone as well",
    CaseStep.EVIDENCE_REQUESTED: "The force was asked to preserve evidence",
    CaseStep.EVIDENCE_PRESERVED: "The force says that the evidence is preserved",
    CaseStep.ACCEPTED: "The force has accepted it",
    CaseStep.QUERIED: "The force asks something",
    CaseStep.PROGRESS_RECEIVED: "The force reported progress",
    CaseStep.MUST_BE_REFERRED: "It must be referred to the IOPC",
    CaseStep.REFERRED: "Referred to the IOPC",
    CaseStep.IOPC_LOCAL: "The IOPC left it to a local investigation",
    CaseStep.IOPC_RETURNED: "The IOPC returned it to the force",
    CaseStep.IOPC_DIRECTED: "The IOPC directs the investigation",
    CaseStep.IOPC_INDEPENDENT: "The IOPC investigates",
    CaseStep.INVESTIGATING: "The force investigates",
    CaseStep.HANDLED_OTHERWISE: "The force handles it otherwise than by investigation",
    CaseStep.HANDLING_SUSPENDED: "Suspended because of criminal proceedings",
    CaseStep.PROCEEDINGS_ENDED: "The criminal proceedings ended",
    CaseStep.RESUMPTION_LETTER: "They were asked whether it should go on",
    CaseStep.HANDLING_RESUMED: "Taken up again",
    CaseStep.NOT_RESUMED: "Not taken up again",
    CaseStep.REG_13_RECEIVED: "The force wrote why it is not complete (regulation 13)",
    CaseStep.OUTCOME_ISSUED: "The force has decided",
    CaseStep.OUTCOME_LETTER: "The outcome letter was written",
    CaseStep.REVIEW_PERIOD_OVER: "Closed: the time to ask for a review is over",
    CaseStep.UPDATED: "An update was written",
    CaseStep.WITHDRAWAL_SIGNED: "Withdrawn, with their signature",
    CaseStep.WITHDRAWAL_PASSED_ON: "A signed withdrawal was passed to the force",
    CaseStep.WITHDRAWAL_INDICATED: "They seem to withdraw: the force has to ask in writing",
    CaseStep.WITHDRAWAL_LETTER: "The force asked in writing whether they withdraw",
    CaseStep.COMPLAINT_CONTINUED: "They want it to go on",
    CaseStep.WITHDRAWAL_RECORDED: "The force recorded the withdrawal",
}

LINK_INSTEAD: Final = (
    "As far as we know these are the cases of two people: they share no name, email address or "
    "telephone number, and merging tells one of them the other's reference. Link the cases instead."
)
WAS_ERASED: Final = (
    "This person was erased, so nothing about them is put on file here again. What they tell us "
    "now is a contact of its own."
)
AS_WHAT: Final = "Say as what they act for somebody: send `kind`."

ALIKE: Final = {
    Alike.NAMES_IT: "One of them names the other’s reference",
    Alike.SAME_FORCE_REFERENCE: "Both have the same reference of the force",
    Alike.SAME_WORDS: "Most of what one says, the other says in the same words",
    Alike.SAME_EMAIL: "Both came from the same email address",
    Alike.SAME_TELEPHONE: "Both gave the same telephone number",
    Alike.SAME_NAME: "Both were made in the same name",
}

STEP_OBSTACLES: Final = {
    Obstacle.NOT_FROM_HERE: (
        "That cannot be done from where this case stands. Read the case again: `steps` says what "
        "can."
    ),
    Obstacle.RECORDED: "This complaint is recorded already, and the force has it.",
    Obstacle.NOT_ASSESSED: (
        "Not every allegation has its answers to the mandatory criteria. Have it assessed first."
    ),
    Obstacle.CRITERION: (
        "An answer to a mandatory criterion is yes or not sure, so this has to be recorded. Where "
        "it is not sure, the advice of the force's professional standards can clear it."
    ),
    Obstacle.NOT_CONTENT: (
        "The assessment does not lead to service recovery. Ask how they want it handled, and "
        "assess it with what they say."
    ),
    Obstacle.SECOND_LOOK: "The team leader has to look at the assessment first.",
    Obstacle.UNREAD: "What they wrote since may be serious. Read that first, and mark it as read.",
    Obstacle.TOO_FEW_ATTEMPTS: (
        "Try to reach them more often first: at least three times, on two days."
    ),
    Obstacle.OFFER_RUNS: (
        "Offer them recording in writing first, and wait until their time to answer is over."
    ),
    Obstacle.IOPC_REVIEWS: (
        "This was, or has to be, referred to the IOPC, or what is alleged may be a crime, a matter "
        "for disciplinary proceedings or a breach of human rights: a review of it is the IOPC's "
        "(reg 32)."
    ),
    Obstacle.NO_REVIEW: (
        "The IOPC directed the investigation or made it itself, so there is no right of review: "
        "send NONE."
    ),
    Obstacle.OTHER_REVIEWER: (
        "The force named another body for the review. Ask the force first; its outcome says which."
    ),
    Obstacle.NO_LIMB: (
        "Send `review_limb` with IOPC, and with no other body: the paragraph of regulation 32 by "
        "which the review is the IOPC's, or LPB_IS_AA. The force's outcome says it."
    ),
    Obstacle.HAS_REVIEW: (
        "This complaint is recorded, so there is a right of review, unless the force says that "
        "there is none: send LPB or IOPC."
    ),
    Obstacle.REVIEW_RUNS: "A review was asked for, or may still be: the case stays open for it.",
    Obstacle.OTHER_CASE: (
        "It cannot be merged into that case: name one that is open and was made no later, so that "
        "the clocks go by the earlier one."
    ),
}

MISSING: Final = {
    "note": "why it is done, for our own record",
    "words": "what the person, or the force, is told",
    "about": "the id of the other case",
    "methods": "how things are put right",
    "recorded_for": "why it is recorded",
    "force": "the key of the force",
    "review_body": "who reviews the outcome",
}
"""What has to be said with some steps."""

OUTCOME_FAULTS: Final = {
    Fault.UNKNOWN_ALLEGATION: "There is no assessed allegation of that number in this case.",
    Fault.UNKNOWN_CODE: (
        "One of the codes is not in its list: see allegation_outcome, allegation_action and "
        "allegation_factor."
    ),
    Fault.ACTION_AND_NONE: "No further action (NFA) cannot stand beside another action.",
    Fault.LEARNT_NOTHING: (
        "There was something to learn, so the action is not NFA: say which learning it was."
    ),
}
"""What is wrong with what was said of an allegation."""

NOT_BY_HAND: Final = (
    "There is no such thing to do, or the case sees by itself when it is done: do it instead."
)
NO_SUCH_PERSON: Final = "There is nobody of that id in this case."
KEPT_AWAY: Final = "They are named in this case, or said that they should not have it."
NOTHING_TO_TELL: Final = "There is no such step that they have not been told of."
IN_WRITING: Final = "They have to be told this in writing: say that it was by email or by letter."

UNREAD: Final = {
    Unread.ENCRYPTED: "It is encrypted, and we have no key that opens it",
    Unread.UNREADABLE: "It could not be read by our system",
    Unread.EMPTY: "There were no words in it",
    Unread.OTHER: "It could not be read, for a reason that this service does not know",
}

CONSENTS: Final = {
    Consent.NONE: "No consent yet",
    Consent.REQUESTED: "Consent asked for",
    Consent.HELD: "Consent held",
    Consent.NOT_REQUIRED: "No consent needed",
    Consent.WITHDRAWN: "Consent withdrawn",
    Consent.OTHER: "Consent: look it up",
}

OBSTACLES: Final = {
    EndingObstacle.CLOSED: "This case is closed already.",
    EndingObstacle.ANOTHER_KIND: (
        "This case was not sorted as a compliment or a community concern alone, so there may be a "
        "complaint in it. It cannot be closed this way."
    ),
    EndingObstacle.SERIOUS: (
        "Something they wrote since may be serious, so it cannot be closed this way. "
        "Look at the criteria it suggests."
    ),
    EndingObstacle.UNREAD: "They wrote again. Read that first, and mark it as read.",
}

HOWS: Final = {
    How.TELEPHONE: "By telephone",
    How.EMAIL: "By email",
    How.LETTER: "By letter",
    How.IN_PERSON: "In person",
}


def day_words(day: date) -> str:
    """`Wednesday 8 April 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def needs_words(needs: Iterable[Adjustment], day: date) -> list[str]:
    """Reasonable adjustments (R22) as the code list of `day` calls them."""
    labels = _labels(ListName.ADJUSTMENT, day)
    return [labels.get(need, "Something else: ask them") for need in needs]


def agent_words(kind: RepresentativeKind, day: date) -> str:
    """What somebody who acts for a complainant is to them, as the code list of `day` calls it."""
    return _labels(ListName.REPRESENTATIVE, day).get(kind, "Something else: ask them")


def _labels(name: ListName, day: date) -> dict[str, str]:
    return {entry.code: entry.label for entry in load_codes(name).on(day)}
