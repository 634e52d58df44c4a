"""Sample mails whose parts are the difficulty: structure, packed files, encryption, size."""

from __future__ import annotations

import io
import zipfile
from binascii import b2a_uu
from collections.abc import Iterator
from struct import pack

from compressed_rtf import compress
from sample_mails import (
    ANN,
    OFFICE,
    OUR_ID,
    WORDS,
    Expected,
    SampleMail,
    attached,
    mail,
    multi,
    of_parts,
    part,
)

ROW_STRUCTURE = "structure"
ROW_PACKED = "packed files"
ROW_POLICE = "police oddities"
ROW_SECURED = "signed and encrypted"
ROW_SIZE = "size"
ROW_DUPLICATES = "duplicates"
ROW_TOKEN = "tokens of others"

TEXT = part(WORDS, "text/plain; charset=utf-8")
PAGE = part(f"<p>{WORDS}", "text/html; charset=utf-8")
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


def photo(name: str = "photo.jpg") -> bytes:
    return attached(PHOTO, name, "image/jpeg")


def raw_mail(kind: str, body: bytes) -> bytes:
    return mail(body, kind=kind, encoding="binary")


def structure() -> Iterator[SampleMail]:
    mixed, kind = multi(TEXT, photo())
    found = Expected(text=WORDS, files=("photo.jpg",))
    broken = ("BROKEN_BOUNDARY",)

    def case(name: str, raw: bytes, expected: Expected) -> SampleMail:
        return SampleMail(f"structure: {name}", ROW_STRUCTURE, raw, expected)

    yield case("two parts", raw_mail(kind, mixed), found)
    open_ended, _ = multi(TEXT, photo(), closed=False)
    yield case(
        "no last boundary",
        raw_mail(kind, open_ended),
        Expected(text=WORDS, files=("photo.jpg",), defects=broken),
    )
    yield case(
        "cut in the photo", raw_mail(kind, mixed[:-200]), Expected(text=WORDS, defects=broken)
    )
    spaced, spaced_kind = multi(TEXT, photo(), boundary="a boundary of words")
    yield case("boundary with spaces", raw_mail(spaced_kind, spaced), found)
    trailing = mixed.replace(b"--=_b1\r\n", b"--=_b1 \t\r\n")
    yield case("blanks after boundaries", raw_mail(kind, trailing), found)
    yield case(
        "boundary not there",
        raw_mail("multipart/mixed; boundary=never", WORDS.encode()),
        Expected(text=WORDS, defects=broken),
    )
    yield case(
        "no boundary named",
        raw_mail("multipart/mixed", WORDS.encode()),
        Expected(text=WORDS, defects=broken),
    )
    yield case(
        "boundary of 5,000",
        raw_mail(f"multipart/mixed; boundary={'x' * 5000}", WORDS.encode()),
        Expected(text=WORDS, defects=("CUT_HEADER",)),
    )
    for name, body in {
        "no parts": b"--=_b1--\r\n",
        "nothing": b"",
        "only blanks": b" \r\n",
    }.items():
        yield case(f"empty multipart, {name}", raw_mail(kind, body), Expected(unread="EMPTY"))
    yield case("words around", raw_mail(kind, b"before\r\n" + mixed + b"after"), found)
    related, related_kind = multi(PAGE, photo("logo.jpg"), kind="related", boundary="r")
    alternative, alternative_kind = multi(
        TEXT, part(related, related_kind, "binary"), kind="alternative", boundary="a"
    )
    nested, nested_kind = multi(part(alternative, alternative_kind, "binary"), photo())
    yield case(
        "as Outlook nests it",
        raw_mail(nested_kind, nested),
        Expected(text=WORDS, files=("logo.jpg", "photo.jpg")),
    )
    yield case(
        "as Apple Mail orders it",
        of_parts(part("one", "text/plain"), photo(), part("two", "text/plain")),
        Expected(text="one\n\ntwo", files=("photo.jpg",)),
    )
    for depth in (5, 19):
        body, said = multi(TEXT, boundary="b0")
        for level in range(1, depth):
            body, said = multi(part(body, said, "binary"), boundary=f"b{level}")
        yield case(f"{depth} deep", raw_mail(said, body), Expected(text=WORDS))
    for depth in (25, 100, 3000):
        body = b"".join(
            b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
            for n in range(depth)
        )
        yield case(
            f"{depth} deep and no end",
            raw_mail("multipart/mixed; boundary=b0", body + WORDS.encode()),
            Expected(contains=(WORDS,), defects=("TOO_DEEP",)),
        )
    chain = mail()
    for _ in range(60):
        chain = mail(chain, kind="message/rfc822", encoding="binary")
    yield case("60 mails in mails", chain, Expected(contains=(WORDS,), defects=("TOO_DEEP",)))
    same = b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 50
    yield case(
        "one boundary for all",
        raw_mail("multipart/mixed; boundary=x", same),
        Expected(unread="EMPTY"),
    )
    headless = b"\r\n" + WORDS.encode()
    yield case("no headers", headless, Expected(text=WORDS, defects=("NO_DATE", "NO_SENDER")))
    yield case("no body", mail("").split(b"\r\n\r\n")[0], Expected(unread="EMPTY"))
    yield case("empty", b"", Expected(unread="EMPTY"))
    yield case("only LF", mail().replace(b"\r\n", b"\n"), Expected(text=WORDS))
    yield case("only CR", mail().replace(b"\r\n", b"\r"), Expected())
    yield case("no colon", b"From nobody\r\nSubject x\r\n\r\n" + WORDS.encode(), Expected())
    unknown = mail(kind="text/plain", encoding="x-nothing")
    yield case("unknown encoding", unknown, Expected(text=WORDS))
    yield case("no type", mail(kind=""), Expected(text=WORDS))
    yield case("half a type", mail(kind="text"), Expected(text=WORDS))
    yield case("a type of nonsense", mail(kind="/;;=;"), Expected(text=WORDS))
    named = mail(kind='text/plain; name="letter.txt"')
    yield case("the text has a file's name", named, Expected(text=WORDS))
    yield case(
        "8,000 semicolons", mail(kind="text/plain" + ";" * 8000), Expected(defects=("CUT_HEADER",))
    )
    continued = "".join(f'; name*{n}="{n}"' for n in range(2000))
    yield case("2,000 pieces of a name", mail(kind=f"text/plain{continued}"), Expected(text=WORDS))
    quoted = mail(kind="text/plain; a=" + '"\\' * 3000)
    yield case("quotation marks", quoted, Expected(defects=("CUT_HEADER",)))
    yield case(
        "a header of a megabyte",
        mail(WORDS, "X-Long: " + "x" * 1_000_000),
        Expected(text=WORDS, defects=("CUT_HEADER",)),
    )
    many = [f"X-{n}: {n}" for n in range(20_000)]
    yield case("20,000 headers", mail(WORDS, *many), Expected(text=WORDS))


