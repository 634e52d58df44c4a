"""What can go wrong when a date, a rule or a profile is looked up.

LawError
├── CalendarEnds        a day the calendar data does not cover
├── NoRuleSet           no rule set was in force on the complaint's date
├── UnknownCode         a code the list does not have on that day
└── OfficeProfileError  the office profile cannot be used as it stands
"""


class LawError(Exception):
    """Base of every refusal of this package; its text says what is wrong and what to do."""


class CalendarEnds(LawError):
    """The calendar has no data for a day, so whether it is a working day would be a guess."""


class NoRuleSet(LawError):
    """No rule set was in force on the complaint's date."""


class UnknownCode(LawError):
    """The code list does not have the code on the day asked about."""


class OfficeProfileError(LawError):
    """The office profile is missing, is not YAML, or breaks a rule of its own."""
