"""The README's table of topics is what the topic files say."""

from __future__ import annotations

from pathlib import Path

from complaints_contracts.topics import Topic, topics

README = Path(__file__).parents[1] / "README.md"
HEAD = ("| topic | what | written by | read by | key | kept |", "|---|---|---|---|---|---|")


def _row(topic: Topic) -> str:
    name = topic.name.replace("{force}", "<force>")
    written_by = ", ".join(topic.producers).replace("force {force}", "the force")
    read_by = ", ".join(topic.consumers + topic.readers).replace("force {force}", "the force")
    return (
        f"| `{name}` | {topic.description} | {written_by} | {read_by}"
        f" | {topic.key} | {topic.retention_days} days |"
    )


def test_the_table_of_topics_is_current() -> None:
    table = README.read_text(encoding="utf-8").split("<!-- topics -->")[1].split("<!--")[0]
    assert table.strip().splitlines() == [*HEAD, *(_row(topic) for topic in topics().values())]


def test_the_table_leaves_nothing_that_a_page_would_not_show() -> None:
    """Angle brackets outside of code are taken for markup."""
    text = README.read_text(encoding="utf-8").split("<!-- topics -->")[1].split("<!--")[0]
    assert "<" not in "".join(text.split("`")[::2])
    assert "{" not in text
