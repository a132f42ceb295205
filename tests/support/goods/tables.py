"""Tables that a party hands in: documents of links, their report and its end."""

import json

from support.ledger.world import Actor, World, event

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.recording.bulk import SourceFile


def document_of(*places: tuple[str, str]) -> bytes:
    """An EPCIS document whose master data names places."""
    elements = [
        {"id": uri, "attributes": [{"id": "urn:epcglobal:cbv:mda#name", "attribute": name}]}
        for uri, name in places
    ]
    vocabulary = {"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": elements}
    return json.dumps(
        {
            "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-11-24T08:00:00Z",
            "epcisHeader": {"epcisMasterData": {"vocabularyList": [vocabulary]}},
            "epcisBody": {"eventList": []},
        }
    ).encode()


def report(world: World, actor: Actor, data: bytes, *lots: str, keep: bool = True) -> SourceFile:
    """Links made from a document; without `keep` its bytes are lost."""
    source = SourceFile.of(data, "application/ld+json", "received")
    if keep:
        world.ledger.attachments.put(data)
    drafts = [Draft(event=event("count", lot, "1"), document=source.member) for lot in lots]
    world.ledger.write(actor.pen, drafts)
    return source


def close(world: World, actor: Actor, source: SourceFile, links: int) -> None:
    world.say(actor, acts.document(source.sha256, source.size, links))
