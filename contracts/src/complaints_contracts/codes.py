"""Code lists on the wire. Labels and validity dates are data in `complaints_law`."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A code list whose readers accept members they do not know yet, as `OTHER`.

    Where a value decides a route, a right or a send, `OTHER` makes a task for a person.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls("OTHER") if isinstance(value, str) else None


class Channel(Code):
    """How a contact reached us (domain 4.1)."""

    WEB = "WEB"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    LETTER = "LETTER"
    IN_PERSON = "IN_PERSON"
    FAX = "FAX"
    FORCE_101 = "FORCE_101"
    FORCE_STATION = "FORCE_STATION"
    FORCE_DSE = "FORCE_DSE"
    FORCE_WEB = "FORCE_WEB"
    IOPC = "IOPC"
    MP_COUNCILLOR = "MP_COUNCILLOR"
    SOLICITOR = "SOLICITOR"
    SUPPORT_ORG = "SUPPORT_ORG"
    SOCIAL_MEDIA = "SOCIAL_MEDIA"
    SURVEY_REPLY = "SURVEY_REPLY"
    OTHER = "OTHER"


class ContactType(Code):
    """What a contact is (domain 4.3). A suggestion until a person confirms it."""

    COMPLAINT = "COMPLAINT"
    COMPLIMENT = "COMPLIMENT"
    COMMUNITY_CONCERN = "COMMUNITY_CONCERN"
    MIXED = "MIXED"
    REVIEW_APPLICATION = "REVIEW_APPLICATION"
    STAFF_COMPLAINT = "STAFF_COMPLAINT"
    COMPENSATION_CLAIM = "COMPENSATION_CLAIM"
    RECORDING_REQUEST = "RECORDING_REQUEST"
    WITHDRAWAL = "WITHDRAWAL"
    FURTHER_INFO = "FURTHER_INFO"
    FOI_SAR = "FOI_SAR"
    CRIME_OR_EMERGENCY = "CRIME_OR_EMERGENCY"
    PCC_CORRESPONDENCE = "PCC_CORRESPONDENCE"
    SPAM_ABUSE = "SPAM_ABUSE"
    OTHER = "OTHER"


class Criterion(Code):
    """The seven mandatory criteria (R43): any of them means recording under Schedule 3."""

    MF1 = "MF1"
    MF2 = "MF2"
    MF3 = "MF3"
    MF4 = "MF4"
    MF5 = "MF5"
    MF6 = "MF6"
    MF7 = "MF7"
    OTHER = "OTHER"


class RiskFlag(Code):
    """What needs a hand-off to the police or a safeguarding lead at once (domain 3.1)."""

    IMMEDIATE_DANGER = "IMMEDIATE_DANGER"
    CRIME_IN_PROGRESS = "CRIME_IN_PROGRESS"
    CHILD_SAFEGUARDING = "CHILD_SAFEGUARDING"
    ADULT_SAFEGUARDING = "ADULT_SAFEGUARDING"
    SELF_HARM = "SELF_HARM"
    OTHER = "OTHER"


class Urgency(Code):
    """How soon a person must look."""

    IMMEDIATE = "IMMEDIATE"
    URGENT = "URGENT"
    ROUTINE = "ROUTINE"
    OTHER = "OTHER"


class Queue(Code):
    """Which worklist a contact waits in."""

    RESOLUTION = "RESOLUTION"
    URGENT = "URGENT"
    COMPLIMENTS = "COMPLIMENTS"
    CONCERNS = "CONCERNS"
    REVIEWS = "REVIEWS"
    STAFF = "STAFF"
    SIGNPOST = "SIGNPOST"
    INFORMATION_RIGHTS = "INFORMATION_RIGHTS"
    SUSPECTED_SPAM = "SUSPECTED_SPAM"
    OTHER = "OTHER"


class PersonRole(Code):
    """Who a person is to the contact (domain 4.2)."""

    COMPLAINANT = "COMPLAINANT"
    REPRESENTATIVE = "REPRESENTATIVE"
    INTERESTED_PERSON = "INTERESTED_PERSON"
    WITNESS = "WITNESS"
    OTHER = "OTHER"


class ReachBy(Code):
    """How somebody wants to be reached."""

    EMAIL = "EMAIL"
    TELEPHONE = "TELEPHONE"
    LETTER = "LETTER"
    NOT_AT_ALL = "NOT_AT_ALL"
    OTHER = "OTHER"


class Adjustment(Code):
    """Reasonable adjustments (R22, domain 4.12)."""

    INTERPRETER = "INTERPRETER"
    BSL = "BSL"
    LARGE_PRINT = "LARGE_PRINT"
    BRAILLE = "BRAILLE"
    EASY_READ = "EASY_READ"
    AUDIO = "AUDIO"
    TEXT_RELAY = "TEXT_RELAY"
    HOME_VISIT = "HOME_VISIT"
    PREFERRED_TIME = "PREFERRED_TIME"
    WRITTEN_ONLY = "WRITTEN_ONLY"
    PHONE_ONLY = "PHONE_ONLY"
    ADVOCATE = "ADVOCATE"
    EXTRA_TIME = "EXTRA_TIME"
    OTHER = "OTHER"


class RepresentativeKind(Code):
    """Who acts for a complainant (domain 4.2, L12)."""

    PARENT_GUARDIAN = "PARENT_GUARDIAN"
    SOLICITOR = "SOLICITOR"
    FRIEND_FAMILY = "FRIEND_FAMILY"
    MP = "MP"
    COUNCILLOR = "COUNCILLOR"
    ADVOCATE = "ADVOCATE"
    OTHER = "OTHER"


class Consent(Code):
    """Whether a complainant has agreed that somebody acts for them (domain 4.2, L12, L55)."""

    NONE = "NONE"
    REQUESTED = "REQUESTED"
    HELD = "HELD"
    NOT_REQUIRED = "NOT_REQUIRED"
    WITHDRAWN = "WITHDRAWN"
    OTHER = "OTHER"


class Unread(Code):
    """Why the words of a contact could not be read by us, so that a person has to look."""

    ENCRYPTED = "ENCRYPTED"
    UNREADABLE = "UNREADABLE"
    EMPTY = "EMPTY"
    OTHER = "OTHER"


class ReturnKind(Code):
    """What a machine sent back about a mail of ours (RFC 3464, RFC 8098, RFC 5965)."""

    BOUNCED = "BOUNCED"
    DELAYED = "DELAYED"
    DELIVERED = "DELIVERED"
    READ = "READ"
    REPORTED = "REPORTED"
    """As abuse, by the recipient's mail provider."""
    LOOPED = "LOOPED"
    """Our own mail came back to us."""
    OTHER = "OTHER"