def tnef(*objects: bytes) -> bytes:
    """A winmail.dat (MS-OXTNEF 2.1)."""
    version = tnef_object(1, 0x9006, 8, pack("<L", 0x10000))
    codepage = tnef_object(1, 0x9007, 6, pack("<LL", 1252, 0))
    return pack("<LH", 0x223E9F78, 1) + version + codepage + b"".join(objects)


def tnef_object(level: int, name: int, kind: int, data: bytes) -> bytes:
    return pack("<BHHL", level, name, kind, len(data)) + data + pack("<H", sum(data) & 0xFFFF)


def tnef_file(name: bytes, content: bytes) -> bytes:
    return (
        tnef_object(2, 0x9002, 6, bytes(14))
        + tnef_object(2, 0x8010, 1, name + b"\0")
        + tnef_object(2, 0x800F, 6, content)
    )


def tnef_mail(name: bytes, inner: bytes) -> bytes:
    """A file that is a mail packed in the same way."""
    content = bytes.fromhex("0703020000000000c000000000000046") + inner
    padded = content + bytes(-len(content) % 4)
    properties = pack("<LHHLL", 1, 0x000D, 0x3701, 1, len(content)) + padded
    title = tnef_object(2, 0x8010, 1, name + b"\0")
    return tnef_object(2, 0x9002, 6, bytes(14)) + title + tnef_object(2, 0x9005, 6, properties)


