"""The page on which one tells further of oneself, one's places and products."""

from flask import Response, request

from suyuan.trace.format.members import MAX_URI
from suyuan.trace.format.statements import MAX_PHOTO, MAX_PHOTOS
from suyuan.trace.format.vocabulary import ALLERGENS, LICENCES
from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.recording import profiling
from suyuan.trace.recording.profiling import PERSONAL, UNITS
from suyuan.trace.store.read import profile_rows
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.registering import describes
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site

from ..office.signin import page

routes = Routes("profile")


@routes.get("/me/profile", SIGNED_IN)
def profile(user: SignedIn, reader: Reader) -> Response:
    """What one has stated of oneself, of a place or of a product, to be changed and signed."""
    subject = describes(reader, user, request.args.get("of", user.uri)[:MAX_URI])
    index = profile_rows.newest(reader, subject.uri, [user.uri]).get(user.uri)
    stated = Profiles(reader, site().genesis).stated_by(subject.uri, user.uri)
    return page(
        "trader/profile.html",
        subject=subject,
        subjects=profiling.subjects(reader, user.party),
        stated={**stated, **_hidden(reader, index)},
        index=index,
        allergens=ALLERGENS,
        licences=LICENCES,
        units=tuple(UNITS)[:4],
        most_bytes=MAX_PHOTO,
        most_photos=MAX_PHOTOS,
        signed=request.args.get("signed", type=int),
    )


def _hidden(reader: Reader, index: int | None) -> dict[str, str]:
    """The personal members that one's own last statement hides, for oneself."""
    link = None if index is None else reader.parsed(index)
    if link is None:
        return {}
    hidden = site().ledger.disclosures.shown(reader, link)
    return {name: str(hidden[f"/{name}"]) for name in PERSONAL if f"/{name}" in hidden}
