"""`suyuan record`, `retract`, `product`, `place`: one thing stated at a time."""

import json
from pathlib import Path

import click

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes, divisions
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.link import AfterRef, Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import STEPS
from suyuan.trace.recording import correcting, papers, record_step
from suyuan.trace.recording.bulk import draft_of
from suyuan.trace.recording.hiding import conceal, read_option
from suyuan.trace.store.append.receipts import Receipt

from ..command import DAYS, PLACE, UNIT, Run, argument, command, option, recorded
from ..names import party_words
from ..terminal import say, show


@command("record", signs=True, json=True)
def record(
    run: Run,
    item: str = argument(),
    step: str = option(type=click.Choice(list(STEPS)), help="What was done."),
    quantity: str | None = option(help="How much of the item, as a decimal number."),
    unit: str = UNIT,
    inputs: tuple[str, ...] = option("--input", help="ITEM=QUANTITY[UNIT], what went in."),
    content: tuple[str, ...] = option(help="ITEM[=QUANTITY[UNIT]], packed or taken out."),
    recipient: str | None = option("--to", help="The party that it is sent to."),
    to_name: str | None = option(help="The name of a recipient that is not in the ledger."),
    after: tuple[int, ...] = option(help="Index of a link that it answers."),
    place: str | None = PLACE,
    when: str | None = option("--time", help="When, 2026-11-24T08:30 [default: now]."),
    notes: tuple[str, ...] = option("--note", help="A delivery note's URI."),
    files: tuple[str, ...] = option("--attach", help="[KIND=]FILE, a certificate, say."),
    fields: tuple[str, ...] = option("--set", help="NAME=VALUE, a field such as suyuan:reason."),
    hidden: tuple[str, ...] = option(
        "--private",
        help="FIELD[=AUDIENCE] to hide: own, chain, public, or parties' URIs with commas.",
    ),
    opened_: tuple[str, ...] = option("--open", help="A field not to hide that would be."),
    product: str | None = option(help="For code: the product's name."),
    produced: str | None = option(help="For code: the production date, 2026-11-24."),
    shelf_life: int | None = option(type=DAYS, help="For code: days."),
    origin: str | None = option(help="For code: the division it comes from."),
    corrects: int | None = option(help="Index of an event of the same party that was wrong."),
) -> None:
    """Record one process step of ITEM: a trace code, a URI, a scanned URL, or `new`.

    Names of persons, prices and free text (suyuan:person, :driver, :price, :note, …) are left out
    of the record, which commits to them; they are kept beside it, for those whom they concern.
    """
    actor = run.pen.actor
    uri = run.item(item, may_be_new="begins" in STEPS[step].traits)
    extra = dict(_field(text) for text in fields)
    attached = [_paper(text) for text in files]
    if attached:
        extra[papers.MEMBER] = [member for member, _ in attached]
    if product is not None:
        today = run.now().astimezone(zone()).date()
        day = None if produced is None else record_step.past_day(produced, today, "--produced")
        extra |= steps.coding(product, day, shelf_life, origin)
    elif "codes" in STEPS[step].traits:
        raise LedgerError("--step code needs --product, the product's name")
    event = record_step.made(
        step,
        record_step.past(run.instant(when), run.now(), "--time"),
        Portion(uri, *record_step.amount(quantity, unit)),
        actor=actor,
        contents=[_portion(run, text) for text in content],
        inputs=[_portion(run, text) for text in inputs],
        recipient=_recipient(run, recipient) if recipient else None,
        recipient_name=to_name,
        place=place,
        notes=notes,
        extra=extra,
        zone=zone(),
    )
    event, disclosures = conceal(event, actor, dict(map(read_option, hidden)), opened_)
    wrong = None if corrects is None else _own_event(run, corrects)
    # What is put right answers what the wrong one did.
    answered = _after(run, step, uri, after) if after or wrong is None else draft_of(wrong).after
    drafts = [Draft(event=event, after=answered)]
    if missing := [name for name in STEPS[step].members if name not in extra]:
        listed = ", ".join(f"--set {name}=…" for name in missing)
        raise LedgerError("step %s should say more: %s", step, listed)
    if wrong is not None:
        drafts.append(correcting.declaration(wrong, event["eventID"], run.now()))
    receipt = run.sign(drafts, [data for _, data in attached], disclosures)[0]
    value = {"item": uri, "eventID": event["eventID"], **receipt.to_dict()}
    run.answer(value, [uri], _done(run, receipt))