def tnef_binary(name: int, content: bytes) -> bytes:
    """The mail's MAPI properties: one of them, of binary kind."""
    padded = content + bytes(-len(content) % 4)
    return tnef_object(1, 0x9003, 6, pack("<LHHLL", 1, 0x0102, name, 1, len(content)) + padded)


RTF = rb"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\f0 Nobody rang, caf\'e9.\par I wait.}"
RTF_TEXT = "Nobody rang, café.\nI wait."


def uuencoded(name: str, content: bytes) -> str:
    lines = (b2a_uu(content[n : n + 45]).decode() for n in range(0, len(content), 45))
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


def packed() -> Iterator[SampleMail]:
    def case(name: str, raw: bytes, expected: Expected) -> SampleMail:
        return SampleMail(f"packed: {name}", ROW_PACKED, raw, expected)

    def winmail(data: bytes, kind: str = "application/ms-tnef") -> bytes:
        return attached(data, "winmail.dat", kind)

    body = tnef_object(1, 0x800C, 2, b"Words in the package.\0")
    file = tnef_file(b"photo.jpg", PHOTO)
    yield case(
        "winmail.dat with a photo",
        of_parts(TEXT, winmail(tnef(file))),
        Expected(text=WORDS, files=("photo.jpg",)),
    )
    yield case(
        "winmail.dat of no type",
        of_parts(
            TEXT,
            winmail(
                tnef(file, tnef_file(b"b.txt", b"The second file.")), "application/octet-stream"
            ),
        ),
        Expected(text=WORDS, files=("photo.jpg", "b.txt")),
    )
    yield case(
        "words only in winmail.dat",
        of_parts(part("", "text/plain"), winmail(tnef(body, file))),
        Expected(text="Words in the package.", files=("photo.jpg",)),
    )
    yield case(
        "a mail in winmail.dat",
        of_parts(TEXT, winmail(tnef(tnef_mail(b"The first letter", tnef(body, file))))),
        Expected(text=WORDS, files=("The first letter.txt", "photo.jpg")),
    )
    counting = tnef_object(1, 0x9004, 6, b"\xff\xff\xff\x7f") + file
    yield case(
        "two thousand million recipients in winmail.dat",
        of_parts(TEXT, winmail(tnef(counting))),
        Expected(text=WORDS, files=("photo.jpg",)),
    )
    wrong = tnef_object(1, 0x9003, 6, b"\xff\xff\xff\x7f" + bytes(40))
    yield case(
        "two thousand million properties in winmail.dat",
        of_parts(TEXT, winmail(tnef(file, wrong))),
        Expected(text=WORDS, files=("winmail.dat",), defects=("BROKEN_TNEF",)),
    )
    yield case(
        "RTF words in winmail.dat",
        of_parts(winmail(tnef(tnef_binary(0x1009, compress(RTF))))),
        Expected(text=RTF_TEXT, files=()),
    )
    yield case(
        "HTML words in winmail.dat",
        of_parts(winmail(tnef(tnef_binary(0x1013, b"<p>Nobody rang.")))),
        Expected(text="Nobody rang.", files=()),
    )
    broken = Expected(text=WORDS, files=("winmail.dat",), defects=("BROKEN_TNEF",))
    yield case("winmail.dat cut", of_parts(TEXT, winmail(tnef(file)[:60])), broken)
    yield case("winmail.dat of nothing", of_parts(TEXT, winmail(b"hello")), broken)
    endless = tnef(tnef_object(1, 0x8006, 3, b"\0") * 5000)
    yield case("winmail.dat of 5,000 pieces", of_parts(TEXT, winmail(endless)), broken)
    alone = mail(tnef(body, file), kind="application/ms-tnef", encoding="base64")
    yield case(
        "nothing but winmail.dat",
        alone,
        Expected(text="Words in the package.", files=("photo.jpg",)),
    )
    yield case("RTF text", mail(RTF, kind="text/rtf"), Expected(text=RTF_TEXT, files=()))
    yield case("RTF, application", mail(RTF, kind="application/rtf"), Expected(text=RTF_TEXT))
    yield case(
        "RTF attached",
        of_parts(TEXT, attached(RTF, "letter.rtf", "application/rtf")),
        Expected(text=WORDS, files=("letter.rtf",)),
    )
    yield case(
        "RTF broken", mail(b"{\\rtf1 " + b"{" * 3000, kind="text/rtf"), Expected(unread="EMPTY")
    )
    inner = mail("The inner words.", subject="The first letter")
    yield case(
        "a mail attached",
        of_parts(TEXT, part(inner, "message/rfc822", "binary")),
        Expected(text=WORDS, files=("The first letter.eml",)),
    )
    yield case(
        "a mail attached, no words",
        of_parts(part("", "text/plain"), part(inner, "message/rfc822", "binary")),
        Expected(text="The inner words.", files=("The first letter.eml",)),
    )
    with_photo = of_parts(TEXT, photo(), subject="With photo")
    outer, outer_kind = multi(TEXT, part(with_photo, "message/rfc822", "binary"), boundary="=_o")
    yield case(
        "a mail with a photo attached",
        raw_mail(outer_kind, outer),
        Expected(text=WORDS, files=("With photo.eml", "photo.jpg")),
    )
    digest, said = multi(*[b"\r\n" + inner] * 3, kind="digest")
    yield case(
        "a digest",
        raw_mail(said, digest),
        Expected(text="The inner words.", files=("The first letter.eml",) * 3),
    )
    yield case(
        "a mail attached by its name",
        of_parts(TEXT, attached(inner, "letter.eml")),
        Expected(text=WORDS, files=("letter.eml",)),
    )
    for name in ("form.oft", "mail.msg", "list.csv", "letter.docx.pdf", "noextension"):
        raw = of_parts(TEXT, attached(b"\xd0\xcf\x11\xe0" + bytes(99), name))
        yield case(name, raw, Expected(text=WORDS, files=(name,)))
    uu = uuencoded("notes.txt", b"The notes." * 20)
    yield case(
        "uuencoded",
        mail(f"Before.\n{uu}After."),
        Expected(text="Before.\n[file: notes.txt]\nAfter.", files=("notes.txt",)),
    )
    yield case(
        "two uuencoded",
        mail(f"{uu}\n{uuencoded('b.jpg', PHOTO)}"),
        Expected(files=("notes.txt", "b.jpg")),
    )
    yield case(
        "uuencoded, cut", mail(uu[:60]), Expected(contains=("begin 644 notes.txt",), files=())
    )
    yield case(
        "words that look it",
        mail("begin 644 times\nand it never\nended"),
        Expected(contains=("begin 644 times\nand it never",), files=()),
    )
    hundred = "".join(uuencoded(f"{n}.txt", b"x") for n in range(300))
    yield case("300 uuencoded", mail(hundred), Expected(contains=("begin 644 299.txt",)))
    encoded = part(
        b"".join(uuencoded("a.txt", b"a").encode().splitlines(True)),
        "text/csv; name=a.csv",
        "x-uuencode",
    )
    yield case("uuencoded part", of_parts(TEXT, encoded), Expected(text=WORDS, files=("a.csv",)))
    calendar = part("BEGIN:VCALENDAR\nEND:VCALENDAR", "text/calendar; name=meeting.ics")
    yield case("a calendar", of_parts(TEXT, calendar), Expected(text=WORDS, files=("meeting.ics",)))


