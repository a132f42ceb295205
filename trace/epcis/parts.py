"""The parts that events are made of (EPCIS 2.0 section 7.3, JSON schema `definitions`).

The models only check: nothing reads an attribute of theirs, so a member that may be absent has
a default that no value can have, and null is refused. They are given parsed values, never JSON
text.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from suyuan.trace.epcis.values import (
    Disposition,
    ErrorReason,
    ExtensionName,
    SourceDestinationType,
    Time,
    TransactionType,
    Unit,
    Uri,
    distinct,
    refuse,
)


def absent(alias: str | None = None) -> Any:
    """The default of a member that may be left out, and may not be null."""
    return Field(default=None, alias=alias)


class Closed(BaseModel):
    """An object with the members that EPCIS names, and no others."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Open(BaseModel):
    """An object that takes extensions too, each under a namespace that is declared."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[ExtensionName, Any]


class QuantityElement(Closed):
    """An amount of a class of objects (JSON schema `quantityElement`)."""

    epcClass: Uri
    quantity: float = absent()
    uom: Unit = absent()


class Place(Open):
    """A read point or business location (JSON schema `readPoint`, `bizLocation`)."""

    id: Uri


class BizTransaction(Closed):
    """A business transaction (JSON schema `bizTransaction`, CBV 2.0 section 7.3)."""

    type: TransactionType = absent()
    bizTransaction: Uri


class Source(Closed):
    """An end from which something moves (JSON schema `source`, CBV 2.0 section 7.4)."""

    type: SourceDestinationType
    source: Uri


class Destination(Closed):
    """An end to which something moves (JSON schema `destination`, CBV 2.0 section 7.4)."""

    type: SourceDestinationType
    destination: Uri


DispositionSet = Annotated[list[Disposition], Field(min_length=1), AfterValidator(distinct)]


class PersistentDisposition(Closed):
    """Dispositions that stay until they are unset (JSON schema `persistentDisposition`)."""

    set: DispositionSet = absent()
    unset: DispositionSet = absent()

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, value: Any) -> Any:
        if isinstance(value, dict) and not value.keys() & {"set", "unset"}:
            refuse("it neither sets nor unsets a disposition", '"set" or "unset" with a list')
        return value


class ErrorDeclaration(Open):
    """That an event recorded earlier was wrong (EPCIS 2.0 section 7.4.1.2)."""

    declarationTime: Time
    reason: ErrorReason = absent()
    correctiveEventIDs: list[Uri] = absent()


class Ilmd(Open):
    """Master data of the instance or lot (JSON schema `ilmd`): extensions only."""
