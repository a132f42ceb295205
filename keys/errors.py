"""The one family of errors that suyuan.keys raises."""


class KeysError(Exception):
    """Base of all errors of this package: an English sentence, with values for its `%s` places.

    Whoever shows it may put the sentence, `template`, into another language first.
    """

    def __init__(self, template: str, /, *places: object) -> None:
        self.template, self.places = template, places
        super().__init__(template % places if places else template)


class EncodingError(KeysError):
    """Bytes that are not the one valid encoding of what they stand for."""


class CanonicalError(KeysError):
    """JSON that is not its own RFC 8785 form, or that the format excludes."""


class BadKey(KeysError):
    """A public key that is malformed, not canonical or not of prime order."""


class InvalidKey(KeysError):
    """Why a key is not good for a link: not raised, but answered by `validity.why_invalid`."""


class NoteError(KeysError):
    """A signed note or verifier key that is malformed or does not verify."""


class KeyFileError(KeysError):
    """A private key that cannot be read, opened or written."""


class PassphraseMissing(KeyFileError):
    """A passphrase is needed and there is nobody to ask for it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "%s needs a passphrase and there is no terminal to ask on: "
            "set SUYUAN_KEY_PASSPHRASE or SUYUAN_KEY_PASSPHRASE_FILE",
            name,
        )


class SettingError(KeysError):
    """A setting given twice, or whose file cannot be read."""
