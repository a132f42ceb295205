"""What a worker process of the audit is asked, so that one process serves for all of it."""

from . import part, table_sums
from .part import Part, Task
from .table_sums import Rows, Summed


def run(task: Task | Rows) -> Part | Summed:
    """Check a part of the links, or sum rows of a table."""
    return part.run(task) if isinstance(task, Task) else table_sums.run(task)
