"""The documents around events (JSON schema `epcisDocument` and `epcisQueryDocument`).

Events themselves are checked one by one elsewhere.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from suyuan.trace.epcis.parts import Open, absent
from suyuan.trace.epcis.values import AttributeValue, Context, Time, Uri, Version


class Attribute(Open):
    """One attribute of a vocabulary element: a number, a text or an object."""

    id: Uri
    attribute: AttributeValue = absent()


class VocabularyElement(Open):
    """One thing that master data tells of."""

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


class ResultsBody(Open):
    """What a query found."""

    eventList: list[Any]
    vocabularyList: list[VocabularyList] = absent()


class QueryResults(Open):
    """The answer to a query."""

    queryName: str
    subscriptionID: str = absent()
    resultsBody: ResultsBody


class QueryBody(Open):
    """The body of a query document."""

    queryResults: QueryResults


class EpcisDocument(Open):
    """Events to be captured, with master data (JSON schema `epcisDocument`)."""

    context: Context = Field(alias="@context")
    type: Literal["EPCISDocument"]
    schemaVersion: Version
    creationDate: Time
    id: Uri = absent()
    instanceIdentifier: str = absent()
    sender: str = absent()
    receiver: str = absent()
    epcisHeader: Header = absent()
    epcisBody: Body


class EpcisQueryDocument(Open):
    """Events that a query found (JSON schema `epcisQueryDocument`)."""

    context: Context = Field(alias="@context")
    type: Literal["EPCISQueryDocument"]
    schemaVersion: Version = absent()
    creationDate: Time = absent()
    id: Uri = absent()
    epcisBody: QueryBody


EVENTS_AT: Mapping[type[Open], tuple[str, ...]] = {
    EpcisDocument: ("epcisBody", "eventList"),
    EpcisQueryDocument: ("epcisBody", "queryResults", "resultsBody", "eventList"),
}
"""Where the list of events stands in each kind of document."""

MASTER_AT: Mapping[type[Open], tuple[str, ...]] = {
    EpcisDocument: ("epcisHeader", "epcisMasterData", "vocabularyList"),
    EpcisQueryDocument: ("epcisBody", "queryResults", "resultsBody", "vocabularyList"),
}
"""Where master data stands in each kind of document."""
