"""Draws, section 4 of the format, by its ten lines. Part of the second verifier."""

import hashlib
import hmac
import json

from conformance.reference.encoding import from_base64url, sha256


def _mac(seed, text):
    return hmac.new(seed, text.encode(), hashlib.sha256).hexdigest()


def commitment(nonce):
    """What `commit` says of a nonce."""
    return sha256(from_base64url(nonce))


def recompute(uri, files, value, nonce, changes=()):
    """What is drawn by the three files as bytes: [id, [inspectors]] in order of stratum and rank.

    `changes` are objects as `said` has them; None where one is not the next rank.
    """
    names = [sha256(data) for data in files]
    array = json.dumps(["draw-v1", uri, *names, value, nonce], ensure_ascii=False,
                       separators=(",", ":"))  # fmt: skip
    seed = hashlib.sha256(array.encode()).digest()
    pool, inspectors, parameters = map(json.loads, files)

    def team(drawn):
        may = [one["id"] for one in inspectors if drawn not in one["avoids"]]
        return sorted(may, key=lambda one: (_mac(seed, f"inspector|{drawn}|{one}"), one))

    lines, teams, result = {}, {}, []
    for stratum in sorted(parameters["draw"]):
        ids = [row["id"] for row in pool if row["stratum"] == stratum]
        ids.sort(key=lambda one: (_mac(seed, f"{stratum}|{one}"), one))
        for drawn in ids[: parameters["draw"][stratum]]:
            result.append([drawn, team(drawn)[: parameters["team"]]])
        # Whoever was taken from the line once never comes back to it.
        lines.update(dict.fromkeys(ids, ids[parameters["draw"][stratum] :]))
    for change in changes:
        place = next((p for p in result if p[0] == change.get("at", change["of"])), None)
        if place is None:
            return None
        if "at" in change:
            rest = teams.setdefault(change["at"], team(change["at"])[parameters["team"] :])
            if change["of"] not in place[1] or rest[:1] != [change["to"]]:
                return None
            place[1][place[1].index(change["of"])] = rest.pop(0)
        else:
            rest = lines[change["of"]]
            if rest[:1] != [change["to"]]:
                return None
            place[:] = [rest.pop(0), team(change["to"])[: parameters["team"]]]
    return result
