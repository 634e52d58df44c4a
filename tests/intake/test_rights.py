"""Who may do what at intake: everything the public needs, and nothing besides."""

from __future__ import annotations

from intake_service import Intake

from complaints_chassis.web import check_rights, rights

FORM = "/{kind:form}"
OURS = (FORM, "/review", "/api/contacts", "/contacts", "/leave")
STAFF = "adviser, operations, team-leader"


async def test_the_public_can_send_and_only_staff_can_look(intake: Intake) -> None:
    check_rights(intake.app)
    ours = {
        (line.method, line.path): line.right
        for line in rights(intake.app)
        if line.path == "/" or line.path.startswith(OURS)
    }
    assert ours == {
        ("GET", "/"): "public",
        ("GET", "/leave"): "public",
        ("GET", "/review"): "public",
        ("GET", f"{FORM}/{{step}}"): "public",
        ("POST", f"{FORM}/{{step}}"): "public",
        ("POST", f"{FORM}/files"): "public",
        ("POST", f"{FORM}/files/remove"): "public",
        ("GET", f"{FORM}/check"): "public",
        ("POST", f"{FORM}/check"): "public",
        ("GET", f"{FORM}/sent"): "public",
        ("POST", "/api/contacts"): "public",
        ("GET", "/api/contacts/{which}"): STAFF,
        ("GET", "/contacts"): STAFF,
        ("GET", "/contacts/receipt"): STAFF,
        ("POST", "/contacts/receipt"): STAFF,
    }


async def test_staff_who_are_not_signed_in_see_no_contacts(intake: Intake) -> None:
    for page in ("/contacts", "/contacts/receipt"):
        assert (await intake.program.get(page)).status_code == 401
        refused = await intake.program.get(page, headers={"who": "adjudicator"})
        assert refused.status_code == 403
