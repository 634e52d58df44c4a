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


class Vulnerability(Code):
    """Why a person may need more care (domain 4.12, R23)."""

    UNDER_18 = "UNDER_18"
    MENTAL_HEALTH = "MENTAL_HEALTH"
    LEARNING_DISABILITY = "LEARNING_DISABILITY"
    DOMESTIC_ABUSE = "DOMESTIC_ABUSE"
    BEREAVED = "BEREAVED"
    SAFETY_RISK = "SAFETY_RISK"
    LITERACY = "LITERACY"
    OTHER = "OTHER"


class RestrictionStage(Code):
    """How far contact with somebody is restricted (domain 4.13, L48)."""

    WARNING = "WARNING"
    RESTRICTED = "RESTRICTED"
    UNACCEPTABLE = "UNACCEPTABLE"
    OTHER = "OTHER"


class RestrictionMeasure(Code):
    """How contact is restricted (domain 4.13). What they write is always read and assessed."""

    ONE_CHANNEL = "ONE_CHANNEL"
    ONE_CONTACT = "ONE_CONTACT"
    SET_TIMES = "SET_TIMES"
    READ_AND_FILE = "READ_AND_FILE"
    NO_CALLS = "NO_CALLS"
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
    """What is due by a date; `complaints_law` says how each is counted."""

    LOG = "LOG"
    CALL = "CALL"
    FIRST_UPDATE = "FIRST_UPDATE"
    NEXT_UPDATE = "NEXT_UPDATE"
    SERVICE_RECOVERY = "SERVICE_RECOVERY"
    FORCE_TASK = "FORCE_TASK"
    OFFER = "OFFER"
    RECORD = "RECORD"
    TRANSFER = "TRANSFER"
    FORCE_ACKNOWLEDGEMENT = "FORCE_ACKNOWLEDGEMENT"
    URGENT_FORCE_ACKNOWLEDGEMENT = "URGENT_FORCE_ACKNOWLEDGEMENT"
    FORCE_PROGRESS = "FORCE_PROGRESS"
    REFERRAL = "REFERRAL"
    REG_13 = "REG_13"
    OUTCOME_NOTICE = "OUTCOME_NOTICE"
    SURVEY = "SURVEY"
    WITHDRAWAL_REPLY = "WITHDRAWAL_REPLY"
    RESUMPTION_REPLY = "RESUMPTION_REPLY"
    REVIEW_PERIOD = "REVIEW_PERIOD"
    REVIEW_ACKNOWLEDGE = "REVIEW_ACKNOWLEDGE"
    REVIEW_COMPLETE = "REVIEW_COMPLETE"
    RECOMMENDATION_REPLY = "RECOMMENDATION_REPLY"
    OTHER = "OTHER"


class CriterionAnswer(Code):
    """What a person answered to a mandatory criterion, on the allegation (R44)."""

    YES = "YES"
    NO = "NO"
    NOT_SURE = "NOT_SURE"
    OTHER = "OTHER"


class Subject(Code):
    """Whom a complaint is about (domain 4.2)."""

    FORCE = "FORCE"
    CHIEF_CONSTABLE = "CHIEF_CONSTABLE"
    OTHER_FORCE = "OTHER_FORCE"
    OPCC_STAFF = "OPCC_STAFF"
    CHIEF_EXECUTIVE = "CHIEF_EXECUTIVE"
    PCC_DPCC = "PCC_DPCC"
    OTHER_BODY = "OTHER_BODY"
    OTHER = "OTHER"


class Eligibility(Code):
    """Whether who complains may (L9 to L12)."""

    ELIGIBLE = "ELIGIBLE"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NOT_SURE = "NOT_SURE"
    OTHER = "OTHER"


class Wish(Code):
    """How the complainant wants it handled (L6)."""

    CONTENT = "CONTENT"
    """With service recovery."""
    RECORD = "RECORD"
    NOT_SAID = "NOT_SAID"
    OTHER = "OTHER"


class Route(Code):
    """Where the answers of an assessment lead (R29)."""

    SERVICE_RECOVERY = "SERVICE_RECOVERY"
    SEEK_VIEWS = "SEEK_VIEWS"
    RECORD = "RECORD"
    RECORD_URGENTLY = "RECORD_URGENTLY"
    STAFF_COMPLAINT = "STAFF_COMPLAINT"
    OTHER_BODY = "OTHER_BODY"
    CONDUCT_MATTER = "CONDUCT_MATTER"
    SIGNPOST = "SIGNPOST"
    POLICE_NOW = "POLICE_NOW"
    COMPLIMENT = "COMPLIMENT"
    COMMUNITY_CONCERN = "COMMUNITY_CONCERN"
    REVIEW = "REVIEW"
    WITHDRAWAL = "WITHDRAWAL"
    FURTHER_INFORMATION = "FURTHER_INFORMATION"
    SPAM = "SPAM"
    OTHER = "OTHER"


