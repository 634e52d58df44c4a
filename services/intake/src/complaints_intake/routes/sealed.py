"""What travels in a page and comes back as we sent it: signed, for this service alone."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TypeVar

from pydantic import ValidationError

from complaints_chassis.service import Running
from complaints_contracts.event import Model

M = TypeVar("M", bound=Model)


def seal(run: Running, model: Model) -> str:
    """The model as text that nobody else can make."""
    body = base64.urlsafe_b64encode(model.model_dump_json().encode()).decode()
    return f"{_sign(run, type(model), body)}.{body}"


def unseal(run: Running, sealed: str, kind: type[M]) -> M | None:
    """What was sealed as a model of this kind; None for everything else."""
    signature, _, body = sealed.partition(".")
    if not hmac.compare_digest(signature.encode(), _sign(run, kind, body).encode()):
        return None
    try:
        return kind.model_validate_json(base64.urlsafe_b64decode(body))
    except (ValidationError, binascii.Error):  # sealed by an older version of this service
        return None


def _sign(run: Running, kind: type[Model], body: str) -> str:
    secret = run.settings.secret.get_secret_value().encode()
    return hmac.digest(secret, f"{kind.__name__}:{body}".encode(), "sha256").hex()