def police() -> Iterator[SampleMail]:
    marked = "OFFICIAL - SENSITIVE\n\n" + WORDS
    long_footer = "This email carries a disclaimer.\n" * 200
    cases = {
        "protective marking": mail(
            marked, "X-Protective-Marking: OFFICIAL", subject="[OFFICIAL] x"
        ),
        "a disclaimer": mail(f"{WORDS}\n\n{long_footer}"),
        "[EXTERNAL] in front": mail(subject="[EXTERNAL] About the break-in"),
        "a banner": mail(f"CAUTION: This email came from outside.\n\n{WORDS}"),
        "a force's headers": mail(
            WORDS, "X-MS-Exchange-Organization-SCL: -1", "Thread-Index: AdkZ", "Importance: high"
        ),
        "a recall": mail("The sender would like to recall the message.", subject="Recall: x"),
        "a read receipt wanted": mail(WORDS, f"Disposition-Notification-To: {ANN}"),
        "a date of the year 0": mail(WORDS).replace(b"2 Jun 2026", b"0 Xxx 0000"),
        "no date": mail(WORDS).replace(b"Date: ", b"X-Date: "),
        "two dates": mail(WORDS, "Date: Mon, 1 Jun 2026 10:04:00 +0100"),
        "an old zone": mail(WORDS).replace(b"+0100", b"BST"),
        "a far zone": mail(WORDS).replace(b"+0100", b"+9999"),
        "no subject": mail(WORDS).replace(b"Subject: ", b"X-Subject: "),
        "201 people": mail(to=", ".join(f"p{n}@mail.example" for n in range(201))),
        "blind copy": mail(to="undisclosed-recipients:;"),
        "resent": mail(WORDS, f"Resent-From: {ANN}", f"Resent-To: {OFFICE}"),
        "egress": mail(f"{WORDS}\n\nThis message was sent securely using Switch."),
    }
    for name, raw in cases.items():
        expected = Expected(contains=() if name == "a recall" else (WORDS,))
        yield SampleMail(f"police: {name}", ROW_POLICE, raw, expected)
    scanned = of_parts(
        part("", "text/plain"), attached(b"%PDF-1.7 scan", "Scan_001.pdf", "application/pdf")
    )
    yield SampleMail(
        "police: a scanner", ROW_POLICE, scanned, Expected(unread="EMPTY", files=("Scan_001.pdf",))
    )


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    return bytes((tag, 0x84)) + size.to_bytes(4, "big") + content


