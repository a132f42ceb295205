"""Vectors about bytes: the envelope, the payload's JSON, signatures."""

import hashlib
import json

from conformance.vectors import curve
from conformance.vectors import making as m
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from suyuan.keys import base64, canonical, dsse, public
from suyuan.trace.format import link


def encoding():
    """`size` and `encoding`: the envelope's one spelling."""
    book = m.city(
        m.Ledger(
            "The envelope's bytes (sections 2 and 5, rules size and encoding). A base64 text has "
            "a multiple of four letters and all else has 252 bytes, so the largest entry that can "
            "be accepted has 65,532 bytes."
        )
    )

    def sized(count):
        def fill(payload):
            payload["event"]["suyuan:note"] = ""
            bare = len(canonical.dumps(payload))
            payload["event"]["suyuan:note"] = "x" * ((count - 252) // 4 * 3 - bare)

        return link.seal(
            m.FARM_KEY, book.payload(m.FARM, event=m.event(m.LOT), edit=fill)
        )  # the note's length decides the entry's

    book.ok_entry("an entry of 65,532 bytes", sized(65532))
    payload = book.payload(m.FARM, event=m.event(m.LOT, **{"suyuan:note": "?>~~~~~~~~"}))
    while len(canonical.dumps(payload)) % 3 != 1:
        payload["event"]["suyuan:note"] += "~"
    good = link.seal(m.FARM_KEY, payload)
    text = good.decode()
    parts = json.loads(text)
    body, sig = parts["payload"], parts["signatures"][0]["sig"]
    keyid = parts["signatures"][0]["keyid"]
    assert body.endswith("==") and sig.endswith("==") and "+" in body + sig and "/" in body + sig
    one = text[text.index("[") + 1 : text.index("]")]
    say = book.no_entry
    say("size", "65,536 bytes, else good", sized(65536))
    say("size", "65,536 bytes that are no envelope at all", b"x" * 65536)
    for count in (65533, 65534, 65535):
        say("encoding", f"{count:,} bytes: no envelope, but not over the size", b"x" * count)
    for why, entry in {
        "nothing": "",
        "a JSON object without members": "{}",
        "a JSON array": f"[{text}]",
        "a JSON string": json.dumps(text),
        "a space after a colon": text.replace('":"', '": "', 1),
        "a space in the envelope's end": text[:-1] + " }",
        "a line end after the envelope": text + "\n",
        "a line end before the envelope": "\n" + text,
        "a NUL after the envelope": text + "\0",
        "a byte order mark before the envelope": "\ufeff" + text,
        "the envelope twice": text + text,
        "the last brace is missing": text[:-1],
        "payloadType before payload": (
            f'{{"payloadType":"{link.PAYLOAD_TYPE}","payload":"{body}","signatures":[{one}]}}'
        ),
        "sig before keyid": text.replace(one, f'{{"sig":"{sig}","keyid":"{keyid}"}}'),
        "one letter of payload escaped": text.replace(body, f"\\u{ord(body[0]):04x}" + body[1:]),
        "the slash of the payload type escaped": text.replace("application/", "application\\/"),
        "one letter of a member's name escaped": text.replace('"payload"', '"p\\u0061yload"'),
        "keyid in upper case": text.replace(keyid, keyid.upper()),
        "keyid of 63 digits": text.replace(keyid, keyid[:-1]),
        "keyid of 65 digits": text.replace(keyid, keyid + "0"),
        "no keyid": text.replace(f'"keyid":"{keyid}",', ""),
        "an empty keyid": text.replace(keyid, ""),
        "no sig": text.replace(f',"sig":"{sig}"', ""),
        "two signatures": text.replace(one, one + "," + one),
        "no signature": text.replace(one, ""),
        "signatures is an object": text.replace(f"[{one}]", one),
        "signatures is null": text.replace(f"[{one}]", "null"),
        "a further member of the envelope": text[:-1] + ',"x":1}',
        "a further member of the signature": text.replace('"}]', '","cert":"x"}]'),
        "payload stands twice": text.replace('{"payload"', f'{{"payload":"{body}","payload"', 1),
        "payload is null": text.replace(f'"{body}"', "null"),
        "sig is a number": text.replace(f'"{sig}"', "1"),
        "another payload type": text.replace("suyuan.link+json", "suyuan.possession+json"),
        "the payload type in upper case": text.replace("vnd.suyuan", "vnd.SUYUAN"),
        "an empty payload type": text.replace(link.PAYLOAD_TYPE, ""),
        "the payload type with a parameter": text.replace("+json", "+json;charset=utf-8"),
        "payload: base64url": text.replace(body, body.replace("+", "-").replace("/", "_")),
        "payload: padding missing": text.replace(body, body[:-2]),
        "payload: one sign of padding missing": text.replace(body, body[:-1]),
        "payload: too much padding": text.replace(body, body + "===="),
        "payload: unused bits that are not zero": text.replace(body, unused_bits(body)),
        "payload: a line end within": text.replace(body, body[:76] + "\\n" + body[76:]),
        "payload: a raw line end within": text.replace(body, body[:76] + "\n" + body[76:]),
        "payload: a space within": text.replace(body, body[:8] + " " + body[8:]),
        "payload: padding within": text.replace(body, body[:4] + "TQ==" + body[4:]),
        "payload: a letter outside the alphabet": text.replace(body, "*" + body[1:]),
        "sig: base64url": text.replace(sig, sig.replace("+", "-").replace("/", "_")),
        "sig: padding missing": text.replace(sig, sig[:-2]),
        "sig: unused bits that are not zero": text.replace(sig, unused_bits(sig)),
        "sig: hex": text.replace(sig, base64.decode(sig).hex() + "="),
    }.items():
        assert entry != text, why
        say("encoding", why, entry.encode())
    say("encoding", "a letter that is not UTF-8", good.replace(b"payload", b"p\xffyload", 1))
    say("encoding", "UTF-16", text.encode("utf-16-le"))
    say("payload", "an empty payload, signed", _sealed(b""))
    return book.as_file()


def unused_bits(text):
    """The same bytes in base64 whose unused bits are not zero."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bare = text.rstrip("=")
    return bare[:-1] + letters[letters.index(bare[-1]) + 1] + text[len(bare) :]


def _sealed(payload, signer=m.FARM_KEY):
    return dsse.seal(signer, link.PAYLOAD_TYPE, payload).encode()


DEEP = "[" * 62 + "]" * 62  # inside payload and event
GOOD_VALUES = {
    "the largest integer": "9007199254740991",
    "the smallest integer": "-9007199254740991",
    "zero": "0",
    "a fraction": "912.4",
    "a fraction below one": "0.000001",
    "a fraction that needs an exponent": "1e-7",
    "a small fraction with digits": "1.5e-10",
    "a fraction with 17 digits": "0.30000000000000004",
    "ten to the 21st": "1e+21",
    "a large number in exponent form": "1.5e+300",
    "the largest double": "1.7976931348623157e+308",
    "the smallest double": "5e-324",
    "a negative fraction": "-0.5",
    "words and nothings": '[true,false,null,"",[],{}]',
    "escapes that RFC 8785 asks for": '"\\b\\t\\n\\f\\r\\"\\\\\\u0001\\u001f"',
    "DEL, line separator, non-characters, as they are": '"\x7f\u2028\u2029\ufffe\uffff\U0010ffff"',
    "an emoji": '"\U0001f600"',
    "text that Unicode's normal form would change": '"e\u0301\u212b\uf900"',
    "Chinese, tags and a slash": '"上海青 </script> / &"',
    "keys in UTF-16 order: U+1F600 before U+FB33": '{"\u20ac":1,"\U0001f600":2,"\ufb33":3}',
    "keys that look like numbers, as text": '{"1":1,"10":2,"2":3}',
    "an empty key, and one that scripts stumble over": '{"":1,"__proto__":2,"constructor":3}',
    "nested exactly 64 deep": DEEP,
    "objects nested exactly 64 deep": '{"":' * 61 + "{}" + "}" * 61,
    "brackets in a string are no depth": '"' + "[{" * 100 + '"',
    "a backslash and U0000 in letters": '"\\\\u0000"',
}
BAD_VALUES = {
    "2^53": "9007199254740992",
    "-(2^53)": "-9007199254740992",
    "2^53 + 1": "9007199254740993",
    "ten to the 20th, its own RFC 8785 form": "100000000000000000000",
    "a long integer that is the RFC 8785 form of a double": "123456789012345680000",
    "an integer of 5,000 digits": "9" * 5000,
    "1e400": "1e400",
    "-1e400": "-1e400",
    "1e-400": "1e-400",
    "-0": "-0",
    "-0.0": "-0.0",
    "0.0": "0.0",
    "1.0": "1.0",
    "a trailing zero": "4.50",
    "an exponent without need": "1e5",
    "a capital E": "1.5E+300",
    "an exponent without its sign": "1e21",
    "an exponent with a leading zero": "1e+021",
    "a fraction that could be shorter": "0.10000000000000001",
    "a fraction with a digit too many": "333333333.33333329",
    "a leading zero": "01",
    "a plus sign": "+1",
    "no digit before the point": ".5",
    "no digit after the point": "1.",
    "hexadecimal": "0x10",
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "undefined": "undefined",
    "True": "True",
    "single quotes": "'x'",
    "a comma at the end": "[1,]",
    "a comment": "1/**/",
    "a lone high surrogate": '"\\ud800"',
    "a lone low surrogate": '"\\udc00"',
    "surrogates in the wrong order": '"\\ude00\\ud83d"',
    "a lone surrogate in a key": '{"\\ud800":1}',
    "an emoji as two escapes": '"\\ud83d\\ude00"',
    "U+0000": '"\\u0000"',
    "U+0000 in a key": '{"a\\u0000":1}',
    "U+0000 after a backslash": '"\\\\\\u0000"',
    "a raw line end in a string": '"a\nb"',
    "a raw tab in a string": '"a\tb"',
    "an escape in upper-case hex": '"\\u001F"',
    "an escape with a shorter form": '"\\u000a"',
    "an escaped slash": '"\\/"',
    "an escaped letter": '"\\u0061"',
    "DEL escaped": '"\\u007f"',
    "Chinese escaped": '"\\u4e0a"',
    "an unknown escape": '"\\x61"',
    "a key twice, nested": '{"a":1,"a":1}',
    "a key twice, nested in a list": '[{"b":1,"a":2,"b":3}]',
    "a key twice, once escaped": '{"a":1,"\\u0061":2}',
    "keys not sorted": '{"b":1,"a":2}',
    "keys in UTF-8 order": '{"\u20ac":1,"\ufb33":2,"\U0001f600":3}',
    "keys sorted as numbers": '{"1":1,"2":2,"10":3}',
    "a space in an object": '{"a": 1}',
    "nested 65 deep": "[" + DEEP + "]",
    "objects nested 65 deep": '{"":' * 62 + "{}" + "}" * 62,
    "nested 20,000 deep": "[" * 20000 + "]" * 20000,
    "quotes without end": '"' + '\\"' * 500,
}
BAD_BYTES = {
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "an emoji as two surrogates in UTF-8": b'"\xed\xa0\xbd\xed\xb8\x80"',
    "an overlong slash": b'"\xc0\xaf"',
    "an overlong U+0000": b'"\xc0\x80"',
    "a raw U+0000": b'"\x00"',
    "a byte of Latin-1": b'"\xe9"',
    "beyond U+10FFFF": b'"\xf4\x90\x80\x80"',
    "a sequence cut short": b'"\xe4\xb8"',
}


def payload():
    """`payload`: UTF-8, RFC 8785, numbers, depth."""
    book = m.city(m.Ledger("The payload's JSON (section 2, rule payload)."), stall=False)

    def spliced(value, count=0):
        found = book.payload(m.FARM, event=m.event(m.LOT, **{"suyuan:x": "@@"}))
        return canonical.dumps(found).replace(b'"@@"', value)

    for note, value in GOOD_VALUES.items():
        book.ok_entry(note, _sealed(spliced(value.encode())))
    for why, value in BAD_VALUES.items():
        book.no_payload("payload", why, m.FARM_KEY, spliced(value.encode()))
    for why, value in BAD_BYTES.items():
        book.no_payload("payload", why, m.FARM_KEY, spliced(value))
    good = spliced(b"1")
    for why, data in {
        "a byte order mark": b"\xef\xbb\xbf" + good,
        "a space before": b" " + good,
        "a line end after": good + b"\n",
        "two values": good + good,
        "half of it": good[: len(good) // 2],
        "UTF-16": good.decode().encode("utf-16-le"),
        "v stands twice": good[:-1] + b',"v":1}',
        "v stands first": b'{"v":1,' + good[1:].replace(b',"v":1}', b"}"),
        "v is 1.0": good.replace(b'"v":1', b'"v":1.0'),
        "no JSON at all": b"suyuan",
    }.items():
        book.no_payload("payload", why, m.FARM_KEY, data)
    for why, data in {
        "null": b"null", "a list": b"[]", "a string": b'"x"', "a number": b"1", "true": b"true",
        "an empty object": b"{}",
    }.items():  # fmt: skip
        book.no_payload("members", f"{why} for a payload", m.FARM_KEY, data)
    return book.as_file()


def signatures():
    """`signature`: both algorithms."""
    book = m.city(m.Ledger("Signatures (section 2, rule signature)."))

    def farm():
        return canonical.dumps(book.payload(m.FARM, event=m.event(m.LOT)))

    def stall():
        return canonical.dumps(book.payload(m.STALL, event=m.event(m.CODED)))

    def entry(payload, signer, sig):
        return curve.envelope(link.PAYLOAD_TYPE, payload, signer.public.keyid, sig)

    def message(payload):
        return dsse.pae(link.PAYLOAD_TYPE, payload)

    book.ok_entry("Ed25519", _sealed(farm()))
    book.ok_entry("ECDSA P-256", _sealed(stall(), m.STALL_KEY))
    data = farm()
    sig = curve.with_r(m.FARM_KEY, message(data), curve.NEUTRAL)
    first = entry(data, m.FARM_KEY, sig)
    index = book.ok_entry("Ed25519: R is the neutral element, spelled canonically", first)
    book.again("the same payload and keyid under 64 zeros", index,
               entry(data, m.FARM_KEY, bytes(64)))  # fmt: skip
    book.again("the same payload and keyid under no signature", index, entry(data, m.FARM_KEY, b""))

    data = farm()
    good = m.FARM_KEY.sign(message(data))
    r, s = good[:32], int.from_bytes(good[32:], "little")
    neutral = curve.with_r(
        m.FARM_KEY, message(data), curve.NOT_CANONICAL["the neutral element with y = p + 1"]
    )
    for why, sig in {
        "S + L": r + (s + curve.L).to_bytes(32, "little"),
        "S + 2^255": r + (s + 2**255).to_bytes(32, "little"),
        "R not canonical, else good": neutral,
        "R not canonical by its sign": curve.with_r(
            m.FARM_KEY, message(data), curve.NEUTRAL[:31] + b"\x80"
        ),
        "good only by the cofactored equation": curve.cofactored(m.FARM_KEY, message(data)),
        "64 zeros": bytes(64),
        "63 bytes": good[:63],
        "65 bytes": good + b"\0",
        "none": b"",
        "halves exchanged": good[32:] + good[:32],
        "one bit of R": bytes([good[0] ^ 1]) + good[1:],
        "another key of the same kind": m.STRANGER_KEY.sign(message(data)),
        "a key of the other kind": m.STALL_KEY.sign(message(data)),
        "over the payload alone": m.FARM_KEY.sign(data),
        "over its base64": m.FARM_KEY.sign(
            dsse.pae(link.PAYLOAD_TYPE, base64.encode(data).encode())
        ),
        "over another payload type": m.FARM_KEY.sign(dsse.pae("application/json", data)),
        "over its SHA-512": m.FARM_KEY.sign(hashlib.sha512(message(data)).digest()),
    }.items():
        book.no_entry("signature", f"Ed25519: {why}", entry(data, m.FARM_KEY, sig))

    data = stall()
    good = m.STALL_KEY.sign(message(data))
    r, s = good[:32], int.from_bytes(good[32:], "big")
    order = public.P256_ORDER
    der = m.STALL_KEY.private.sign(
        message(data), ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    )
    sha512 = decode_dss_signature(
        m.STALL_KEY.private.sign(
            message(data), ec.ECDSA(hashes.SHA512(), deterministic_signing=True)
        )
    )
    other = sha512[0].to_bytes(32, "big") + min(sha512[1], order - sha512[1]).to_bytes(32, "big")
    for why, sig in {
        "s in the upper half": r + (order - s).to_bytes(32, "big"),
        "DER": der,
        "r is 0": bytes(32) + good[32:],
        "s is 0": r + bytes(32),
        "r and s are 0": bytes(64),
        "s is the order": r + order.to_bytes(32, "big"),
        "r is the order": order.to_bytes(32, "big") + good[32:],
        "little-endian": r[::-1] + good[32:][::-1],
        "halves exchanged": good[32:] + r,
        "63 bytes": good[:63],
        "65 bytes": good + b"\0",
        "with SHA-512": other,
        "over the payload alone": m.STALL_KEY.sign(data),
        "another key of the same kind": m.p256(16).sign(message(data)),
    }.items():
        book.no_entry("signature", f"P-256: {why}", entry(data, m.STALL_KEY, sig))
    return book.as_file()


FILES = {"encoding": encoding, "payload": payload, "signatures": signatures}
