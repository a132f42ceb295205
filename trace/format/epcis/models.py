"""Events, their parts and the documents around them: the members of each, and their forms.

Sources: EPCIS 2.0 sections 7.3 and 7.4, and the JSON schema's `definitions`. What members ask of
each other is in `events`. The models only check: nothing reads an attribute of theirs, so a
member that may be absent has a default that no value can have, and null is refused. They are given
parsed values, never JSON text. Events in a document are checked one by one, apart from it.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from .field_types import (
    AlertType,
    AttributeValue,
    BizStep,
    Component,
    Context,
    Disposition,
    ErrorReason,
    EventType,
    ExtensionName,
    Hex,
    MeasurementType,
    Offset,
    SourceDestinationType,
    Time,
    TransactionType,
    Unit,
    Uri,
    UriOrUris,
    UriSet,
    Version,
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
    """The declaration that an earlier event was wrong (EPCIS 2.0 section 7.4.1.2)."""

    declarationTime: Time
    reason: ErrorReason = absent()
    correctiveEventIDs: list[Uri] = absent()


class Ilmd(Open):
    """Master data of the instance or lot (JSON schema `ilmd`): extensions only."""


# Sensor data.


class Sensed(Open):
    """The members that one report of a sensor, or all of them, may have."""

    time: Time = absent()
    deviceID: Uri = absent()
    deviceMetadata: Uri = absent()
    rawData: Uri = absent()
    dataProcessingMethod: Uri = absent()
    bizRules: Uri = absent()


class SensorMetadata(Sensed):
    """The metadata of all reports of a sensor element."""

    startTime: Time = absent()
    endTime: Time = absent()


class SensorReport(Sensed):
    """One observation: a measurement, a value derived from many, or an alert."""

    type: MeasurementType
    exception: AlertType = absent()
    microorganism: Uri = absent()
    chemicalSubstance: Uri = absent()
    coordinateReferenceSystem: Uri = absent()
    component: Component = absent()
    value: float = absent()
    stringValue: str = absent()
    booleanValue: bool = absent()
    hexBinaryValue: Hex = absent()
    uriValue: Uri = absent()
    minValue: float = absent()
    maxValue: float = absent()
    meanValue: float = absent()
    sDev: float = absent()
    percRank: float = absent()
    percValue: float = absent()
    uom: Unit = absent()


class SensorElement(Open):
    """Reports of sensors, at least one, and what is common to them."""

    sensorMetadata: SensorMetadata = absent()
    sensorReport: Annotated[list[SensorReport], Field(min_length=1)]


# Events.

Action = Literal["ADD", "OBSERVE", "DELETE"]


class EpcisEvent(Open):
    """The members of all event types (EPCIS 2.0 section 7.4.1).

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


class WithObjects(EpcisEvent):
    """An event about objects."""

    epcList: UriSet = absent()
    quantityList: list[QuantityElement] = absent()


class WithChildren(EpcisEvent):
    """An event about what is in, or on, something."""

    parentID: Uri = absent()
    childEPCs: list[Uri] = absent()
    childQuantityList: list[QuantityElement] = absent()


class WithOutputs(EpcisEvent):
    """An event about outputs, and their inputs."""

    transformationID: Uri = absent()
    inputEPCList: UriSet = absent()
    inputQuantityList: list[QuantityElement] = absent()
    outputEPCList: UriSet = absent()
    outputQuantityList: list[QuantityElement] = absent()
    ilmd: Ilmd = absent()


class ObjectEvent(WithObjects):
    """What happened to objects (EPCIS 2.0 section 7.4.2)."""

    type: Literal["ObjectEvent"]
    action: Action
    ilmd: Ilmd = absent()


class AggregationEvent(WithChildren):
    """What was packed into or out of a container (EPCIS 2.0 section 7.4.3)."""

    type: Literal["AggregationEvent"]
    action: Action


class AssociationEvent(WithChildren):
    """What was joined to, or parted from, an asset or place (JSON schema `AssociationEvent`)."""

    type: Literal["AssociationEvent"]
    action: Action
    parentID: Uri


class TransactionEvent(EpcisEvent):
    """What was joined to business transactions (JSON schema `TransactionEvent`)."""

    type: Literal["TransactionEvent"]
    action: Action
    bizTransactionList: Annotated[list[BizTransaction], Field(min_length=1)]
    parentID: Uri = absent()
    epcList: list[Uri] = absent()
    quantityList: list[QuantityElement] = absent()


class TransformationEvent(WithOutputs):
    """Inputs made into outputs (JSON schema `TransformationEvent`)."""

    type: Literal["TransformationEvent"]


class ExtendedEvent(WithObjects, WithChildren, WithOutputs):
    """An event of somebody else's type, named by a URI (JSON schema `Extended-Event`).

    It may have any standard member, in its standard form, besides extensions.
    """

    type: EventType
    action: Action = absent()


STANDARD_TYPES: dict[str, type[EpcisEvent]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "AssociationEvent": AssociationEvent,
    "TransactionEvent": TransactionEvent,
    "TransformationEvent": TransformationEvent,
}


def model_of(event_type: Any) -> type[EpcisEvent]:
    """The model that an event of this `type` is checked by."""
    name = event_type if isinstance(event_type, str) else ""
    return STANDARD_TYPES.get(name, ExtendedEvent)


# Documents.


class Attribute(Open):
    """One attribute of a vocabulary element: a number, a text or an object."""

    id: Uri
    attribute: AttributeValue = absent()


class VocabularyElement(Open):
    """One party, place or product of master data."""

    id: Uri
    attributes: list[Attribute] = absent()
    children: list[Uri] = absent()


class VocabularyList(Open):
    """Master data of one vocabulary, `urn:epcglobal:epcis:vtype:Location` say."""

    type: Uri
    vocabularyElementList: list[VocabularyElement] = absent()


class MasterData(Open):
    """Master data in a document's header (JSON schema `epcisHeader`)."""

    vocabularyList: list[VocabularyList] = absent()


class Header(Open):
    """A document's header."""

    epcisMasterData: MasterData = absent()


class Body(Open):
    """The body of a document."""

    eventList: list[Any]


class ResultsBody(Body):
    """The events that a query found."""

    vocabularyList: list[VocabularyList] = absent()


class QueryResults(Open):
    """The answer to a query."""

    queryName: str
    subscriptionID: str = absent()
    resultsBody: ResultsBody


class QueryBody(Open):
    """The body of a query document."""

    queryResults: QueryResults


class Enveloped(Open):
    """The members of both kinds of document."""

    context: Context = Field(alias="@context")
    id: Uri = absent()


class EpcisDocument(Enveloped):
    """Events to be captured, with master data (JSON schema `epcisDocument`)."""

    type: Literal["EPCISDocument"]
    schemaVersion: Version
    creationDate: Time
    instanceIdentifier: str = absent()
    sender: str = absent()
    receiver: str = absent()
    epcisHeader: Header = absent()
    epcisBody: Body


class EpcisQueryDocument(Enveloped):
    """Events that a query found (JSON schema `epcisQueryDocument`)."""

    type: Literal["EPCISQueryDocument"]
    schemaVersion: Version = absent()
    creationDate: Time = absent()
    epcisBody: QueryBody