class CaseStatus(Code):
    """Where a case stands (domain 3.1 to 3.4)."""

    LOGGED = "LOGGED"
    ASSESSING = "ASSESSING"
    OUT_OF_REMIT = "OUT_OF_REMIT"
    COMPLIMENT = "COMPLIMENT"
    CONCERN = "CONCERN"
    STAFF_COMPLAINT = "STAFF_COMPLAINT"
    REVIEW_APPLICATION = "REVIEW_APPLICATION"
    MERGED = "MERGED"
    CLOSED_REDIRECTED = "CLOSED_REDIRECTED"
    CLOSED_COMPLIMENT = "CLOSED_COMPLIMENT"
    CLOSED_CONCERN = "CLOSED_CONCERN"
    SR_OPEN = "SR_OPEN"
    SR_PROPOSED = "SR_PROPOSED"
    SR_RESOLVED = "SR_RESOLVED"
    SR_UNRESOLVED_NFA = "SR_UNRESOLVED_NFA"
    CLOSED_SR = "CLOSED_SR"
    RECORDING = "RECORDING"
    RECORDED = "RECORDED"
    TRANSFERRED = "TRANSFERRED"
    FORCE_HANDLING = "FORCE_HANDLING"
    FORCE_INVESTIGATING = "FORCE_INVESTIGATING"
    FORCE_OTBI = "FORCE_OTBI"
    AT_IOPC = "AT_IOPC"
    IOPC_HANDLING = "IOPC_HANDLING"
    SUSPENDED = "SUSPENDED"
    OUTCOME_GIVEN = "OUTCOME_GIVEN"
    CLOSED_SCH3 = "CLOSED_SCH3"
    CLOSED_REG41 = "CLOSED_REG41"
    WITHDRAWN = "WITHDRAWN"
    OTHER = "OTHER"


class CaseStep(Code):
    """What takes a case on, or is noted on it (domain 3.1 to 3.4)."""

    CONTACTED = "CONTACTED"
    UNREACHABLE = "UNREACHABLE"
    FOUND_OUT_OF_REMIT = "FOUND_OUT_OF_REMIT"
    FOUND_COMPLIMENT = "FOUND_COMPLIMENT"
    FOUND_CONCERN = "FOUND_CONCERN"
    FOUND_STAFF_COMPLAINT = "FOUND_STAFF_COMPLAINT"
    FOUND_REVIEW = "FOUND_REVIEW"
    FOUND_COMPLAINT = "FOUND_COMPLAINT"
    COMPLIMENT_FORWARDED = "COMPLIMENT_FORWARDED"
    CONCERN_NOTED = "CONCERN_NOTED"
    REDIRECTED = "REDIRECTED"
    SET_ASIDE = "SET_ASIDE"
    MERGED = "MERGED"
    UNMERGED = "UNMERGED"
    LINKED = "LINKED"
    UNLINKED = "UNLINKED"
    SERVICE_RECOVERY_STARTED = "SERVICE_RECOVERY_STARTED"
    TASK_SENT = "TASK_SENT"
    TASK_ANSWERED = "TASK_ANSWERED"
    OFFERED = "OFFERED"
    TARGET_MISSED = "TARGET_MISSED"
    RESOLUTION_PROPOSED = "RESOLUTION_PROPOSED"
    RESOLVED = "RESOLVED"
    NOT_RESOLVED = "NOT_RESOLVED"
    NO_ENGAGEMENT = "NO_ENGAGEMENT"
    REOPENED = "REOPENED"
    SURVEYED = "SURVEYED"
    LOOKED_AGAIN = "LOOKED_AGAIN"
    CRITERION_MET = "CRITERION_MET"
    SERIOUS_ISSUE_FOUND = "SERIOUS_ISSUE_FOUND"
    RECORDING_REQUESTED = "RECORDING_REQUESTED"
    DISSATISFIED = "DISSATISFIED"
    RECORDED = "RECORDED"
    TRANSFERRED = "TRANSFERRED"
    TRANSFERRED_URGENTLY = "TRANSFERRED_URGENTLY"
    EVIDENCE_REQUESTED = "EVIDENCE_REQUESTED"
    EVIDENCE_PRESERVED = "EVIDENCE_PRESERVED"
    ACCEPTED = "ACCEPTED"
    QUERIED = "QUERIED"
    PROGRESS_RECEIVED = "PROGRESS_RECEIVED"
    MUST_BE_REFERRED = "MUST_BE_REFERRED"
    REFERRED = "REFERRED"
    IOPC_LOCAL = "IOPC_LOCAL"
    IOPC_RETURNED = "IOPC_RETURNED"
    IOPC_DIRECTED = "IOPC_DIRECTED"
    IOPC_INDEPENDENT = "IOPC_INDEPENDENT"
    INVESTIGATING = "INVESTIGATING"
    HANDLED_OTHERWISE = "HANDLED_OTHERWISE"
    HANDLING_SUSPENDED = "HANDLING_SUSPENDED"
    PROCEEDINGS_ENDED = "PROCEEDINGS_ENDED"
    RESUMPTION_LETTER = "RESUMPTION_LETTER"
    HANDLING_RESUMED = "HANDLING_RESUMED"
    NOT_RESUMED = "NOT_RESUMED"
    REG_13_RECEIVED = "REG_13_RECEIVED"
    OUTCOME_ISSUED = "OUTCOME_ISSUED"
    OUTCOME_LETTER = "OUTCOME_LETTER"
    REVIEW_PERIOD_OVER = "REVIEW_PERIOD_OVER"
    UPDATED = "UPDATED"
    WITHDRAWAL_SIGNED = "WITHDRAWAL_SIGNED"
    WITHDRAWAL_PASSED_ON = "WITHDRAWAL_PASSED_ON"
    WITHDRAWAL_INDICATED = "WITHDRAWAL_INDICATED"
    WITHDRAWAL_LETTER = "WITHDRAWAL_LETTER"
    COMPLAINT_CONTINUED = "COMPLAINT_CONTINUED"
    WITHDRAWAL_RECORDED = "WITHDRAWAL_RECORDED"
    OTHER = "OTHER"


