"""What a page says of recalls and holds: what to do, who ordered it, since when and why."""

from collections.abc import Iterator, Mapping, Sequence

from suyuan.trace.recall.status import ActStatus, Relation
from suyuan.web.text import shown
from suyuan.web.text.names import Names
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import LEVELS

from .notice import Notice

_MOST = 4


def notices(
    standings: Sequence[ActStatus], names: Names, titles: Mapping[str, str]
) -> Iterator[Notice]:
    """A notice for each act, the gravest first; `titles` are what items are called."""
    for one in standings[:_MOST]:
        yield _notice(one, names, titles)
    if len(standings) > _MOST:
        text = _("All of them stand in the records as JSON, below.")
        yield Notice("warn", _("More recalls and holds are about this item"), text)


def _notice(one: ActStatus, names: Names, titles: Mapping[str, str]) -> Notice:
    what, detail = titles.get(one.covered) or shown.uri(one.covered), _detail(one, names)
    if one.relation is Relation.CONTAINS:
        text = _(
            "There is %(what)s in it, which is recalled. Whether this is recalled too has not "
            "been decided yet. Do not eat it until then.",
            what=what,
        )
        return Notice("warn", _("Contains something recalled"), text, detail)
    if not one.is_recall:
        text = _("It must not be sold or sent until that ends. Do not eat it until then.")
        return Notice("warn", _("Sale stopped"), text, detail)
    said = [_("Do not sell it. Keep it apart, and bring back what was bought to where it was.")]
    if one.relation is Relation.INSIDE:
        said.insert(0, _("It was packed in %(what)s, which is recalled.", what=what))
    return Notice("bad", _("Recalled: do not eat it"), shown.sentences(said), detail)


def _detail(one: ActStatus, names: Names) -> str:
    """The act: its level, who ordered it, since when, why, and whether it was closed."""
    who = names.of(one.act.actor)
    level = LEVELS.get(one.act.level or 0)
    what = str(level) if one.is_recall and level is not None else _("On hold")
    if one.since is None:
        text = _("%(what)s, by %(who)s.", what=what, who=who)
    else:
        when = shown.moment(one.since)
        text = _("%(what)s, by %(who)s, since %(when)s.", what=what, who=who, when=when)
    said = [text]
    if one.reason is not None:
        said.append(_("Reason: %(why)s", why=_ended(shown.cut(one.reason))))
    if one.is_closed and one.ended is not None:
        closed = _(
            "The recall was closed on %(day)s; what of it is still found is recalled all the same.",
            day=shown.moment(one.ended),
        )
        said.append(closed)
    elif one.is_closed:
        said.append(_("The recall was closed; what of it is still found is recalled all the same."))
    return shown.sentences(said)


def _ended(text: str) -> str:
    """A text of somebody's own, ended as a sentence is."""
    return (
        text
        if text.endswith((".", "。", "!", "！", "?", "？", "…"))
        else text + shown.stop().strip()
    )
