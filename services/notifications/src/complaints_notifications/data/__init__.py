"""The catalogue of notices as shipped: what each step of a case tells the person."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from complaints_law.procedure import load_procedure
from complaints_law.rule_sets import load_rule_sets
from complaints_notifications.domain.catalogue import Catalogue, read_catalogue


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that this package ships.

    Raises CatalogueError, which names everything in it that cannot be.
    """
    text = resources.files(__package__).joinpath("notices.yaml").read_text(encoding="utf-8")
    return read_catalogue(yaml.safe_load(text), load_procedure(), load_rule_sets())
