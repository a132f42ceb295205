"""Rule `statement` of a key: enrolled once, by who shows that it is held (section 4)."""

from suyuan.keys import base64, canonical, dsse, public, validity
from suyuan.keys.errors import BadKey, CanonicalError, EncodingError
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import statement_refused

from .state import State

POSSESSION_TYPE = "application/vnd.suyuan.possession+json"


def check_enrolment(link: Link, statement: Object, state: State) -> None:
    """Raise Refused(statement) unless the key is new, shown to be held, and a recovery is whole."""
    party, keyid = str(statement["party"]), str(statement["keyid"])
    spki = base64.decode(str(statement["spki"]))
    if public.keyid(spki) != keyid:
        raise statement_refused("keyid is not the SHA-256 of spki")
    if keyid == state.genesis.root_keyid or state.key(keyid) is not None:
        raise statement_refused("key %s… was enrolled before: make a new one", keyid[:16])
    try:
        key = public.load(spki)
    except BadKey as error:
        raise statement_refused("spki is %s", error) from None
    if key.alg != statement["alg"]:
        raise statement_refused("alg is %s, the key is %s", statement["alg"], key.alg)
    check_possession(str(statement["possession"]), state.genesis.origin, party, key)
    is_recovery = link.actor != party and bool(state.keys_of(party))
    if not is_recovery:
        if "revokes" in statement:
            raise statement_refused("revokes stands in a recovery only")
        return
    good = validity.valid_keys(state, party, state.size)
    if statement.get("revokes") != good:
        raise statement_refused(
            "an enrolment for %s by another is a recovery: revokes must be the "
            "sorted list of exactly its good keys, %s",
            party,
            ", ".join(keyid[:16] + "…" for keyid in good) or "[]",
        )


def check_possession(text: str, origin: str, party: str, key: public.PublicKey) -> None:
    """Raise Refused(statement) unless `text` shows that somebody holds the key, for this party."""
    try:
        envelope = dsse.decode(text.encode("utf-8"), POSSESSION_TYPE)
        shown = canonical.parse(envelope.payload)
        nonce = shown.get("nonce") if isinstance(shown, dict) else None
        is_nonce = isinstance(nonce, str) and len(base64.decode_url(nonce)) == 16
    except (EncodingError, CanonicalError) as error:
        raise statement_refused("possession is %s", error) from None
    expected = {"ledger": origin, "party": party, "keyid": key.keyid, "nonce": nonce}
    if not is_nonce or shown != expected:
        raise statement_refused(
            "possession must name this ledger, party and key and a nonce of 16 bytes"
        )
    if not envelope.verify(key):
        raise statement_refused("possession is not signed by the key that it is to show")
