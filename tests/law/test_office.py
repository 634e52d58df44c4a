"""Office profiles: Cleveland's, an invented second one, and what is said of a broken one."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from complaints_law.calendar import load_calendar
from complaints_law.errors import OfficeProfileError
from complaints_law.office import OfficeProfile, Role, load_office

CALENDAR = load_calendar()
NORTHMOOR = Path(__file__).parent / "data" / "northmoor.yaml"


@pytest.fixture(scope="module")
def cleveland() -> OfficeProfile:
    return load_office()


@pytest.fixture(scope="module")
def northmoor() -> OfficeProfile:
    return load_office(NORTHMOOR)


def test_clevelands_profile_says_what_the_office_publishes(cleveland: OfficeProfile) -> None:
    assert cleveland.team_name == "Resolution Team"
    assert cleveland.telephone == "01642 301860"
    assert cleveland.postal_address[0] == "Resolution Team"
    assert cleveland.postal_address[-1] == "TS17 6QW"
    assert cleveland.forces[0].professional_standards == "Directorate of Standards and Ethics"
    assert "999" in cleveland.wording.emergency_advice
    assert "101" in cleveland.wording.emergency_advice


def test_clevelands_register_fills_every_role_with_invented_people(
    cleveland: OfficeProfile,
) -> None:
    count = {role: sum(role in member.roles for member in cleveland.staff) for role in Role}
    assert count[Role.ADVISER] >= 4
    assert min(count.values()) >= 1
    assert all(member.email.endswith(".example") for member in cleveland.staff)
    assert all(member.telephone.startswith("01632 960") for member in cleveland.staff)


def test_an_adviser_is_present_outside_absences_whose_ends_count(northmoor: OfficeProfile) -> None:
    def present(*day: int) -> list[str]:
        return [member.id for member in northmoor.present_advisers(date(*day))]

    assert present(2026, 4, 6) == ["case-1", "case-2"]
    assert present(2026, 4, 7) == present(2026, 4, 9) == ["case-2"]
    assert present(2026, 4, 10) == ["case-1", "case-2"]
    assert present(2026, 12, 21) == ["case-2"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 4, 2, 7, 29, tzinfo=UTC), False),
        (datetime(2026, 4, 2, 7, 30, tzinfo=UTC), True),  # 08:30 in summer time
        (datetime(2026, 4, 2, 15, 29, tzinfo=UTC), True),
        (datetime(2026, 4, 2, 15, 30, tzinfo=UTC), False),
        (datetime(2026, 1, 12, 8, 30, tzinfo=UTC), True),
        (datetime(2026, 1, 12, 16, 29, tzinfo=UTC), True),
        (datetime(2026, 4, 3, 10, 0, tzinfo=UTC), False),  # Good Friday
        (datetime(2026, 4, 4, 10, 0, tzinfo=UTC), False),  # Saturday
    ],
)
def test_the_office_is_open_in_its_hours_on_working_days(
    cleveland: OfficeProfile, at: datetime, expected: bool
) -> None:
    assert cleveland.is_open(at, CALENDAR) is expected


def test_an_office_may_open_on_saturdays(northmoor: OfficeProfile) -> None:
    assert northmoor.is_open(datetime(2026, 4, 11, 9, 0, tzinfo=UTC), CALENDAR)
    assert not northmoor.is_open(datetime(2026, 4, 12, 9, 0, tzinfo=UTC), CALENDAR)


def test_opening_hours_read_as_people_say_them(
    cleveland: OfficeProfile, northmoor: OfficeProfile
) -> None:
    assert (
        cleveland.opening_hours_text()
        == "Monday to Friday, 8:30am to 4:30pm (closed on bank holidays)"
    )
    assert northmoor.opening_hours_text() == (
        "Monday to Tuesday, 9am to 5pm; Wednesday, 9am to 7pm; Thursday, 9am to 5pm; "
        "Friday, 9am to 12:30pm; Saturday, 10am to 12pm (closed on bank holidays)"
    )


FAULTS = {
    "missing": ("team_name: Public Response Unit\n", "", "team_name: is missing; add it."),
    "misspelt": ("team_name:", "teem_name:", "teem_name: is not a setting; remove it or check"),
    "not text": (
        'telephone: "01632960500"',
        "telephone: 1632960500",
        "telephone: is not text; put it in quotes.",
    ),
    "telephone": (
        'telephone: "01632960500"',
        "telephone: ring us",
        "telephone: use digits and spaces",
    ),
    "hours form": (
        "monday: 09:00 to 17:00",
        "monday: nine to five",
        "opening_hours.monday: write the hours like 08:30 to 16:30.",
    ),
    "hours order": (
        "monday: 09:00 to 17:00",
        "monday: 17:00 to 09:00",
        "opening_hours.monday: the office closes before it opens: swap the two times.",
    ),
    "a working day without hours": (
        "  tuesday: 09:00 to 17:00\n",
        "",
        "opening_hours.tuesday: is missing; add it.",
    ),
    "email": (
        "reviews: reviews@northmoor.example",
        "reviews: reviews at northmoor",
        "addresses.reviews: write an address like team@office.example.",
    ),
    "sender": (
        "domain: mail.northmoor.example",
        "domain: northmoor.example",
        "mail: the sender must be an address at the mail domain",
    ),
    "force key": ("key: tarn-valley", "key: Tarn_Valley", "forces.1.key: use small letters"),
    "twice": ("id: case-2", "id: case-1", "staff has case-1 more than once: keys are unique."),
    "role": ("[OPERATIONS]", "[ADVISER]", "nobody in staff has the role OPERATIONS"),
    "no such role": ("[OPERATIONS]", "[KING]", "staff.3.roles.0: Input should be 'ADVISER'"),
    "absence": (
        "last_day: 2026-04-09",
        "last_day: 2026-04-01",
        "staff.0.absences.0: the last day is before the first: swap them.",
    ),
    "no such date": ("2026-04-09", "2026-02-30", "one of the dates does not exist. Check them."),
    "link": ("https://northmoor.example/privacy", "privacy page", "links.privacy_notice: "),
    "syntax": ("name: Rhona", "name: 'Rhona", "this is not YAML at line"),
}


@pytest.mark.parametrize(("found", "put", "told"), FAULTS.values(), ids=FAULTS.keys())
def test_a_broken_profile_is_refused_with_the_field_and_what_to_do(
    tmp_path: Path, found: str, put: str, told: str
) -> None:
    text = NORTHMOOR.read_text("utf-8")
    assert found in text
    path = tmp_path / "office.yaml"
    path.write_text(text.replace(found, put, 1), "utf-8")
    with pytest.raises(OfficeProfileError) as refused:
        load_office(path)
    assert str(refused.value).startswith(str(path))
    assert told in str(refused.value)


def test_every_fault_is_told_at_once_and_nobody_in_the_file_is_named(tmp_path: Path) -> None:
    text = NORTHMOOR.read_text("utf-8")
    text = text.replace("emeka.thorley@northmoor.example", "Emeka Thorley")
    text = text.replace("roles: [ADJUDICATOR]", "roles: []").replace("01632 960504", "Quarrie")
    path = tmp_path / "office.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(OfficeProfileError) as refused:
        load_office(path)
    told = str(refused.value)
    assert all(field in told for field in ("staff.1.email", "staff.2.roles", "staff.3.telephone"))
    assert not any(name in told for name in ("Emeka", "Thorley", "Quarrie", "Sunniva"))


def test_a_profile_that_is_not_there_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(OfficeProfileError, match=r"nowhere\.yaml: No such file.*Check the path"):
        load_office(tmp_path / "nowhere.yaml")


def test_a_profile_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "office.yaml"
    path.write_bytes("name: Büro".encode("latin-1"))
    with pytest.raises(OfficeProfileError, match="Save it as UTF-8"):
        load_office(path)


def test_an_empty_profile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "office.yaml"
    path.write_text("", "utf-8")
    with pytest.raises(OfficeProfileError, match="needs to be put right"):
        load_office(path)
