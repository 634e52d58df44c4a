"""Sample mails whose text is the difficulty: character sets, HTML, quotes, senders, characters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from sample_mails import ANN, ANN_ADDRESS, WORDS, Expected, SampleMail, mail, of_parts, part

ROW_CHARSET = "character sets"
ROW_HTML = "HTML"
ROW_QUOTES = "quoted replies"
ROW_SENDERS = "senders"
ROW_CHARACTERS = "characters"

CHARSETS = {
    "iso-8859-1": "Mein Café wurde überfallen, niemand rief zurück.",
    "iso-8859-2": "Nikt do mnie nie oddzwonił, proszę o odpowiedź.",
    "iso-8859-15": "The repair cost 300 €, says the garage in Orléans.",
    "windows-1250": "Nikdo mi nezavolal zpět, příliš žluťoučký kůň.",
    "windows-1251": "Мне никто не перезвонил.",
    "windows-1252": "“Nobody rang” – it cost me £40…",
    "windows-1253": "Κανείς δεν με πήρε τηλέφωνο.",
    "windows-1254": "Beni kimse geri aramadı, şikâyetçiyim.",
    "windows-1255": "אף אחד לא חזר אליי",
    "windows-1256": "لم يتصل بي أحد",
    "windows-1257": "Man niekas neperskambino, ačiū.",
    "koi8-r": "Мне никто не перезвонил.",
    "koi8-u": "Мені ніхто не передзвонив, її теж.",
    "gb2312": "没有人给我回电话",
    "gbk": "沒有人給我回電話",
    "gb18030": "没有人给我回电话",
    "big5": "沒有人給我回電話",
    "shift_jis": "誰も折り返し電話をくれませんでした",
    "iso-2022-jp": "誰も折り返し電話をくれませんでした",
    "euc-jp": "誰も折り返し電話をくれませんでした",
    "euc-kr": "아무도 다시 전화하지 않았습니다",
    "ks_c_5601-1987": "아무도 다시 전화하지 않았습니다",
    "utf-8": "Ni ffoniodd neb yn ôl – ŵyr neb pam 😀",
    "utf8": "Ni ffoniodd neb yn ôl, ŵyr neb pam",
    "utf-16": "Ni ffoniodd neb yn ôl – ŵyr neb pam",
    "utf-16le": "Ni ffoniodd neb yn ôl",
    "utf-7": "Le café a été cambriolé <hier>",
    "macintosh": "Le café “Orléans” a été cambriolé",
    "cp-850": "Le café a été cambriolé",
    "iso-8859-8-i": "אף אחד לא חזר אליי",
    "UTF-8": "Ni ffoniodd neb yn ôl – ŵyr neb pam",
    "tis-620": "ไม่มีใครโทรกลับหาฉัน",
}
PYTHONS = {
    "gb2312": "gb18030",
    "macintosh": "mac_roman",
    "cp-850": "cp850",
    "iso-8859-8-i": "iso-8859-8",
    "ks_c_5601-1987": "cp949",
}

LIES = {
    "utf-8 as latin-1": ("iso-8859-1", "café – 10 €", "utf-8", "café – 10 €"),
    "utf-8 as ascii": ("us-ascii", "café – 10 €", "utf-8", "café – 10 €"),
    "utf-8 as windows-1252": ("windows-1252", "café – 10 €", "utf-8", "café – 10 €"),
    "latin-1 as utf-8": ("utf-8", "Das Café schließt", "latin-1", "Das Café schließt"),
    "windows-1252 as utf-8": ("utf-8", "“It cost £40”", "cp1252", "“It cost £40”"),
    "windows-1252 as ascii": ("us-ascii", "“It cost £40”", "cp1252", "“It cost £40”"),
    "windows-1252 as latin-1": ("iso-8859-1", "“It cost £40”", "cp1252", "“It cost £40”"),
    "unknown, utf-8": ("x-nonsense", "café", "utf-8", "café"),
    "unknown, latin-1": ("x-nonsense", "café", "latin-1", "café"),
    "8bit, utf-8": ("unknown-8bit", "café", "utf-8", "café"),
    "8bit, latin-1": ("unknown-8bit", "café", "latin-1", "café"),
    "empty": ('""', "café", "latin-1", "café"),
    "a codec that is none": ("unicode_escape", "a \\u0041 café", "utf-8", "a \\u0041 café"),
    "a slow codec": ("punycode", "plain words" * 9000, "ascii", "plain words"),
    "a codec of bytes": ("zlib", "plain words", "ascii", "plain words"),
    "a codec of bytes, 8-bit": ("zlib", "café \x81", "latin-1", "café"),
    "a name with a NUL": ("utf-8\0x", "plain words", "ascii", "plain words"),
    "a very long name": ("x" * 1500, "plain words", "ascii", "plain words"),
}


def charsets() -> Iterator[SampleMail]:
    encodings = cycle(("8bit", "base64", "quoted-printable"))
    for name, text in CHARSETS.items():
        wide = name.startswith("utf-16")  # zeros and line ends do not travel otherwise
        for encoding in ("base64",) if wide else (next(encodings), next(encodings)):
            raw = mail(
                text.encode(PYTHONS.get(name, name)),
                kind=f"text/plain; charset={name}",
                encoding=encoding,
            )
            label = f"{name} as {encoding}"
            yield SampleMail(label, ROW_CHARSET, raw, Expected(text=text))
    for name, (said, text, really, found) in LIES.items():
        raw = mail(text.encode(really), kind=f"text/plain; charset={said}", encoding="8bit")
        yield SampleMail(f"lie: {name}", ROW_CHARSET, raw, Expected(contains=(found,)))
    cut = {
        "utf-8 cut in a character": ("8bit", "zuletzt im Café".encode()[:-1], "zuletzt im Caf"),
        "one bad byte in much utf-8": ("8bit", "éèêç".encode() + b"\xff ok", "éèêç"),
        "base64 cut": ("base64", b"Tm9ib2R5IGhhcyBydW5n", "Nobody has r"),
        "quoted-printable broken": ("", b"", "one =ZZ two="),
    }
    for name, (encoding, body, found) in cut.items():
        if name == "base64 cut":
            raw = mail(b"", encoding="base64") + body[:-3]
        elif name == "quoted-printable broken":
            raw = mail(b"", "Content-Transfer-Encoding: quoted-printable") + b"one =ZZ two="
        else:
            raw = mail(body, encoding=encoding)
        found = found.removesuffix("two=")
        yield SampleMail(name, ROW_CHARSET, raw, Expected(contains=(found,)))
    subjects = {
        "raw utf-8": ("Café überfallen".encode(), "Café überfallen"),
        "raw latin-1": ("Café überfallen".encode("latin-1"), "Café überfallen"),
        "q word": (b"=?utf-8?q?Caf=C3=A9_=C3=BCberfallen?=", "Café überfallen"),
        "b word": (b"=?utf-8?b?Q2Fmw6k=?=", "Café"),
        "latin-1 word": (b"=?iso-8859-1?q?Caf=E9?=", "Café"),
        "words folded": (b"=?utf-8?q?Caf=C3=A9?=\r\n =?utf-8?q?_zu?=", "Café zu"),
        "unknown set": (b"=?x-nothing?q?Caf=E9?=", "Café"),
        "not base64": (b"=?utf-8?b?%%%?= x", None),
        "never ends": (b"=?utf-8?q?Caf", "=?utf-8?q?Caf"),
        "a line end in a word": (b"=?utf-8?q?a=0D=0ABcc:_x@y.example?=", "a Bcc: x@y.example"),
        "8,000 words": (b" ".join([b"=?utf-8?q?a?="] * 8000), None),
        "none": (b"", ""),
    }
    for name, (given, read) in subjects.items():
        raw = mail(subject="@@").replace(b"@@", given)
        expected = Expected(subject=read, contains=(WORDS,))
        yield SampleMail(f"subject: {name}", ROW_CHARSET, raw, expected)


PAGES = {
    "only HTML": ("<p>Nobody rang.<p>I wait.", "Nobody rang.\n\nI wait."),
    "entities": ("<p>caf&eacute; &amp; &#163;40 &lt;b&gt; &nbsp;x", "café & £40 <b> x"),
    "tracking pixel": ('<p>words<img src="https://t.example/1.gif" width=1 height=1>', "words"),
    "image with words": ('<img src="cid:1" alt="The scratch">', "[image: The scratch]"),
    "script": ("<script>alert('x')</script><p>words", "words"),
    "style and title": ("<head><title>t</title><style>p{}</style></head>words", "words"),
    "form": ('<form action="https://e.example"><input value="x">words</form>', "words"),
    "link": ('<a href="https://e.example/a">here</a>', "here <https://e.example/a>"),
    "link shown": ('<a href="https://e.example/a">e.example/a</a>', "e.example/a"),
    "script link": ('<a href="javascript:alert(1)">here</a>', "here"),
    "table": ("<table><tr><td>one<td>two<tr><td>three</table>", "one two\nthree"),
    "list": ("<ul><li>one<li>two</ul>", "- one\n- two"),
    "conditional": ("<![if !mso]>words<![endif]><!--[if mso]>x<![endif]-->", "words"),
    "comment that never ends": ("words<!-- never", "words<!-- never"),
    "tag that never ends": ("words<p class='x", "words"),
    "less than": ("we waited < 5 minutes <3", "we waited < 5 minutes <3"),
    "nothing but tags": ("<div><p></p></div>", ""),
    "frames": ('<iframe src="https://e.example">x</iframe>words', "xwords"),
    "deep": ("<div>" * 5000 + "words", "words"),
    "a tag of 900 KB": ("<a title='" + "x" * 900_000 + "'>words</a>", "words"),
    "900 KB of less-than": ("<" * 900_000 + " words", None),
    "900 KB of open tags": ("<a " * 300_000, ""),
    "900 KB of open quotes": ("<a b='" * 150_000, ""),
    "900 KB of comments": ("<!--" * 225_000, None),
    "declarations": ("<!doctype html><?xml version='1.0'?><![CDATA[x]]>words", "words"),
}
HIDDEN = {
    "display": '<p>seen<span style="display:none">unseen</span>',
    "visibility": '<p>seen<span style="visibility: hidden">unseen</span>',
    "size": '<p>seen<span style="font-size:0px">unseen</span>',
    "opacity": '<p>seen<span style="opacity:0">unseen</span>',
    "attribute": "<p>seen<span hidden>unseen</span>",
    "Outlook": '<p>seen<span style="mso-hide:all">unseen</span>',
    "class": "<style>.x{display:none}</style><p>seen<span class='a x'>unseen</span>",
    "id": "<style>#x{font-size:1px}</style><p>seen<span id=x>unseen</span>",
    "away": '<p>seen<span style="position:absolute;left:-9999px">unseen</span>',
    "transparent": '<p>seen<span style="color:transparent">unseen</span>',
}


def html() -> Iterator[SampleMail]:
    kind = "text/html; charset=utf-8"
    for name, (page, text) in PAGES.items():
        unread = "EMPTY" if text == "" else None
        yield SampleMail(
            f"page: {name}", ROW_HTML, mail(page, kind=kind), Expected(text=text, unread=unread)
        )
    for name, page in HIDDEN.items():
        expected = Expected(
            contains=("seen[not shown in the mail: unseen]",), defects=("HIDDEN_TEXT",)
        )
        yield SampleMail(f"hidden: {name}", ROW_HTML, mail(page, kind=kind), expected)
    forms = {
        "both": ("The plain words.", "<p>The words.", "The plain words.", ()),
        "plain is empty": (" \r\n", "<p>The words.", "The words.", ()),
        "plain is a stub": (
            "Your program cannot show this mail.",
            "<p>" + "Nobody rang me. " * 40,
            ("Nobody rang me. " * 40).strip(),
            ("DIFFERENT_FORMS",),
        ),
    }
    for name, (plain, page, text, defects) in forms.items():
        raw = of_parts(part(plain, "text/plain"), part(page, kind), kind="alternative")
        expected = Expected(text=text, defects=defects, files=())
        yield SampleMail(f"forms: {name}", ROW_HTML, raw, expected)


NEW = "Thank you for the call.\nI want to add that the van was white.\n\nAnn"
OLD = ("Dear Ann,", "We have your message.", "The team")
MARKED = "\n".join(f"> {line}" for line in OLD)
PLAIN = "\n".join(OLD)
TEAM = "Resolution Team <team@office.example>"
HEADERS = (
    f"From: {TEAM}\nSent: 02 June 2026 10:04\nTo: Ann\nSubject: We have your message\n\n{PLAIN}"
)
CLIENTS = {
    "Gmail": f"On Tue, 2 Jun 2026 at 10:04, {TEAM} wrote:\n\n{MARKED}",
    "Gmail, wrapped": f"On Tue, 2 Jun 2026 at 10:04, T <\nteam@office.example> wrote:\n\n{MARKED}",
    "wrapped twice": f"On Tue, 2 Jun 2026,\nThe Team\n<team@office.example> wrote:\n\n{MARKED}",
    "Apple Mail": f"> On 2 Jun 2026, at 10:04, {TEAM} wrote:\n> \n{MARKED}",
    "Thunderbird": f"On 02/06/2026 10:04, Resolution Team wrote:\n{MARKED}",
    "Outlook": HEADERS,
    "Outlook on the web": f"________________________________\n{HEADERS}",
    "old Outlook": f"-----Original Message-----\n{HEADERS}",
    "Outlook, bold": HEADERS.replace("From:", "*From:*").replace("Sent:", "*Sent:*"),
    "Yahoo": f"On Tuesday, 2 June 2026 at 10:04:00 BST, {TEAM} wrote:\n\n{PLAIN}",
    "Samsung": f"-------- Original message --------\n{HEADERS.replace('Sent:', 'Date:')}",
    "marked only": MARKED,
    "German": f"Am Di., 2. Juni 2026 um 10:04 Uhr schrieb {TEAM}:\n\n{MARKED}",
    "German, Outlook": f"Von: {TEAM}\nGesendet: 2. Juni 2026 10:04\nAn: Ann\nBetreff: x\n\n{PLAIN}",
    "French": f"Le mar. 2 juin 2026 à 10:04, {TEAM} a écrit :\n\n{MARKED}",
    "French, Outlook": f"De : {TEAM}\nEnvoyé : 2 juin 2026 10:04\nÀ : Ann\nObjet : x\n\n{PLAIN}",
    "Spanish": f"El mar, 2 jun 2026 a las 10:04, {TEAM} escribió:\n\n{MARKED}",
    "Italian": f"Il giorno mar 2 giu 2026 alle ore 10:04 {TEAM} ha scritto:\n\n{MARKED}",
    "Portuguese": f"Em ter., 2 de jun. de 2026 às 10:04, {TEAM} escreveu:\n\n{PLAIN}",
    "Dutch": f"Op di 2 jun 2026 om 10:04 schreef {TEAM}:\n\n{MARKED}",
    "Swedish": f"Den tis 2 juni 2026 kl 10:04 skrev {TEAM}:\n\n{MARKED}",
    "Danish": f"Den tir. 2. jun. 2026 kl. 10.04 skrev {TEAM}:\n\n{MARKED}",
    "Norwegian": f"tir. 2. juni 2026 kl. 10:04 skrev {TEAM}:\n\n{MARKED}",
    "Polish": f"wt., 2 cze 2026 o 10:04 {TEAM} napisał(a):\n\n{PLAIN}",
    "Romanian": f"În mar., 2 iun. 2026 la 10:04, {TEAM} a scris:\n\n{MARKED}",
    "Russian": f"вт, 2 июн. 2026 г. в 10:04, {TEAM}:\n\n{MARKED}",
    "Ukrainian": f"вт, 2 черв. 2026 р. о 10:04 {TEAM} пише:\n\n{PLAIN}",
    "Welsh": f"Ar Maw, 2 Meh 2026 am 10:04 {TEAM} ysgrifennodd:\n\n{MARKED}",
    "Turkish": f"{TEAM}, 2 Haz 2026 Sal, 10:04 tarihinde şunu yazdı:\n\n{MARKED}",
    "Chinese": f"{TEAM} 于2026年6月2日周二 10:04写道：\n\n{PLAIN}",
    "Urdu": f"{TEAM} نے 2026 جون 2 کو 10:04 پر لکھا:\n\n{MARKED}",
}
BELOW = f"On Tue, 2 Jun 2026 at 10:04, {TEAM} wrote:\n{MARKED}\n\n"
BETWEEN = f"{BELOW}That is right.\n\n> When was it?\n\nOn Monday."
FORWARDS = {
    "Gmail": f"---------- Forwarded message ---------\n{HEADERS}",
    "Apple": f"Begin forwarded message:\n\n> From: {TEAM}\n> To: Ann\n>\n{MARKED}",
    "Outlook": HEADERS,
    "marked": MARKED,
}
PROSE = {
    "what somebody wrote": "On Monday the officer wrote:\nhe would call.\nHe never did.",
    "from three to five": "The van was there\nFrom: 3pm\nTo: 5pm\nand nobody came.",
    "a rule of their own": "First matter.\n________________________________\nSecond matter.",
    "a long dash": "-----\nThey said so\n-----\nand left.",
}


def quotes() -> Iterator[SampleMail]:
    answers = ("In-Reply-To: <7@office.example>", "References: <6@office.example>")
    for name, old in CLIENTS.items():
        raw = mail(f"{NEW}\n\n{old}", *answers, subject="Re: We have your message")
        expected = Expected(text=NEW, full=("We have your message.", NEW))
        yield SampleMail(f"reply by {name}", ROW_QUOTES, raw, expected)
    signed = f"{NEW}\n\nSent from my iPhone\n\n{CLIENTS['Apple Mail']}"
    yield SampleMail(
        "reply from a telephone",
        ROW_QUOTES,
        mail(signed, *answers),
        Expected(text=f"{NEW}\n\nSent from my iPhone", full=(PLAIN.split("\n")[1],)),
    )
    subjects = ("Re: x", "RE: x", "Antw: x", "AW: x", "SV: x", "Odp: x", "R: x", "Re[2]: x")
    for subject in subjects:
        raw = mail(f"{NEW}\n\n{CLIENTS['Gmail']}", subject=subject)
        yield SampleMail(f"reply by subject {subject}", ROW_QUOTES, raw, Expected(text=NEW))
    kept = {
        "below": (f"{BELOW}{NEW}", NEW, ("We have your message.",)),
        "between": (BETWEEN, BETWEEN, ()),
        "above and below": (f"{NEW}\n{BELOW}And one more.", None, ()),
        "see below": (f"My answers are in red below.\n\n{HEADERS}", None, ()),
        "nothing new": (HEADERS, HEADERS, ()),
        "signature below": (f"{NEW}\n\n{BELOW}-- \nAnn Holloway", NEW, ("Ann Holloway",)),
    }
    for name, (body, text, full) in kept.items():
        expected = Expected(text=text or body, full=full)
        yield SampleMail(f"quote {name}", ROW_QUOTES, mail(body, *answers), expected)
    for name, old in FORWARDS.items():
        body = f"Please see this.\n\n{old}"
        for subject in ("Fwd: your message", "FW: your message"):
            raw = mail(body, *answers, subject=subject)
            expected = Expected(text=body, full=())
            yield SampleMail(f"forward by {name}, {subject}", ROW_QUOTES, raw, expected)
    for name, body in PROSE.items():
        for headers in ((), answers):
            label = f"prose: {name}{', in a reply' if headers else ''}"
            yield SampleMail(label, ROW_QUOTES, mail(body, *headers), Expected(text=body, full=()))
    new = mail(f"{NEW}\n\n{CLIENTS['Gmail']}")
    yield SampleMail("not a reply", ROW_QUOTES, new, Expected(contains=(NEW, MARKED), full=()))
    page = (
        '<div dir="ltr">The van was white.</div><div class="gmail_quote"><div>On Tue, 2 Jun 2026 at'
        " 10:04, Team &lt;team@office.example&gt; wrote:<br></div><blockquote>Dear Ann,<br>We have"
        " your message.</blockquote></div>"
    )
    raw = mail(page, *answers, kind="text/html; charset=utf-8")
    expected = Expected(text="The van was white.", full=("> We have your message.",))
    yield SampleMail("reply in HTML", ROW_QUOTES, raw, expected)


SENDERS: dict[str, tuple[str | None, Expected]] = {
    "ordinary": (ANN, Expected(sender="Ann Holloway", address=ANN_ADDRESS)),
    "bare": (ANN_ADDRESS, Expected(sender="", address=ANN_ADDRESS)),
    "absent": (None, Expected(address="", defects=("NO_SENDER",))),
    "empty": ("", Expected(address="", defects=("NO_SENDER",))),
    "nobody": ("undisclosed", Expected(address="", defects=("NO_SENDER",))),
    "two in one": (f"{ANN}, bob@mail.example", Expected(defects=("SEVERAL_SENDERS",))),
    "two headers": (
        f"{ANN}\r\nFrom: bob@mail.example",
        Expected(from_address=ANN_ADDRESS, defects=("SEVERAL_SENDERS",)),
    ),
    "a name that is an address": (
        '"boss@office.example" <ann.holloway@mail.example>',
        Expected(from_address=ANN_ADDRESS, defects=("MISLEADING_NAME",)),
    ),
    "Cyrillic letters in a name": (
        "Аnn Holloway <ann.holloway@mail.example>",
        Expected(sender="Аnn Holloway", defects=("MISLEADING_NAME",)),
    ),
    "a Cyrillic letter in an address": (
        "Ann <ann@bаnk.example>",
        Expected(defects=("MISLEADING_NAME",)),
    ),
    "a Greek name": ("Άννα <anna@mail.example>", Expected(sender="Άννα")),
    "group": ("friends: ann.holloway@mail.example;", Expected(address=ANN_ADDRESS)),
    "empty group": ("undisclosed-recipients:;", Expected(defects=("NO_SENDER",))),
    "comment": ("ann.holloway@mail.example (Ann)", Expected(address=ANN_ADDRESS)),
    "quotes": ('"Holloway, Ann" <ann.holloway@mail.example>', Expected(sender="Holloway, Ann")),
    "encoded": ("=?utf-8?q?Zo=C3=AB?= <zoe@mail.example>", Expected(sender="Zoë")),
    "400 brackets": ("(" * 400 + " " + ANN_ADDRESS, Expected()),
    "8,000 angles": ("<" * 8000, Expected(defects=("NO_SENDER",))),
    "a megabyte": ("a" * 1_000_000 + "@mail.example", Expected(defects=("CUT_HEADER",))),
    "Reply-To": (
        "form@police.example\r\nReply-To: ann.holloway@mail.example",
        Expected(address=ANN_ADDRESS, from_address="form@police.example"),
    ),
    "route": ("<@a.example:ann.holloway@mail.example>", Expected()),
    "no domain": ("ann", Expected(address="", defects=("NO_SENDER",))),
    "envelope line": (f"{ANN}\r\n>From ann Tue Jun 2 10:04:00 2026", Expected()),
}


def senders() -> Iterator[SampleMail]:
    for name, (sender, expected) in SENDERS.items():
        yield SampleMail(f"sender: {name}", ROW_SENDERS, mail(sender=sender), expected)


CHARACTERS = {
    "NUL": (b"one\0two", "one\0two"),
    "bare CR": (b"one\rtwo", None),
    "override": ("one\u202etwo".encode(), "one\u202etwo"),
    "isolates": ("one\u2066two\u2069".encode(), "one\u2066two\u2069"),
    "zero width": ("po\u200blice".encode(), "po\u200blice"),
    "lone surrogate": (b"one \xed\xa0\x80 two", None),
    "beyond Unicode": (b"one \xf7\xbf\xbf\xbf two", None),
    "emoji": ("👩‍👧 cried".encode(), "👩‍👧 cried"),
    "combining": ("Z\u0351\u036b\u0343a\u0324lgo".encode(), None),
    "escape": (b"one\x1b[31mtwo", None),
    "form feed": (b"one\x0ctwo", None),
    "line of 100 KB": (b"x" * 100_000, "x" * 100_000),
    "lines of nothing": (b"\r\n" * 50_000 + b"words", "words"),
    "only blanks": (b" \r\n\t\r\n", ""),
}


def characters() -> Iterator[SampleMail]:
    for name, (body, text) in CHARACTERS.items():
        expected = Expected(text=text, unread="EMPTY" if text == "" else None)
        yield SampleMail(f"text: {name}", ROW_CHARACTERS, mail(body), expected)
    names = {
        "override": ("photo\u202egpj.exe", "photo\u202egpj.exe"),
        "path": ("../../etc/passwd", "../../etc/passwd"),
        "NUL": ("a\0.txt", None),
        "long": ("x" * 5000 + ".pdf", None),
    }
    for name, (given, kept) in names.items():
        disposition = f'Content-Disposition: attachment; filename="{given}"'
        one = part(b"%PDF-1.7", "application/pdf", "base64", disposition)
        files = (kept,) if kept else None
        raw = of_parts(part(WORDS, "text/plain"), one)
        yield SampleMail(f"file name: {name}", ROW_CHARACTERS, raw, Expected(files=files))


ROWS = (charsets, html, quotes, senders, characters)
