"""Sample mails that machines send: bounces, receipts, answers of the absent, loops."""

from __future__ import annotations

from collections.abc import Iterator

from sample_mails import (
    ANN,
    BOUNCES,
    OFFICE,
    OUR_ID,
    TOKEN,
    WORDS,
    Expected,
    SampleMail,
    mail,
    multi,
    of_parts,
    part,
)

ROW_RETURNED = "returned mail"
ROW_AUTOMATIC = "automatic answers"
ROW_LOOPS = "loops"

DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example>"
OURS = (
    f"From: {OFFICE}\r\nTo: ann.holloway@mail.example\r\nSubject: We have your message\r\n"
    f"Message-ID: {OUR_ID}\r\n"
)
SAID = part("Your mail could not be delivered.", "text/plain")


def report(
    *fields: str,
    kind: str = "delivery-status",
    original: str = "message/rfc822",
    sender: str = DAEMON,
    subject: str = "Undelivered Mail Returned to Sender",
    wrapped: bool = False,
    to: str = BOUNCES,
) -> bytes:
    """A multipart/report; in `fields` an empty string begins the next block."""
    kinds = {
        "delivery-status": "message/delivery-status",
        "feedback-report": "message/feedback-report",
    }
    machine = part("\r\n".join(fields), kinds.get(kind, f"message/{kind}"))
    parts = [SAID, machine]
    if original:
        parts.append(part(f"{OURS}\r\n{WORDS}\r\n", original))
    body, said = multi(*parts, kind=f"report; report-type={kind}", boundary="=_r")
    if wrapped:
        footer = part("This mail was scanned.", "text/plain")
        body, said = multi(part(body, said, "binary"), footer)
    return mail(body, kind=said, encoding="binary", sender=sender, to=to, subject=subject)


def recipient(action: str, status: str) -> tuple[str, ...]:
    address = "Final-Recipient: rfc822; ann.holloway@mail.example"
    return ("Reporting-MTA: dns; mx.example", "", address, f"Action: {action}", f"Status: {status}")


BOUNCED = recipient("failed", "5.1.1")


def returned() -> Iterator[SampleMail]:
    def case(
        name: str,
        raw: bytes,
        kind: str,
        status: str | None = None,
        token: str | None = TOKEN,
        ids: tuple[str, ...] = (OUR_ID,),
    ) -> SampleMail:
        expected = Expected(
            kind="returned", returned=kind, status=status, token=token, message_ids=ids
        )
        return SampleMail(f"returned: {name}", ROW_RETURNED, raw, expected)

    for action, kind, status in (
        ("failed", "BOUNCED", "5.1.1"),
        ("Failed", "BOUNCED", "5.2.2"),
        ("delayed", "DELAYED", "4.4.1"),
        ("delivered", "DELIVERED", "2.0.0"),
        ("relayed", "DELIVERED", "2.1.5"),
        ("expanded", "DELIVERED", "2.0.0"),
        ("mislaid", "OTHER", "5.9.9"),
    ):
        yield case(f"{action} {status}", report(*recipient(action, status)), kind, status)
    yield case(
        "(failed) with words",
        report(*recipient("failed (no such user)", "5.1.1 (x)")),
        "BOUNCED",
        "5.1.1",
    )
    two = report(*recipient("delayed", "4.4.1"), "", *recipient("failed", "5.0.0")[2:])
    yield case("one late, one failed", two, "BOUNCED", "5.0.0")
    coded = "Diagnostic-Code: smtp; 550 5.7.1 refused"
    yield case(
        "no status, but a code", report(*recipient("failed", "")[:4], coded), "BOUNCED", "5.7.1"
    )
    yield case("headers only", report(*BOUNCED, original="text/rfc822-headers"), "BOUNCED", "5.1.1")
    yield case("of UTF-8", report(*BOUNCED, kind="global-delivery-status"), "BOUNCED", "5.1.1")
    yield case("no original", report(*BOUNCED, original=""), "BOUNCED", "5.1.1", ids=())
    yield case("with a footer around", report(*BOUNCED, wrapped=True), "BOUNCED", "5.1.1")
    yield case("to the office", report(*BOUNCED, to=OFFICE), "BOUNCED", "5.1.1", token=None)
    yield case(
        "token in capitals",
        report(*BOUNCED, to=BOUNCES.replace(TOKEN, TOKEN.upper())),
        "BOUNCED",
        "5.1.1",
    )
    exchange = report(
        *BOUNCED,
        sender="Microsoft Outlook <MicrosoftExchange329e71ec@force.example>",
        subject="Undeliverable: We have your message",
    )
    yield case("by Exchange", exchange, "BOUNCED", "5.1.1")
    receipt = ("Reporting-UA: mail.example", f"Original-Message-ID: {OUR_ID}")
    mode = "Disposition: manual-action/MDN-sent-manually; "
    yield case(
        "read",
        report(
            *receipt, f"{mode}displayed", kind="disposition-notification", sender=ANN, original=""
        ),
        "READ",
    )
    yield case(
        "deleted unread",
        report(*receipt, f"{mode}deleted", kind="disposition-notification", sender=ANN),
        "OTHER",
    )
    abuse = ("Feedback-Type: abuse", "User-Agent: x/1", "Version: 1")
    yield case(
        "as abuse", report(*abuse, kind="feedback-report", sender="abuse@isp.example"), "REPORTED"
    )
    qmail = (
        "Hi. This is the qmail-send program at mx.example.\nI could not deliver this.\n"
        "<ann@mail.example>:\nno mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\n{OURS}\nwords"
    )
    yield case(
        "by qmail",
        mail(qmail, sender=DAEMON, to=BOUNCES, subject="failure notice"),
        "BOUNCED",
        "5.1.1",
    )
    exim = f"A message that you sent could not be delivered.\n 550 5.1.1 unknown user\n\n{OURS}"
    yield case(
        "by Exim",
        mail(exim, "X-Failed-Recipients: a@b.example", sender=DAEMON, to=BOUNCES, subject="Mail x"),
        "BOUNCED",
        "5.1.1",
    )
    late = f"Your message has not been delivered after 24 hours.\n\n> Message-ID: {OUR_ID}"
    yield case(
        "late, by Exim",
        mail(late, sender=DAEMON, to=BOUNCES, subject="Warning: message 1x delayed 24 hours"),
        "DELAYED",
    )
    for subject in (
        "Unzustellbar: x",
        "Mail delivery failed",
        "Undeliverable mail",
        "Returned mail: x",
    ):
        raw = mail(
            f"550\n{OURS}",
            "Return-Path: <>",
            sender="postmaster@mx.example",
            to=BOUNCES,
            subject=subject,
        )
        yield case(f"in words, {subject}", raw, "BOUNCED")
    strange = mail(f"x\n{OURS}", "Return-Path: <>", sender="system@mx.example", to=BOUNCES)
    yield case("in a language we do not know", strange, "OTHER")
    answered = mail(
        "x", f"In-Reply-To: {OUR_ID}", sender=DAEMON, to=OFFICE, subject="Undeliverable: x"
    )
    yield case("named by what it answers", answered, "BOUNCED", token=None)

    def person(name: str, raw: bytes, **given: str) -> SampleMail:
        expected = Expected(contains=(WORDS,), **given)  # type: ignore[arg-type]
        return SampleMail(f"not returned: {name}", ROW_RETURNED, raw, expected)

    text = part(WORDS, "text/plain")
    bounce = report(*BOUNCED)
    yield person(
        "a person attaches a bounce", of_parts(text, part(bounce, "message/rfc822", "binary"))
    )
    pieces = part("\r\n".join(BOUNCED), "message/delivery-status"), part(OURS, "message/rfc822")
    yield person("a person attaches its parts", of_parts(text, *pieces))
    yield person(
        "a person forwards one", mail(f"{WORDS}\n\n{OURS}", subject="Fwd: Undelivered Mail")
    )
    yield person("a person writes of one", mail(WORDS, subject="Undeliverable letters"))
    yield person(
        "a person attaches a report",
        of_parts(text, part("\r\n".join(BOUNCED), "text/plain; name=a.txt")),
    )