OID = bytes.fromhex("06092a864886f70d0107")
SIGNED, ENVELOPED = OID + b"\x02", OID + b"\x03"


def p7m(content: bytes) -> bytes:
    """Signed, in one piece, as DER."""
    inner = der(0x30, OID + b"\x01" + der(0xA0, der(4, content)))
    return der(0x30, SIGNED + der(0xA0, der(0x30, b"\x02\x01\x01\x31\x00" + inner + b"\x31\x00")))


def streamed_p7m(content: bytes) -> bytes:
    """The same as Outlook makes it: lengths left open, the content in pieces."""
    pieces = b"".join(der(4, content[n : n + 100]) for n in range(0, len(content), 100))
    inner = b"\x30\x80" + OID + b"\x01\xa0\x80\x24\x80" + pieces + b"\0\0" * 3
    digests = b"\x31\x80\x30\x80\x06\x01\x2a\0\0\0\0"
    return (
        b"\x30\x80"
        + SIGNED
        + b"\xa0\x80\x30\x80\x02\x01\x01"
        + digests
        + inner
        + b"\x31\0"
        + b"\0\0" * 3
    )


def secured() -> Iterator[SampleMail]:
    def case(name: str, raw: bytes, expected: Expected) -> SampleMail:
        return SampleMail(f"secured: {name}", ROW_SECURED, raw, expected)

    def opaque(data: bytes, said: str = "", kind: str = "application/pkcs7-mime") -> bytes:
        return mail(data, kind=f"{kind}; name=smime.p7m{said}", encoding="base64")

    signature = attached(b"\x30\x80", "smime.p7s", "application/pkcs7-signature")
    yield case(
        "S/MIME signed",
        of_parts(TEXT, signature, kind="signed"),
        Expected(text=WORDS, files=("smime.p7s",)),
    )
    yield case(
        "S/MIME signed, old type",
        of_parts(
            TEXT, attached(b"\x30", "smime.p7s", "application/x-pkcs7-signature"), kind="signed"
        ),
        Expected(text=WORDS, files=("smime.p7s",)),
    )
    armour = attached(
        b"-----BEGIN PGP SIGNATURE-----", "signature.asc", "application/pgp-signature"
    )
    yield case(
        "PGP signed",
        of_parts(TEXT, armour, kind="signed"),
        Expected(text=WORDS, files=("signature.asc",)),
    )
    inline = f"-----BEGIN PGP SIGNED MESSAGE-----\n\n{WORDS}\n-----BEGIN PGP SIGNATURE-----"
    yield case("PGP signed inline", mail(inline), Expected(contains=(WORDS,)))
    locked = Expected(unread="ENCRYPTED", files=("smime.p7m",))
    enveloped = der(0x30, ENVELOPED + der(0xA0, b"\x30\x00"))
    yield case("enveloped", opaque(enveloped, "; smime-type=enveloped-data"), locked)
    yield case("enveloped, by its content", opaque(enveloped), locked)
    yield case("enveloped, by its name", opaque(enveloped, kind="application/octet-stream"), locked)
    yield case("enveloped, old type", opaque(enveloped, kind="application/x-pkcs7-mime"), locked)
    yield case("enveloped, cut", opaque(enveloped[:9], "; smime-type=enveloped-data"), locked)
    signed = Expected(text=WORDS, files=("smime.p7m",))
    yield case("opaque", opaque(p7m(TEXT), "; smime-type=signed-data"), signed)
    yield case("opaque, streamed", opaque(streamed_p7m(TEXT), "; smime-type=signed-data"), signed)
    yield case(
        "opaque with a photo",
        opaque(p7m(of_parts(TEXT, photo()))),
        Expected(text=WORDS, files=("smime.p7m", "photo.jpg")),
    )
    twice = part(enveloped, "application/pkcs7-mime; name=in.p7m", "base64")
    yield case(
        "encrypted, then signed",
        opaque(p7m(twice)),
        Expected(unread="ENCRYPTED", files=("smime.p7m", "in.p7m")),
    )
    unreadable = Expected(unread="UNREADABLE", files=("smime.p7m",))
    yield case("opaque, cut", opaque(p7m(TEXT)[:40]), unreadable)
    yield case("opaque, nonsense", opaque(b"nonsense"), unreadable)
    yield case("opaque, endless", opaque(b"\x30\x80" * 5000), unreadable)
    control = attached(b"Version: 1", "version.txt", "application/pgp-encrypted")
    data = attached(b"-----BEGIN PGP MESSAGE-----", "encrypted.asc")
    yield case(
        "PGP/MIME",
        of_parts(control, data, kind="encrypted"),
        Expected(unread="ENCRYPTED", files=("version.txt", "encrypted.asc")),
    )
    block = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----"
    yield case("PGP inline", mail(block), Expected(unread="ENCRYPTED", text=block))
    yield case("PGP inline with words", mail(f"{WORDS}\n{block}"), Expected(unread="ENCRYPTED"))
    yield case("PGP spoken of", mail(f"I write -----BEGIN PGP MESSAGE-----\n{WORDS}"), Expected())
    rights = attached(b"\x76\xe8", "message_v2.rpmsg", "application/x-microsoft-rpmsg-message")
    yield case(
        "protected by Microsoft",
        of_parts(part("This message is protected.", "text/plain"), rights),
        Expected(unread="ENCRYPTED", files=("message_v2.rpmsg",)),
    )


