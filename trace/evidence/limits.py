"""What an evidence file cannot show, and what could not be decided of one: in sentences."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..link import Link
from ..log.checkpoint import Checkpoint
from ..log.policy import Policy, Witnessed
from .bundle import Run
from .verdict import Told


def undecided(
    witnessed: Witnessed,
    policy: Policy | None,
    links: Sequence[Told],
    newer: Sequence[str],
    runs: Sequence[Run] = (),
) -> Iterator[str]:
    """Why the file is neither verified nor broken, each reason by itself."""
    if policy is not None and not witnessed.is_met:
        names = ", ".join(one.name for one in witnessed.cosigned) or "nobody"
        yield (
            f"not yet witnessed: cosigned by {names}, which does not meet the trust file's policy. "
            "Take the file anew once its checkpoint is cosigned"
        )
    yield from newer
    for told in links:
        if told.is_unread:
            yield f"the event by reference at index {told.index} is not in the file"
    left: dict[tuple[str, str], int] = {}
    for run in runs:
        left[run.actor, run.item] = left.get((run.actor, run.item), 0) + run.count
    for (actor, item), count in left.items():
        yield f"{count:,} links of {actor}'s chain about {item} are not in this file"


def not_shown(
    checkpoint: Checkpoint,
    links: Mapping[int, Link],
    items: Collection[str],
    *,
    item: str,
    attached: Collection[str],
    auditing: Sequence[str],
    is_witnessed: bool,
) -> Iterator[str]:
    """What a reader must not take as shown by this file.

    `attached` are the contents at hand by SHA-256, `auditing` the auditing witnesses that
    cosigned.
    """
    yield "whether what was signed is true: a signature shows who says it"
    yield f"anything recorded later: it is as of size {checkpoint.size}"
    yield from _left_out(auditing)
    yield "that no hold or recall was left out: it shows those that it has"
    if not is_witnessed:
        yield (
            "that the log shows the same to everyone, and when it recorded this: no witness whom "
            "the trust file names vouches for it, only the ledger's own key"
        )
    yield f"the chains of others about {item} that its links do not lead to"
    others = {
        ref.item
        for link in links.values()
        if link.statement is None and any(one.item in items for one in link.items)
        for ref in link.items
        if ref.item not in items
    }
    if others:
        yield f"the chains of other items in the same records: {len(others)}"
    foreign = sum(after.ledger is not None for link in links.values() for after in link.after)
    if foreign:
        yield f"links of other ledgers that are named, and are not checked: {foreign}"
    documents = {
        str(link.document["sha256"]) for link in links.values() if link.document is not None
    }
    if absent := len(documents - set(attached)):
        yield f"documents that records were made from, which are not in the file: {absent}"


def _left_out(auditing: Sequence[str]) -> Iterator[str]:
    what = (
        "a key's revocation or a party's leaving, a mandate's end, a second link of the same "
        "number, an earlier coding of the same item"
    )
    if auditing:
        yield (
            f"by the file alone, that nothing was left out of it ({what}); but "
            f"{', '.join(auditing)} read every entry of the log up to this checkpoint and cosigns "
            "only where no rule is broken"
        )
    else:
        yield (
            f"that nothing was left out: {what}. No auditing witness of the trust file vouches "
            "for that"
        )