class RecoveryMethod(Code):
    """How things were put right (R31, domain 4.10)."""

    CUSTOMER_SERVICE = "CUSTOMER_SERVICE"
    INFORMATION_EXPLANATION = "INFORMATION_EXPLANATION"
    UPDATE = "UPDATE"
    QUESTION_ANSWERED = "QUESTION_ANSWERED"
    PROPERTY_RETURN = "PROPERTY_RETURN"
    APOLOGY = "APOLOGY"
    PREVENTION_CONFIRMED = "PREVENTION_CONFIRMED"
    SIGNPOST = "SIGNPOST"
    POLICY_LOG = "POLICY_LOG"
    OTHER = "OTHER"


class ReviewBody(Code):
    """Who reviews the outcome of a recorded complaint (L31)."""

    LPB = "LPB"
    """The local policing body: the commissioner."""
    IOPC = "IOPC"
    NONE = "NONE"
    """There is no right of review (L32)."""
    OTHER = "OTHER"


class ReviewLimb(Code):
    """Why a review is the IOPC's: the paragraph of regulation 32, or that we are the authority."""

    REG_32_A = "REG_32_A"
    REG_32_B = "REG_32_B"
    REG_32_C = "REG_32_C"
    REG_32_D = "REG_32_D"
    REG_32_E = "REG_32_E"
    REG_32_F = "REG_32_F"
    LPB_IS_AA = "LPB_IS_AA"
    OTHER = "OTHER"


class RequestKind(Code):
    """What an office asks of a force."""

    TASK = "TASK"
    """Something that puts a complaint right (R41)."""
    EVIDENCE = "EVIDENCE"
    """To preserve it (L15)."""
    WITHDRAWAL = "WITHDRAWAL"
    """To decide on one that was passed on (L44)."""
    OTHER = "OTHER"


class ForceStep(Code):
    """What a force, or the IOPC, did about a complaint that it has (domain 3.4)."""

    MUST_BE_REFERRED = "MUST_BE_REFERRED"
    REFERRED = "REFERRED"
    IOPC_LOCAL = "IOPC_LOCAL"
    IOPC_RETURNED = "IOPC_RETURNED"
    IOPC_DIRECTED = "IOPC_DIRECTED"
    IOPC_INDEPENDENT = "IOPC_INDEPENDENT"
    INVESTIGATING = "INVESTIGATING"
    HANDLED_OTHERWISE = "HANDLED_OTHERWISE"
    HANDLING_SUSPENDED = "HANDLING_SUSPENDED"
    PROCEEDINGS_ENDED = "PROCEEDINGS_ENDED"
    RESUMPTION_LETTER = "RESUMPTION_LETTER"
    HANDLING_RESUMED = "HANDLING_RESUMED"
    NOT_RESUMED = "NOT_RESUMED"
    REG_13_RECEIVED = "REG_13_RECEIVED"
    WITHDRAWAL_LETTER = "WITHDRAWAL_LETTER"
    COMPLAINT_CONTINUED = "COMPLAINT_CONTINUED"
    WITHDRAWAL_RECORDED = "WITHDRAWAL_RECORDED"
    OTHER = "OTHER"


class Purpose(Code):
    """Why a notice goes out."""

    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT"
    REVIEW_ACKNOWLEDGEMENT = "REVIEW_ACKNOWLEDGEMENT"
    """Of an application for a review (L42)."""
    THANKS = "THANKS"
    """For a compliment or a community concern, once an adviser has read it (domain 3.1)."""
    CASE_STEP = "CASE_STEP"
    """What became of a case; the notice says which step (domain 3.1 to 3.4)."""
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
    RESTRICTED = "RESTRICTED"
    """Contact with them goes by another way only, for a time (domain 4.13)."""
    FORMAT = "FORMAT"
    """They need it in a format that an email is not (domain 4.12)."""
    OTHER = "OTHER"


class HeldKind(Code):
    """Why a record waits instead of being applied (architecture 3, facts and commands)."""

    BEHIND = "BEHIND"
    WAITING = "WAITING"
    UNREADABLE = "UNREADABLE"
    FORKED = "FORKED"
    OTHER = "OTHER"
