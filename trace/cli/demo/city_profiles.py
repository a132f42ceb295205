"""The profiles of the demo's parties and products: profiles.toml, with pictures drawn for them."""

from collections.abc import Iterator

from suyuan.trace.admission import acts
from suyuan.trace.format.members import Object
from suyuan.trace.store.files import media
from suyuan.trace.store.files.attachments import Attachments

from .cast import Cast, data_of
from .drawing import draw


def stated(cast: Cast, attachments: Attachments) -> Iterator[tuple[str, Object]]:
    """By whom each is stated, and the statement; photos are kept as they are named."""
    data = data_of("profiles")
    licences: dict[tuple[str, str], Object] = {}
    for holder, text in data["licences"].items():
        actor, kind, number, day = text.split()
        licence = {"kind": kind, "number": number, "expires": cast.day(day).isoformat()}
        licences[actor, holder] = {"licences": [licence]}
    for key, name in data["parties"].items():
        own = licences.pop((key, key), {})
        yield key, acts.profile(cast.parties[key].uri, names={"en": name}, **own)
    for (actor, holder), members in licences.items():
        yield actor, acts.profile(cast.parties[holder].uri, **members)
    for key, name in data["products"].items():
        more = dict(data["more"].get(key, {}))
        if "photo" in more:
            picture = draw(more.pop("photo"))
            sha256 = attachments.put(picture)
            more["photos"] = [{"sha256": sha256, "size": len(picture), "type": media.PNG}]
        product = cast.products[key]
        yield product.owner, acts.profile(product.uri, names={"en": name}, **more)
