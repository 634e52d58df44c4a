"""The README's table of topics is what the topic files say."""

from __future__ import annotations

from pathlib import Path

from complaints_contracts.topics import topics

README = Path(__file__).parents[1] / "README.md"


def test_the_table_of_topics_is_current() -> None:
    rows = ["| topic | what | written by | read by | key | kept |", "|---|---|---|---|---|---|"]
    for topic in topics().values():
        readers = ", ".join(topic.consumers) or "operations"
        rows.append(
            f"| `{topic.name}` | {topic.description} | {', '.join(topic.producers)} | {readers}"
            f" | {topic.key} | {topic.retention_days} days |"
        )
    table = README.read_text(encoding="utf-8").split("<!-- topics -->")[1].split("<!--")[0]
    assert table.strip() == "\n".join(rows)
