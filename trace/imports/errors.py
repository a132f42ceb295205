"""The error family of tables: a file that cannot be read as a whole."""

from ..messages import Message


class TableError(Exception):
    """A table that cannot be read; the text says what is wrong, where, and what to do."""

    def __init__(self, where: str, what: Message, fix: Message) -> None:
        super().__init__(f"{where}: {what}; {fix}")
        self.where = where
        self.what = what
        self.fix = fix


class CellError(Exception):
    """A value that cannot be taken: what is wrong with it and what would be right."""

    def __init__(self, what: Message, fix: Message) -> None:
        super().__init__(f"{what}; {fix}")
        self.what = what
        self.fix = fix
