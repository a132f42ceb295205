"""`suyuan reports`: what consumers reported of foods and labels."""

from itertools import islice
from pathlib import Path

import click

from .. import complaints, durable
from ..complaints import KINDS, Complaint, Complaints
from ..errors import LedgerError
from ..home import home_folder
from ..times import from_micros, zone
from .common import home_option, json_option, plain, say, show_json


@click.group()
def reports() -> None:
    """What consumers reported of foods and labels, each under a receipt number."""


@reports.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Of one kind.")
@click.option("--code", help="About one trace code.")
@click.option("--open", "is_open", is_flag=True, help="Not dealt with yet.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@json_option
@home_option
def list_(
    *,
    kind: str | None,
    code: str | None,
    is_open: bool,
    limit: int,
    as_json: bool,
    home: Path | None,
) -> None:
    """The reports, the newest first."""
    bare = None if code is None else code.replace("-", "").upper()
    book = _book(home)
    wanted = (
        (one, book.done(one))
        for one in book.all()
        if kind in (None, one.kind) and bare in (None, one.code)
    )
    found = list(islice((pair for pair in wanted if not (is_open and pair[1])), limit))
    if as_json:
        show_json([complaints.as_json(one, done) for one, done in found])
        return
    for one, done in found:
        click.echo(f"{_head(one)}  {'done' if done else 'open'}  {plain(one.text)[:60]}")
    if not found:
        say("no reports")


@reports.command()
@click.argument("number")
@click.option(
    "--photo", type=click.Path(dir_okay=False, path_type=Path), help="Write the photo here."
)
@json_option
@home_option
def show(*, number: str, photo: Path | None, as_json: bool, home: Path | None) -> None:
    """One report, and its photo as a file."""
    book = _book(home)
    found = _found(book, number)
    if photo is not None:
        data = book.photo(found)
        if data is None:
            raise LedgerError(f"report {complaints.shown(found.number)} has no photo")
        durable.replace(photo.absolute(), data)
    done = book.done(found)
    if as_json:
        show_json(complaints.as_json(found, done))
        return
    click.echo(_head(found))
    for name, value in (
        ("label", found.serial), ("item", found.item), ("holder", found.holder),
        ("contact", found.contact), ("photo", "yes" if found.has_photo else None),
    ):  # fmt: skip
        if value:
            click.echo(f"{name}: {plain(value)}")
    click.echo(plain(found.text))
    if done is not None:
        when = from_micros(done.at).astimezone(zone())
        click.echo(plain(f"dealt with {when:%Y-%m-%d %H:%M} by {done.by}: {done.note}"))


@reports.command()
@click.argument("number")
@home_option
def delete(*, number: str, home: Path | None) -> None:
    """Remove a report for good, as one that tells of a person who asks for it."""
    book = _book(home)
    book.delete(_found(book, number))
    say("deleted")


def _book(home: Path | None) -> Complaints:
    return Complaints(home_folder(home))


def _found(book: Complaints, number: str) -> Complaint:
    found = book.find(number)
    if found is None:
        raise LedgerError(f"there is no report {number[:40]!r}: `suyuan reports list` shows them")
    return found


def _head(one: Complaint) -> str:
    when = from_micros(one.received).astimezone(zone())
    return f"{complaints.shown(one.number)}  {when:%Y-%m-%d %H:%M}  {one.kind}  {one.code}"


COMMANDS = (reports,)
