"""The persons of an office who inspect for it: who they are, and the statements that make them so.

A person is a party of its own, registered by its office (docs/format.md section 4); it signs for
the office under a mandate that ends with its certificate.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from suyuan.keys.validity import Party, valid_keys
from suyuan.trace.admission import acts
from suyuan.trace.admission.access import in_force
from suyuan.trace.admission.offices import INSPECTORS, office_named
from suyuan.trace.format.link import readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.times import from_micros, zone
from suyuan.trace.format.vocabulary import STEPS, usual_steps
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.party_report import second
from suyuan.trace.goods.profiles import Licence, Profiles
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import parts_of

CERTIFICATE = "enforcement"  # the kind of a person's licence
MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class Inspector:
    """A person of an office: its name, where its registration still shows it, and certificate.

    `is_able` where it may sign for the office now: a mandate, and a key.
    """

    party: Party
    name: str | None
    certificate: Licence | None
    has_key: bool
    is_able: bool

    @property
    def uri(self) -> str:
        """The person's URI."""
        return self.party.uri

    @property
    def is_here(self) -> bool:
        """Whether it has not left."""
        return self.party.left is None


def inspectors_of_office(reader: Reader, ledger: Ledger, office: str) -> list[Inspector]:
    """All persons that an office ever had, as now registered, in the order of their admission."""
    persons = [
        party
        for party in parts_of(reader, office)
        if office_named(party.roles, party.part_of) == office
    ]
    profiles, now = Profiles(reader, ledger.trust.genesis), second(ledger.now())
    mandates = reader.mandates(office)
    return [
        Inspector(
            person,
            registered_name(reader, ledger, person),
            next((p for p in profiles.of(person.uri).licences if p.kind == CERTIFICATE), None),
            has_key := bool(valid_keys(reader, person.uri, reader.size())),
            has_key and bool(in_force(mandates, person.uri, reader.size(), now)),
        )
        for person in persons
    ]


def registered_name(reader: Reader, ledger: Ledger, person: Party) -> str | None:
    """The name that its registration states, or hides and somebody keeps."""
    link = reader.parsed(person.stated)
    hidden = {} if link is None else ledger.disclosures.shown(reader, link)
    name = person.name or hidden.get("/name")
    return name if isinstance(name, str) else None


def office_behind(reader: Reader, actor: str) -> str:
    """The office for which a party records: that which it inspects for, or did; else itself."""
    person = reader.party(actor)
    return (person and office_named(person.roles, person.part_of)) or actor


def in_office(reader: Reader, office: str, at: str) -> set[str]:
    """The persons who could sign for an office at an instant, RFC 3339 to the second in UTC.

    By their mandates, keys and registrations: who left, moved or lost its key since, or is
    registered since, is judged as of then.
    """
    persons, book = set(), ActBook(reader)

    def had(start: str, *ends: int | None) -> bool:
        """Whether something that begins then had not ended, by when each end was recorded."""
        times = book.times([leaf for leaf in ends if leaf is not None]).values()
        return start <= at < min((second(from_micros(of)) for of in times), default="~")

    for given in reader.mandates(office):
        person = reader.party(given.to)
        if person is None or at >= given.until or _office_at(reader, person, at) != office:
            continue
        keys = ((reader.signed_at(key.enrolled), key.revoked) for key in reader.keys_of(given.to))
        if had(given.start, given.withdrawn, person.left) and any(had(*key) for key in keys):
            persons.add(given.to)
    return persons


def _office_at(reader: Reader, person: Party, at: str) -> str | None:
    """The office whose person a party was at an instant, by its newest registration of then."""
    link, roles, part_of = reader.parsed(person.stated), person.roles, person.part_of
    if link is None or link.signed_at > at:
        links = (readable(entry) for _, entry in ActBook(reader).entries(person.uri))
        before = [link.statement for link in links if link and link.signed_at <= at]
        stated = [one for one in before if one and one["type"] == "party" and "roles" in one]
        roles, part_of = (stated[-1]["roles"], stated[-1].get("part_of")) if stated else ((), None)
    return office_named(roles, part_of)


def registration(uri: str, name: str, office: Party, by: str) -> tuple[Object, list[Kept]]:
    """The admission of a person, its name hidden, and the disclosure: for the office and itself."""
    stated = acts.admit(uri, name, list(INSPECTORS), office.division, part_of=office.uri)
    body, stored = leave_out(stated, ["/name"])
    return body, [Kept(text, by, Audience.of(uri, office.uri)) for text in stored]


def certificate(uri: str, number: str, last: date) -> Object:
    """The profile that states the number of a person's certificate, and its last day."""
    licence = {"kind": CERTIFICATE, "number": number, "expires": last.isoformat()}
    return acts.profile(uri, licences=[licence])


def mandate(office: str, uri: str, now: datetime, last: date) -> Object:
    """The mandate under which a person signs for its office, until its certificate ends."""
    end = datetime.combine(last + timedelta(days=1), time(), zone()).astimezone(UTC)
    steps = [STEPS[name].biz_step for name in sorted(usual_steps(INSPECTORS))]
    return acts.give_mandate(office, uri, steps, second(now.astimezone(UTC)), second(end))


def ending(reader: Reader, office: str, uri: str) -> list[Object]:
    """The statements by which a person inspects for its office no more, its keys the first."""
    stands = any(m.to == uri and m.withdrawn is None for m in reader.mandates(office))
    return [
        *(acts.revoke(uri, keyid) for keyid in valid_keys(reader, uri, reader.size())),
        *([acts.withdraw_mandate(office, uri)] if stands else ()),
        acts.leave(uri),
    ]
