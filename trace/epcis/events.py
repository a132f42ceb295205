"""The event types (EPCIS 2.0 section 7.4): which members each has, and of what form.

What members ask of each other is in `suyuan.trace.epcis.rules`.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from suyuan.trace.epcis.parts import (
    BizTransaction,
    Destination,
    ErrorDeclaration,
    Ilmd,
    Open,
    PersistentDisposition,
    Place,
    QuantityElement,
    Source,
    absent,
)
from suyuan.trace.epcis.sensors import SensorElement
from suyuan.trace.epcis.values import (
    BizStep,
    Context,
    Disposition,
    EventType,
    Offset,
    Time,
    Uri,
    UriOrUris,
    UriSet,
)

Action = Literal["ADD", "OBSERVE", "DELETE"]


class EpcisEvent(Open):
    """What all event types have (EPCIS 2.0 section 7.4.1).

    `persistentDisposition` too, which the schema names for two of them: GS1's own examples have
    it in an AggregationEvent.
    """

    own_context: Context = absent("@context")
    eventTime: Time
    eventTimeZoneOffset: Offset
    recordTime: Time = absent()
    eventID: Uri = absent()
    errorDeclaration: ErrorDeclaration = absent()
    certificationInfo: UriOrUris = absent()
    bizStep: BizStep = absent()
    disposition: Disposition = absent()
    persistentDisposition: PersistentDisposition = absent()
    readPoint: Place = absent()
    bizLocation: Place = absent()
    bizTransactionList: list[BizTransaction] = absent()
    sourceList: list[Source] = absent()
    destinationList: list[Destination] = absent()
    sensorElementList: list[SensorElement] = absent()


class ObjectEvent(EpcisEvent):
    """What happened to objects (EPCIS 2.0 section 7.4.2)."""

    type: Literal["ObjectEvent"]
    action: Action
    epcList: UriSet = absent()
    quantityList: list[QuantityElement] = absent()
    ilmd: Ilmd = absent()


class AggregationEvent(EpcisEvent):
    """What was packed into or out of a container (EPCIS 2.0 section 7.4.3)."""

    type: Literal["AggregationEvent"]
    action: Action
    parentID: Uri = absent()
    childEPCs: list[Uri] = absent()
    childQuantityList: list[QuantityElement] = absent()


class AssociationEvent(EpcisEvent):
    """What was joined to, or parted from, an asset or place (JSON schema `AssociationEvent`)."""

    type: Literal["AssociationEvent"]
    action: Action
    parentID: Uri
    childEPCs: list[Uri] = absent()
    childQuantityList: list[QuantityElement] = absent()


class TransactionEvent(EpcisEvent):
    """What was joined to business transactions (JSON schema `TransactionEvent`)."""

    type: Literal["TransactionEvent"]
    action: Action
    bizTransactionList: Annotated[list[BizTransaction], Field(min_length=1)]
    parentID: Uri = absent()
    epcList: list[Uri] = absent()
    quantityList: list[QuantityElement] = absent()


class TransformationEvent(EpcisEvent):
    """What was made of what (JSON schema `TransformationEvent`)."""

    type: Literal["TransformationEvent"]
    transformationID: Uri = absent()
    inputEPCList: UriSet = absent()
    inputQuantityList: list[QuantityElement] = absent()
    outputEPCList: UriSet = absent()
    outputQuantityList: list[QuantityElement] = absent()
    ilmd: Ilmd = absent()


class ExtendedEvent(EpcisEvent):
    """An event of somebody else's type, named by a URI (JSON schema `Extended-Event`).

    It may have any standard member, in its standard form, besides extensions.
    """

    type: EventType
    action: Action = absent()
    transformationID: Uri = absent()
    parentID: Uri = absent()
    epcList: UriSet = absent()
    quantityList: list[QuantityElement] = absent()
    childEPCs: list[Uri] = absent()
    childQuantityList: list[QuantityElement] = absent()
    inputEPCList: UriSet = absent()
    inputQuantityList: list[QuantityElement] = absent()
    outputEPCList: UriSet = absent()
    outputQuantityList: list[QuantityElement] = absent()
    ilmd: Ilmd = absent()


STANDARD_TYPES: dict[str, type[EpcisEvent]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "AssociationEvent": AssociationEvent,
    "TransactionEvent": TransactionEvent,
    "TransformationEvent": TransformationEvent,
}


def model_of(event_type: Any) -> type[EpcisEvent]:
    """The model that an event of this `type` is checked by."""
    return (
        STANDARD_TYPES.get(event_type, ExtendedEvent)
        if isinstance(event_type, str)
        else ExtendedEvent
    )
