"""What an operator is told of everyday mistakes: one line that says what to do, no traceback.

No message holds a value that was set, which may be a secret. What is no mistake of theirs is a
fault in the code, and passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click
from pydantic import ValidationError

from complaints_chassis.database import is_away, sqlstate_of
from complaints_chassis.errors import ChassisError
from complaints_chassis.plain import plain
from complaints_chassis.settings import variable_of

DATABASE: Final = "COMPLAINTS_DATABASE_URL"
OWNER: Final = "COMPLAINTS_MIGRATE_URL"
_AWAY: Final = "The database of {url} does not answer. Is it up, and are host and port right?"
_BY_STATE: Final = {
    "28": "The database does not let the role of {url} in. Correct its name or password.",
    "3D000": "There is no database of the name in {url}. Create it, or correct the name.",
    "42P01": "The database of {url} is not up to date. Run `migrate`.",
    "42501": "The role of {url} may not do this. Is it the right one, and was `migrate` run?",
    "42704": f"The role of {DATABASE} does not exist. Create it, or correct its name.",
}
"""By how PostgreSQL's code of the error begins (its manual, appendix A)."""


@contextmanager
def explained(*told: type[Exception], url: str = DATABASE) -> Iterator[None]:
    """Turns mistakes made within into what the command line prints.

    `told` are further errors whose text is for operators, `url` the variable that names the
    database used within.

    Raises:
        click.ClickException: a mistake was made, or something the command depends on is away.
    """
    try:
        yield
    except ValidationError as error:
        raise click.ClickException(_settings(error)) from None
    except Exception as error:
        if isinstance(error, (ChassisError, *told)):
            words: str | None = str(error)
        else:
            words = _database(error, url)
        if words is None:
            raise
        raise click.ClickException(words) from None


def _settings(error: ValidationError) -> str:
    missing, wrong = [], []
    for found in error.errors(include_input=False):
        variable = variable_of(str(found["loc"][0])) if found["loc"] else "The settings"
        if found["type"] == "missing":
            missing.append(variable)
        else:
            wrong.append(f"{variable}: {plain(found)}")
    parts = [f"Set: {', '.join(missing)}"] if missing else []
    return "; ".join([*parts, *wrong]) + " (see --help)"


def _database(error: BaseException, url: str) -> str | None:
    state = sqlstate_of(error)
    for start, words in _BY_STATE.items():
        if state.startswith(start):
            return words.format(url=url)
    return _AWAY.format(url=url) if is_away(error) else None