def automatic() -> Iterator[SampleMail]:
    def case(name: str, raw: bytes, kind: str = "automatic") -> SampleMail:
        return SampleMail(f"automatic: {name}", ROW_AUTOMATIC, raw, Expected(kind=kind))

    for line in (
        "Return-Path: <>",
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; x=y",
        "Auto-Submitted: AUTO-NOTIFIED",
        "Precedence: bulk",
        "Precedence: list",
        "Precedence: junk",
        "Precedence: auto_reply",
        "List-Id: <residents.list.example>",
        "X-Autoreply: yes",
        "X-Autorespond: x",
        "X-POST-MessageClass: 9; Autoresponder",
    ):
        yield case(line, mail(WORDS, line))
    for sender in (
        "MAILER-DAEMON@x.example",
        "no-reply@x.example",
        "noreply+1@x.example",
        "donotreply@x.example",
    ):
        yield case(f"from {sender}", mail(sender=sender))
    sign = "X-Auto-Response-Suppress: All"
    for subject in (
        "Automatic reply: We have your message",
        "Out of office: x",
        "Out of the Office Re: x",
        "Auto: away",
        "Automatische Antwort: x",
        "Abwesenheitsnotiz: x",
        "=?utf-8?q?R=C3=A9ponse_automatique?= : x",
        "Autosvar: x",
        "Ateb awtomatig: x",
        "On annual leave: x",
    ):
        yield case(subject, mail("I am away.", sign, subject=subject))
    away = "Out of office: x"
    yield case("away, in answer to us", mail("Away.", f"In-Reply-To: {OUR_ID}", subject=away))
    yield case("away, to bounces", mail("Away.", sign, "Return-Path: <>", subject=away, to=BOUNCES))
    yield case("a subject alone", mail(subject="Out of office hours nobody answers"), "contact")
    yield case("leave, by a person", mail(subject="On leave since the assault"), "contact")
    yield case("Auto-Submitted: no", mail(WORDS, "Auto-Submitted: no"), "contact")
    yield case("a sign alone", mail(WORDS, sign), "contact")
    yield case("Precedence: first-class", mail(WORDS, "Precedence: first-class"), "contact")


def loops() -> Iterator[SampleMail]:
    ours = "cleveland-opcc.example"
    for name, raw, loop in (
        ("our own acknowledgement", mail(WORDS, f"X-Loop-Id: {ours}", sender=OFFICE), ours),
        ("another office's", mail(WORDS, "X-Loop-Id: north-opcc.example"), "north-opcc.example"),
        ("forwarded back", mail(WORDS, "Auto-Submitted: auto-replied", f"X-Loop-Id: {ours}"), ours),
        (
            "a loop of servers",
            mail(WORDS, *["Received: from a.example"] * 200, f"X-Loop-Id: {ours}"),
            ours,
        ),
    ):
        expected = Expected(kind="automatic", loop_id=loop)
        yield SampleMail(f"loop: {name}", ROW_LOOPS, raw, expected)


ROWS = (returned, automatic, loops)
