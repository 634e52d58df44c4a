"""The sorter's data: how words are read, which phrases prompt, what suggests a type.

Read once. A change of any file changes `Rules.version`, which every sorting carries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Annotated, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from complaints_contracts.codes import Channel, Code, ContactType, Criterion, Queue, RiskFlag
from complaints_triage.domain.language import Language
from complaints_triage.domain.phrases import Phrase, PhraseBook
from complaints_triage.domain.prompts import Bearing
from complaints_triage.domain.sorting import DISSATISFACTION, POLICING, Kind, Rules

_FILES = ("language.yaml", "prompts.yaml", "types.yaml")


C = TypeVar("C", bound=Code)


def _known(code: C) -> C:
    """Codes map what they do not know to OTHER; in our own data that is a mistake."""
    if code == "OTHER":
        raise ValueError("a code that is not in its list")
    return code


Known = Annotated[C, AfterValidator(_known)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Negation(_Data):
    words: dict[str, int]
    denials: frozenset[str]
    breakers: frozenset[str]


class _LanguageFile(_Data):
    version: str
    spellings: dict[str, tuple[str, ...]]
    lists: dict[str, tuple[str, ...]]
    negation: _Negation


class _PhraseEntry(_Data):
    id: str
    criteria: tuple[Known[Criterion], ...] = ()
    risks: tuple[Known[RiskFlag], ...] = ()
    why: str
    source: str
    patterns: tuple[str, ...] = Field(min_length=1)


class _PromptsFile(_Data):
    version: str
    phrases: tuple[_PhraseEntry, ...]


class _TypeEntry(_Data):
    type: Known[ContactType]
    queue: Known[Queue]
    declared_queue: Known[Queue] | None = None
    why: str
    beside: Known[ContactType] | None = None
    patterns: tuple[str, ...] = Field(min_length=1)


class _Signs(_Data):
    patterns: tuple[str, ...] = Field(min_length=1)


class _TypesFile(_Data):
    version: str
    urgent_criteria: frozenset[Known[Criterion]]
    urgent_queue: Known[Queue]
    default_queue: Known[Queue]
    anyone_writes: frozenset[Known[Channel]]
    types: tuple[_TypeEntry, ...]
    dissatisfaction: _Signs
    policing: _Signs


@cache
def load_rules() -> Rules:
    """The rules as shipped.

    Raises ValueError if a file is not well formed, or the files are of different versions.
    """
    language_file, prompts_file, types_file = (
        resources.files(__package__).joinpath(name).read_bytes() for name in _FILES
    )
    return compile_rules(language_file, prompts_file, types_file)


def compile_rules(language_file: bytes, prompts_file: bytes, types_file: bytes) -> Rules:
    """Rules from the bytes of the three YAML files. Raises ValueError as `load_rules` does."""
    spoken = _LanguageFile.model_validate(yaml.safe_load(language_file))
    prompts = _PromptsFile.model_validate(yaml.safe_load(prompts_file))
    types = _TypesFile.model_validate(yaml.safe_load(types_file))
    if not spoken.version == prompts.version == types.version:
        raise ValueError("language.yaml, prompts.yaml and types.yaml must have the same version")

    def phrase(name: str, patterns: Sequence[str]) -> Phrase:
        return Phrase.of(name, patterns, spoken.lists)

    prompting = [phrase(entry.id, entry.patterns) for entry in prompts.phrases]
    suggesting = [
        *(phrase(entry.type.value, entry.patterns) for entry in types.types),
        phrase(DISSATISFACTION, types.dissatisfaction.patterns),
        phrase(POLICING, types.policing.patterns),
    ]
    negation = spoken.negation
    language = Language.of(
        spellings=spoken.spellings,
        negators=negation.words,
        denials=negation.denials,
        breakers=negation.breakers,
        vocabulary=set(negation.words).union(
            *(known.vocabulary for known in (*prompting, *suggesting))
        ),
    )
    digest = hashlib.sha256(language_file + prompts_file + types_file).hexdigest()
    return Rules(
        version=f"{prompts.version}-{digest[:12]}",
        language=language,
        prompts=PhraseBook.of(prompting),
        bearings={
            entry.id: Bearing(entry.criteria, entry.risks, entry.why, entry.source)
            for entry in prompts.phrases
        },
        signs=PhraseBook.of(suggesting),
        kinds=tuple(
            Kind(entry.type, entry.queue, entry.declared_queue, entry.beside, entry.why)
            for entry in types.types
        ),
        urgent_criteria=types.urgent_criteria,
        urgent_queue=types.urgent_queue,
        default_queue=types.default_queue,
        anyone_writes=types.anyone_writes,
    )