@command("retract", signs=True)
def retract(run: Run, index: int = argument()) -> None:
    """Declare that the event at INDEX, of the same party, did not occur."""
    draft = correcting.declaration(_own_event(run, index), None, run.now())
    (receipt,) = run.sign([draft])
    say(_done(run, receipt))


def _own_event(run: Run, index: int) -> Link:
    with run.reading() as reader:
        return correcting.own_event(reader, run.pen.actor, index)


def _done(run: Run, receipt: Receipt) -> Message:
    with run.reading() as reader:
        name = party_words(reader.name(run.pen.actor), run.pen.actor)
    return msg("%s, for %s", recorded(receipt), name)


def _recipient(run: Run, text: str) -> str:
    try:
        return run.party(text)
    except IdentifierError as error:
        raise IdentifierError(
            "--to %s is no party (a USCC, a GLN, a code or a URI): %s; one that is "
            "not in the ledger is given by --to-name",
            repr(text[:60]),
            error,
        ) from None


def _after(run: Run, step: str, item: str, indexes: tuple[int, ...]) -> tuple[AfterRef, ...]:
    with run.reading() as reader:
        if not indexes:
            answered = record_step.answered(reader, step, item, run.pen.actor)
            if answered is None:
                say("no dispatch of it to this party is open: its history will begin here")
            return answered or ()
        refs = record_step.following(reader, indexes, "--after")
    for ref, items in refs:
        if item not in items:
            say("note: the record at index %s is about other items than %s", ref.index, item)
    return tuple(ref for ref, _ in refs)


def _portion(run: Run, text: str) -> Portion:
    name, _, amount = text.rpartition("=") if "=" in text else (text, "", "")
    number = amount.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ-")
    unit = amount[len(number) :] or "KGM"
    return Portion(run.item(name), *record_step.amount(number or None, unit))


def _paper(text: str) -> tuple[Object, bytes]:
    """A file as an event names it, and its content."""
    kind, is_given, name = text.partition("=")
    if not is_given or kind not in papers.KINDS:
        kind, name = "other", text
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise LedgerError("--attach %s: %s", name, error.strerror or error) from None
    try:
        return papers.member(papers.examine(data), kind), data
    except papers.PaperError as error:
        raise LedgerError("--attach %s: %s", name, error) from None


def _field(text: str) -> tuple[str, object]:
    name, sign, value = text.partition("=")
    if not sign or ":" not in name:
        raise LedgerError("--set %s must be PREFIX:NAME=VALUE", repr(text))
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@command("product", signs=True)
def product(
    run: Run,
    uri: str = argument(),
    name: str = option(),
    category: str = option(),
    unit: str = option(default="KGM"),
    spec: str | None = option(),
    shelf_life: int | None = option(type=DAYS, help="Days."),
    conversions: tuple[str, ...] = option("--convert", help="UNIT=AMOUNT, as 箱=20."),
) -> None:
    """State what a product is: URI is its GTIN's Digital Link, a URI, or `new`."""
    uri = _uri(run, uri, "product")
    amounts = dict(text.partition("=")[::2] for text in conversions) or None
    run.state(
        acts.product(uri, name, category, unit, spec=spec, days=shelf_life, conversions=amounts)
    )
    show([uri])


@command("place", signs=True)
def place(
    run: Run,
    uri: str = argument(),
    name: str = option(),
    division: str = option(),
    who: str = option("--party"),
) -> None:
    """State what a place is: URI is its GLN's Digital Link, a URI, or `new`."""
    uri, holder = _uri(run, uri, "place"), run.party(who)
    run.state(acts.place(uri, holder, name, divisions.read(division)))
    show([uri])


def _uri(run: Run, text: str, kind: str) -> str:
    return codes.uri_of(codes.new(), run.host, kind) if text == "new" else text
