"""What an item is, and the way it came: as its own events say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from suyuan.trace.admission.state import coded
from suyuan.trace.format.times import parse, zone
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.lineage.lots import TEXTS, MasterData, gs1_values, later, master_data, newest
from suyuan.web.text import shown, words
from suyuan.web.text.names import Names
from suyuan.web.text.record import Record

MAX_WORDS = 5
_EXAMINING = steps_of("samples", "tests")
# Texts of master data that stand otherwise on a page, or on no page of an item.
_APART = frozenset(("product", "product_id", "spec", "category", "lot", "production_date"))
_MIXING = steps_of("blends")
_ASIDE = steps_of("loses", "counts", "stores", "unpacks")  # what is no news on the way


@dataclass(frozen=True, slots=True)
class Facts:
    """What one item is; members are None where nothing says. `texts` are labels and values."""

    product: str | None
    lot: str | None
    piece: str | None
    unit: str | None
    origin: str | None
    texts: Sequence[tuple[str, str]]
    produced: tuple[date, date] | None
    shelf_life_days: int | None
    best_before: date | None
    maker_uri: str | None
    maker: str | None
    maker_division: str | None
    place: str | None
    called: str | None = None
    product_uri: str | None = None
    coder: str | None = None
    mixed_from: Sequence["Facts"] = ()

    @property
    def title(self) -> str | None:
        """The product's name, else the number that names the item within its product."""
        return self.product or self.lot or self.piece

    def is_expired(self, today: date) -> bool:
        """Whether its best-before date has passed."""
        return self.best_before is not None and today > self.best_before


def find(item: str, records: Iterable[Record], names: Names) -> Facts:
    """The facts about an item, from what its coder says of it, oldest first.

    A later field of the coder's replaces an earlier one; production dates give a span. Of what
    nobody coded counts what documents report, else what its first buyer entered.
    """
    standing = [r for r in records if r.event is not None and r.is_good and not r.is_withdrawn]
    stated = master_data(
        item,
        (
            (record.actor, record.event, record.link.is_received)
            for record in sorted(standing, key=lambda record: record.index)
            if record.link is not None and record.event is not None
        ),
        with_gs1=True,
    )
    data = newest(stated)
    dates = [data.produced for data in stated if data.produced is not None]
    coding = [r for r in standing if r.link is not None and item in set(coded(r.link))]
    making = [r for r in coding if (r.event or {}).get("type") == "TransformationEvent"]
    maker = next(iter(making or coding), None)
    keys = {key: shown.cut(value, 60) for key, value in gs1_values(item).items()}
    best = data.best_before
    if best is None and dates and data.shelf_life_days is not None:
        best = later(min(dates), data.shelf_life_days)
    place = None if maker is None or maker.event is None else names.place(maker.event, maker.actor)
    origin = shown.division(text) if (text := _cut(data.origin)) else None
    coder = coding[0].actor if coding else None
    known = None if data.product_id is None else names.known(data.product_id, coder)
    called = _cut(data.product)
    return Facts(
        product=names.brief(data.product_id or "", coder, called)
        if called
        else known or names.product(item, coder),
        called=called,
        lot=keys.get("10") or _cut(data.lot),
        piece=keys.get("21"),
        unit=keys.get("00"),
        origin=origin,
        texts=tuple(_texts(replace(data, origin=origin))),
        produced=(min(dates), max(dates)) if dates else None,
        shelf_life_days=data.shelf_life_days,
        best_before=best,
        maker_uri=None if maker is None else maker.actor,
        maker=None if maker is None else names.brief(maker.actor),
        maker_division=None if maker is None else names.division(maker.actor),
        place=place,
        product_uri=data.product_id,
        coder=coder,
    )


def mixed(item: str, facts: Mapping[str, Facts], records: Iterable[Record]) -> Facts:
    """An item's facts; of a mix with those of what went in, and the dates that follow from these.

    A mix that states no dates is as old as its first mixing, and keeps until what went in and is
    known to keep shortest.
    """
    own = facts[item]
    making = [
        record
        for record in sorted(records, key=lambda record: record.index)
        if record.is_good and not record.is_withdrawn and item in record.outputs
        and words.own_step(record.event or {}) in _MIXING
    ]  # fmt: skip
    inputs = dict.fromkeys(name for record in making for name in sorted(record.inputs))
    parts = [facts[name] for name in inputs if name in facts and name != item]
    if not parts:
        return own
    produced, best = own.produced, own.best_before
    begun = parse((making[0].event or {}).get("eventTime"))
    if produced is None and begun is not None and 1 < begun.year < 9999:
        day = begun.astimezone(zone()).date()
        produced = (day, day)
    if best is None and own.shelf_life_days is None:
        best = min((part.best_before for part in parts if part.best_before), default=None)
    return replace(own, produced=produced, best_before=best, mixed_from=parts)


def _texts(data: MasterData) -> Iterator[tuple[str, str]]:
    for name, (member, *_) in TEXTS.items():
        if name not in _APART and (text := _cut(getattr(data, name))):
            yield str(words.LABELS.get(member, member)), text


def _cut(text: str | None) -> str | None:
    return None if text is None else shown.cut(text)


@dataclass(slots=True)
class Stop:
    """One party on the way: in which division, on which days, and what it did."""

    party: str
    division: str | None
    days: list[date] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    is_source: bool = False
    is_station: bool = False


def stops(records: Iterable[Record], names: Names) -> list[Stop]:
    """The parties of the events that stand, in the order in which each was done.

    First who coded what is the oldest here; who only examined the food was no station of its way.
    """
    by_uri: dict[str, Stop] = {}
    for record in records:
        if record.event is None or record.link is None:
            continue
        if not record.is_good or record.is_withdrawn:
            continue
        actor = record.actor
        stop = by_uri.pop(actor, None) or Stop(names.of(actor), names.division(actor))
        by_uri[actor] = stop
        when = parse(record.event.get("eventTime"))
        if when is not None and 1 < when.year < 9999:
            stop.days.append(when.astimezone(zone()).date())
        step = words.own_step(record.event)
        stop.is_station |= step not in _EXAMINING
        stop.is_source |= bool(coded(record.link)) and not any(s.is_source for s in by_uri.values())
        did = str(words.step_words(record.link, record.event))
        is_aside = step in _ASIDE
        if did not in stop.did and not is_aside and len(stop.did) < MAX_WORDS:
            stop.did.append(did)
    stations = [stop for stop in by_uri.values() if stop.is_station]
    return sorted(stations, key=lambda stop: not stop.is_source)