class ReviewGround(Code):
    """What an applicant says is wrong with the outcome (domain 4.11)."""

    OUTCOME = "OUTCOME"
    HANDLING = "HANDLING"
    INFORMATION = "INFORMATION"
    EVIDENCE_NOT_CONSIDERED = "EVIDENCE_NOT_CONSIDERED"
    ALLEGATION_MISSED = "ALLEGATION_MISSED"
    REMEDY = "REMEDY"
    OTHER = "OTHER"


class MatchedBy(Code):
    """How a review was matched to its case."""

    REFERENCE_AND_PERSON = "REFERENCE_AND_PERSON"
    STAFF = "STAFF"
    OTHER = "OTHER"


class RecordingReason(Code):
    """Why a complaint is recorded under Schedule 3 (domain 4.8)."""

    COMPLAINANT_WISHES = "COMPLAINANT_WISHES"
    DISSATISFIED_AFTER_INITIAL_HANDLING = "DISSATISFIED_AFTER_INITIAL_HANDLING"
    AA_DECIDES = "AA_DECIDES"
    NATURE_OF_ALLEGATION = "NATURE_OF_ALLEGATION"
    OTHER = "OTHER"


class HandlingOutcome(Code):
    """What the force's handling of a recorded complaint came to (domain 4.7)."""

    SERVICE_ACCEPTABLE = "SERVICE_ACCEPTABLE"
    SERVICE_NOT_ACCEPTABLE = "SERVICE_NOT_ACCEPTABLE"
    UNABLE_TO_DETERMINE = "UNABLE_TO_DETERMINE"
    NO_CASE_TO_ANSWER = "NO_CASE_TO_ANSWER"
    CASE_TO_ANSWER_MISCONDUCT = "CASE_TO_ANSWER_MISCONDUCT"
    CASE_TO_ANSWER_GROSS = "CASE_TO_ANSWER_GROSS"
    NFA = "NFA"
    OTHER = "OTHER"


class ReceiptOutcome(Code):
    """What became of a record that a force sent."""

    ACCEPTED = "ACCEPTED"
    HELD = "HELD"
    DISCARDED = "DISCARDED"
    OTHER = "OTHER"


class ClockKind(Code):
    """Promises with a date. The full list of clocks is in `complaints_law`."""

    LOG = "LOG"
    CALL = "CALL"
    FIRST_UPDATE = "FIRST_UPDATE"
    OTHER = "OTHER"


class Purpose(Code):
    """Why a notice goes out."""

    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT"
    REVIEW_ACKNOWLEDGEMENT = "REVIEW_ACKNOWLEDGEMENT"
    """Of an application for a review (L42)."""
    THANKS = "THANKS"
    """For a compliment or a community concern, once an adviser has read it (domain 3.1)."""
    OTHER = "OTHER"


class Medium(Code):
    """What a notice travels by, or how else a person is reached."""

    EMAIL = "EMAIL"
    LETTER = "LETTER"
    TELEPHONE = "TELEPHONE"
    AS_ASKED = "AS_ASKED"
    """The way they asked for, in words of their own."""
    OTHER = "OTHER"


class WithheldReason(Code):
    """Why no notice was sent."""

    NO_ADDRESS = "NO_ADDRESS"
    ANONYMOUS = "ANONYMOUS"
    DO_NOT_CONTACT = "DO_NOT_CONTACT"
    AUTOMATIC_MAIL = "AUTOMATIC_MAIL"
    TOO_MANY = "TOO_MANY"
    SAFE_CONTACT = "SAFE_CONTACT"
    """A word on safety, or a wish we cannot read: a person reads it first."""
    OTHER = "OTHER"


class HeldKind(Code):
    """Why a record waits instead of being applied (architecture 3, facts and commands)."""

    BEHIND = "BEHIND"
    WAITING = "WAITING"
    UNREADABLE = "UNREADABLE"
    FORKED = "FORKED"
    OTHER = "OTHER"
