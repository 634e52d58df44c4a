"""Every hard case of mail that we can think of, read as the service reads it (reliability 2.2)."""

from __future__ import annotations

import asyncio
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sample_mails import Expected, SampleMail, mails

from complaints_contracts.codes import ReturnKind, Unread
from complaints_intake.mail.defects import Defect
from complaints_intake.mail.reader import MailReader, ReadMail

MUTATIONS = 300
LARGEST_MUTATED = 100_000
ROWS = 15


def faults(found: ReadMail | None, expected: Expected) -> list[str]:
    """What is not as it was expected, in words."""
    if found is None:
        return ["not read"]
    kind = "returned" if found.returned else "automatic" if found.automatic else "contact"
    report = found.returned
    same = {
        "kind": (kind, expected.kind),
        "unread": (found.unread, expected.unread),
        "quarantined": (
            tuple(file.name for file in found.files if file.quarantined),
            expected.quarantined,
        ),
    }
    if expected.returned and report:
        same["returned"] = (report.kind, expected.returned)
        same["status"] = (report.status, expected.status)
        same["token"] = (report.token, expected.token)
    if expected.message_ids is not None and report:
        same["message ids"] = (report.message_ids, expected.message_ids)
    for name in ("text", "subject", "sender", "address", "from_address", "loop_id"):
        if getattr(expected, name) is not None:
            same[name] = (getattr(found, name), getattr(expected, name))
    if expected.files is not None:
        same["files"] = (tuple(file.name for file in found.files), expected.files)
    wrong = [f"{name}: {a!r:.200}, not {b!r:.200}" for name, (a, b) in same.items() if a != b]
    wrong += [f"no {words!r} in the text" for words in expected.contains if words not in found.text]
    wrong += [f"{words!r} in the text" for words in expected.lacks if words in found.text]
    wrong += [f"no defect {code}" for code in expected.defects if code not in found.defects]
    if expected.full is not None:
        full = found.full_text
        wrong += [f"no {words!r} in the full text" for words in expected.full if words not in full]
        if not expected.full and full:
            wrong.append("the full text is another")
    return wrong


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_there_are_300_of_every_row_and_each_has_a_name_of_its_own() -> None:
    samples = list(mails())
    assert len(samples) >= 300
    assert len({sample.name for sample in samples}) == len(samples)
    rows = Counter(sample.row for sample in samples)
    assert len(rows) == ROWS
    assert min(rows.values()) >= 4


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_every_mail_is_read_in_a_process_of_its_own_as_it_is_meant() -> None:
    rows: Counter[str] = Counter()
    spent: dict[str, float] = {}
    wrong: list[str] = []
    reader = MailReader()
    for sample in mails():
        begun = time.monotonic()
        found = await reader.read(sample.raw)
        spent[sample.name] = time.monotonic() - begun
        rows[sample.row] += 1
        wrong += [f"{sample.name}: {fault}" for fault in faults(found, sample.expects)]
    slowest = sorted(spent, key=spent.__getitem__, reverse=True)[:5]
    print(f"\n{sum(rows.values())} mails")
    print("\n".join(f"{count:5} {row}" for row, count in rows.items()))
    print("\n".join(f"{spent[name]:5.2f} s {name}" for name in slowest))
    assert wrong == []  # one that took more than its CPU_SECONDS would not have been read


def test_the_reader_says_only_what_the_contracts_know() -> None:
    for expected in (sample.expects for sample in mails()):
        assert expected.returned is None or ReturnKind(expected.returned) == expected.returned
        assert expected.unread is None or Unread(expected.unread) == expected.unread
        assert all(Defect(code) for code in expected.defects)


READ_ALL = """
import resource, sys
from complaints_intake.mail.parse import parse
resource.setrlimit(resource.RLIMIT_AS, (768 * 1024 * 1024,) * 2)
source = sys.stdin.buffer
while size := source.read(8):
    parse(source.read(int.from_bytes(size, "big")))
    print(".", end="", flush=True)
"""
"""Reads mails one after another, as fast as it can."""


def mutated(samples: list[SampleMail], count: int) -> list[bytes]:
    """Mails with bits turned over, cut off, or with pieces doubled, moved and exchanged."""
    chance = random.Random(20260602)
    made: list[bytes] = []
    for _ in range(count):
        raw = bytearray(chance.choice(samples).raw)
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(raw) + 1)
            piece = raw[at : at + chance.randint(1, 400)]
            match chance.randrange(5):
                case 0 if raw:
                    for _ in range(20):
                        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
                case 1:
                    del raw[at:]
                case 2:
                    raw[at:at] = piece * chance.randint(1, 20)
                case 3:
                    del raw[at : at + len(piece)]
                case _:
                    other = chance.choice(samples).raw
                    raw[at:at] = other[: chance.randint(0, 2000)]
        made.append(bytes(raw))
    return made


@pytest.mark.timeout(120)
def test_no_mutation_of_them_is_too_much_for_the_reader(tmp_path: Path) -> None:
    samples = [sample for sample in mails() if 0 < len(sample.raw) < LARGEST_MUTATED]
    made = mutated(samples, MUTATIONS)
    fed = b"".join(len(raw).to_bytes(8, "big") + raw for raw in made)
    before = children_seconds()
    done = subprocess.run([sys.executable, "-c", READ_ALL], input=fed, capture_output=True)
    print(f"\n{MUTATIONS} mutations in {children_seconds() - before:.1f} s of CPU time")
    read = done.stdout.count(b".")
    if read < MUTATIONS:
        (tmp_path / "mutation.eml").write_bytes(made[read])
    assert (read, done.returncode) == (MUTATIONS, 0), done.stderr.decode()[-2000:]


async def test_many_are_read_at_once() -> None:
    samples = [sample for sample in mails() if len(sample.raw) < LARGEST_MUTATED][::40]
    reader = MailReader()
    found = await asyncio.gather(*(reader.read(sample.raw) for sample in samples))
    assert None not in found