def zipped(entries: int = 1, content: bytes = b"words", name: str = "a.txt") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(entries):
            archive.writestr(zipfile.ZipInfo(f"{n}{name}"), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def locked_zip() -> bytes:
    raw = zipped()
    at = raw.index(b"PK\x01\x02")
    return raw[:6] + b"\x01" + raw[7 : at + 8] + b"\x01" + raw[at + 9 :]


def swollen_zip(size: int) -> bytes:
    """It says that what it holds is so large."""
    raw = zipped()
    at = raw.index(b"PK\x01\x02") + 24
    return raw[:at] + pack("<L", size) + raw[at + 4 :]


def sizes() -> Iterator[SampleMail]:
    archives = {
        "ordinary": (zipped(), False),
        "1,000 entries": (zipped(1000), False),
        "1,001 entries": (zipped(1001), True),
        "encrypted": (locked_zip(), True),
        "bomb": (zipped(1, bytes(101_000_000)), True),
        "99 MB": (swollen_zip(99_000_000), False),
        "4 GB": (swollen_zip(0xFFFFFFFF), True),
        "cut": (zipped()[:60], True),
        "no list": (b"PK\x03\x04" + bytes(99), True),
        "with a comment": (zipped()[:-2] + b"\x05\x00hello", False),
        "a lie about its entries": (zipped(3)[:-12] + b"\x01\x00" + zipped(3)[-10:], True),
    }
    for name, (content, unsafe) in archives.items():
        expected = Expected(
            text=WORDS, files=("files.zip",), quarantined=("files.zip",) if unsafe else ()
        )
        raw = of_parts(TEXT, attached(content, "files.zip", "application/zip"))
        yield SampleMail(f"archive: {name}", ROW_SIZE, raw, expected)
    many = of_parts(TEXT, *[part("x", "text/csv; name=a.csv")] * 5000)
    yield SampleMail(
        "5,000 parts", ROW_SIZE, many, Expected(text=WORDS, defects=("TOO_MANY_PARTS",))
    )
    texts = of_parts(*[part("x", "text/plain")] * 5000)
    yield SampleMail("5,000 texts", ROW_SIZE, texts, Expected(defects=("TOO_MANY_PARTS",)))
    long = (WORDS + "\n") * 50_000
    yield SampleMail(
        "2 MB of words",
        ROW_SIZE,
        mail(long),
        Expected(contains=(WORDS,), files=("message.txt",), defects=("CUT_TEXT",)),
    )
    page = mail(f"<p>{WORDS}" * 30_000, kind="text/html")
    yield SampleMail(
        "1.5 MB of HTML",
        ROW_SIZE,
        page,
        Expected(contains=(WORDS,), files=("message.html",), defects=("CUT_TEXT",)),
    )
    large = of_parts(TEXT, attached(PHOTO * 15_000, "large.bin"))
    yield SampleMail("20 MB", ROW_SIZE, large, Expected(text=WORDS, files=("large.bin",)))


def duplicates() -> Iterator[SampleMail]:
    expected = Expected(text=WORDS)
    for name, raw in {
        "first": mail(),
        "the same again": b"Received: from elsewhere.example\r\n" + mail(),
        "another Message-ID": mail(name="2@mail.example"),
        "to two of our addresses": mail(to=f"{OFFICE}, reviews@cleveland-opcc.example"),
        "no Message-ID": mail().replace(b"Message-ID:", b"X-Id:"),
        "two Message-IDs": mail(WORDS, "Message-ID: <9@mail.example>"),
        "a Message-ID of 20 KB": mail(name="x" * 20_000 + "@mail.example"),
    }.items():
        yield SampleMail(f"duplicate: {name}", ROW_DUPLICATES, raw, expected)


def tokens() -> Iterator[SampleMail]:
    for name, raw in {
        "a reference in the subject": mail(subject="Re: CL-AAAA-BBBB"),
        "a Message-ID of ours": mail(WORDS, f"In-Reply-To: {OUR_ID}"),
        "another's address for bounces": mail(to="bounces+00ff@cleveland-opcc.example"),
        "1,000 references": mail(WORDS, "References: " + " <1@x.example>" * 1000),
    }.items():
        yield SampleMail(f"token: {name}", ROW_TOKEN, raw, Expected(text=WORDS))


ROWS = (structure, packed, police, secured, sizes, duplicates, tokens)
