"""`suyuan record`, `product`, `place`: one thing said at a time."""

import json
from pathlib import Path

import click

from .. import papers, recording, steps
from ..concealing import conceal, read_option
from ..errors import LedgerError
from ..identifiers import codes, parties
from ..identifiers.errors import IdentifierError
from ..ledger import Ledger
from ..link import AfterRef, parse
from ..members import Object
from ..pen import Draft
from ..recording import FOUNDING
from ..steps import STEPS, Portion
from ..store.receipts import Receipt
from ..times import zone
from .common import (
    follow,
    home_option,
    instant,
    json_option,
    key_options,
    opened,
    pen_for,
    plain,
    say,
    show_json,
)
from .people import state


@click.command()
@click.argument("item")
@click.option("--step", required=True, type=click.Choice(list(STEPS)), help="What was done.")
@click.option("--quantity", help="How much of the item, as a decimal number.")
@click.option("--unit", default="KGM", show_default=True, help="UN/ECE unit code; - for pieces.")
@click.option("--input", "inputs", multiple=True, help="ITEM=QUANTITY[UNIT], what went in.")
@click.option("--content", multiple=True, help="ITEM[=QUANTITY[UNIT]], packed or taken out.")
@click.option("--to", "recipient", help="The party that it is sent to.")
@click.option("--to-name", help="The name of a recipient that is not in the ledger.")
@click.option("--after", "after", type=int, multiple=True, help="Index of a link that it answers.")
@click.option("--place", help="Where: a place's URI.")
@click.option("--time", "when", help="When, 2026-11-24T08:30 [default: now].")
@click.option("--note", "notes", multiple=True, help="A delivery note's URI.")
@click.option("--attach", "files", multiple=True, help="[KIND=]FILE, a certificate, say.")
@click.option("--set", "fields", multiple=True, help="NAME=VALUE, a field such as suyuan:reason.")
@click.option(
    "--private",
    "hidden",
    multiple=True,
    help="FIELD[=AUDIENCE] to hide: own, chain, public, or parties' URIs with commas.",
)
@click.option("--open", "opened_", multiple=True, help="A field not to hide that would be.")
@click.option("--product", help="For code: the product's name.")
@click.option("--produced", help="For code: the production date, 2026-11-24.")
@click.option("--shelf-life", type=click.IntRange(0, 36500), help="For code: days.")
@click.option("--origin", help="For code: the division it comes from.")
@click.option("--corrects", type=int, help="Index of an event of the same party that was wrong.")
@key_options
@json_option
@home_option
def record(
    *,
    item: str,
    step: str,
    quantity: str | None,
    unit: str,
    inputs: tuple[str, ...],
    content: tuple[str, ...],
    recipient: str | None,
    to_name: str | None,
    after: tuple[int, ...],
    when: str | None,
    place: str | None,
    notes: tuple[str, ...],
    files: tuple[str, ...],
    fields: tuple[str, ...],
    hidden: tuple[str, ...],
    opened_: tuple[str, ...],
    product: str | None,
    produced: str | None,
    shelf_life: int | None,
    origin: str | None,
    corrects: int | None,
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Record one process step of ITEM: a trace code, a URI, a scanned URL, or `new`.

    Names of persons, prices and free text (suyuan:person, :driver, :price, :note, …) are left out
    of the record, which commits to them; they are kept beside it, for those whom they concern.
    """
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        uri = find_item(ledger, item, may_be_new=step in FOUNDING)
        extra = dict(_field(text) for text in fields)
        attached = [_paper(text) for text in files]
        if attached:
            extra[papers.MEMBER] = [said for said, _ in attached]
        if product is not None:
            today = ledger.now().astimezone(zone()).date()
            day = None if produced is None else recording.past_day(produced, today, "--produced")
            extra |= steps.coding(product, day, shelf_life, origin)
        elif step == "code":
            raise LedgerError("--step code needs --product, the product's name")
        event = recording.made(
            step,
            recording.past(instant(when, ledger.now()), ledger.now(), "--time"),
            Portion(uri, *recording.amount(quantity, unit)),
            actor=pen.actor,
            contents=[_portion(ledger, text) for text in content],
            inputs=[_portion(ledger, text) for text in inputs],
            recipient=_party(recipient, ledger.trust.host) if recipient else None,
            recipient_name=to_name,
            place=place,
            notes=notes,
            extra=extra,
            zone=zone(),
        )
        event, kept = conceal(event, pen.actor, dict(map(read_option, hidden)), opened_)
        drafts = [Draft(event=event, after=_after(ledger, step, uri, pen.actor, after))]
        require_fields(step, extra)
        if corrects is not None:
            drafts.append(_declaration(ledger, pen.actor, corrects, event["eventID"]))
        contents = [data for _, data in attached]
        receipt = ledger.write(pen, drafts, contents, disclosures=kept)[0]
        follow(ledger)
        if as_json:
            show_json({"item": uri, "eventID": event["eventID"], **receipt.to_dict()})
        else:
            click.echo(uri)
            _done(ledger, receipt, pen.actor)


@click.command()
@click.argument("index", type=int)
@key_options
@home_option
def retract(*, index: int, key_file: str | None, actor: str | None, home: Path | None) -> None:
    """Declare that the event at INDEX, of the same party, did not occur."""
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        (receipt,) = ledger.write(pen, [_declaration(ledger, pen.actor, index, None)])
        follow(ledger)
        _done(ledger, receipt, pen.actor)


def _declaration(ledger: Ledger, actor: str, index: int, corrective: str | None) -> Draft:
    """The event at an index again, under its own eventID, declared an error (section 6)."""
    with ledger.reading() as reader:
        stored = reader.link(index)
    link = None if stored is None else parse(stored.entry)
    if link is None or link.event is None or link.actor != actor:
        raise LedgerError(f"index {index} is no event of {actor}: only its own can be corrected")
    if "errorDeclaration" in link.event:
        raise LedgerError(f"index {index} is an error declaration itself")
    declared: Object = {
        "declarationTime": ledger.now().astimezone(zone()).isoformat(timespec="milliseconds"),
        "reason": "did_not_occur" if corrective is None else "incorrect_data",
    }
    if corrective is not None:
        declared["correctiveEventIDs"] = [corrective]
    return Draft(event=link.event | {"errorDeclaration": declared}, document=link.document)


def _done(ledger: Ledger, receipt: Receipt, actor: str) -> None:
    with ledger.reading() as reader:
        name = reader.name(actor) or actor
    say(f"recorded at index {receipt.index}, {receipt.hash}, for {plain(name)}")


def find_item(ledger: Ledger, text: str, *, may_be_new: bool = False) -> str:
    """The item that a person named; with `may_be_new`, one that is not in the ledger yet."""
    with ledger.reading() as reader:
        return recording.find_item(reader, ledger.trust, text, may_be_new=may_be_new)


def require_fields(step: str, extra: Object) -> None:
    """Raise LedgerError unless a step has the fields that section 6 of the format asks of it."""
    missing = recording.missing(step, extra)
    if missing:
        listed = ", ".join(f"--set {name}=…" for name in missing)
        raise LedgerError(f"step {step} should say more: {listed}")


def _party(text: str, host: str) -> str:
    try:
        return parties.read(text, host)
    except IdentifierError as error:
        raise IdentifierError(
            f"--to {text[:60]!r} is no party (a USCC, a GLN, a code or a URI): {error}; one that "
            "is not in the ledger is given by --to-name"
        ) from None


def _after(
    ledger: Ledger, step: str, item: str, actor: str, indexes: tuple[int, ...]
) -> tuple[AfterRef, ...]:
    with ledger.reading() as reader:
        if not indexes:
            found = recording.answered(reader, step, item, actor)
            if found is None:
                say("no dispatch of it to this party is open: the chain will say it begins here")
            return found or ()
        refs = recording.following(reader, indexes, "--after")
    for ref, items in refs:
        if item not in items:
            say(f"note: the link at index {ref.index} is about other items than {item}")
    return tuple(ref for ref, _ in refs)


def _portion(ledger: Ledger, text: str) -> Portion:
    name, _, amount = text.rpartition("=") if "=" in text else (text, "", "")
    number = amount.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ-")
    unit = amount[len(number) :] or "KGM"
    return Portion(find_item(ledger, name), *recording.amount(number or None, unit))


def _paper(text: str) -> tuple[Object, bytes]:
    """A file as an event names it, and its content."""
    kind, is_given, name = text.partition("=")
    if not is_given or kind not in papers.KINDS:
        kind, name = "other", text
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise LedgerError(f"--attach {name}: {error.strerror or error}") from None
    try:
        return papers.member(papers.examine(data), kind), data
    except papers.PaperError as error:
        raise LedgerError(f"--attach {name}: {error}") from None


def _field(text: str) -> tuple[str, object]:
    name, sign, value = text.partition("=")
    if not sign or ":" not in name:
        raise LedgerError(f"--set {text!r} must be PREFIX:NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@click.command()
@click.argument("uri")
@click.option("--name", required=True)
@click.option("--category", required=True)
@click.option("--unit", default="KGM", show_default=True)
@click.option("--spec")
@click.option("--shelf-life", type=click.IntRange(0, 36500), help="Days.")
@click.option("--convert", "conversions", multiple=True, help="UNIT=AMOUNT, as 箱=20.")
@key_options
@home_option
def product(
    *,
    uri: str,
    name: str,
    category: str,
    unit: str,
    spec: str | None,
    shelf_life: int | None,
    conversions: tuple[str, ...],
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """State what a product is: URI is its GTIN's Digital Link, a URI, or `new`."""
    with opened(home) as ledger:
        if uri == "new":
            uri = codes.uri_of(codes.new(), ledger.trust.host, "product")
        said: Object = {"type": "product", "uri": uri, "name": name, "category": category}
        said["unit"] = unit
        if spec is not None:
            said["spec"] = spec
        if shelf_life is not None:
            said["shelf_life_days"] = shelf_life
        if conversions:
            said["conversions"] = dict(text.partition("=")[::2] for text in conversions)
        state(ledger, key_file, actor, said)
        click.echo(uri)


@click.command()
@click.argument("uri")
@click.option("--name", required=True)
@click.option("--division", required=True)
@click.option("--party", "who", required=True)
@key_options
@home_option
def place(
    *,
    uri: str,
    name: str,
    division: str,
    who: str,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """State what a place is: URI is its GLN's Digital Link, a URI, or `new`."""
    with opened(home) as ledger:
        if uri == "new":
            uri = codes.uri_of(codes.new(), ledger.trust.host, "place")
        holder = parties.read(who, ledger.trust.host)
        said = {"type": "place", "uri": uri, "party": holder, "name": name, "division": division}
        state(ledger, key_file, actor, said)
        click.echo(uri)


COMMANDS = (record, retract, product, place)
