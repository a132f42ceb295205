"""Both audits of a ledger at once: the quick one must see whenever the thorough one finds."""

from unittest import mock

from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.watch.audit import Report
from suyuan.trace.watch.audit import audit as thorough
from suyuan.trace.watch.auditing import quick
from suyuan.trace.watch.auditing.quick import Audited


def audit(ledger: Ledger, **options) -> Report:
    """The thorough audit's report, once the quick one is seen to agree that all is well, or not."""
    report = thorough(ledger, **options)
    if "signatures" in options:
        return report
    found = _quick(ledger, options.get("kept"))
    if found is None:
        return report
    wrong = [one for one in report.findings if one.rule != "file"]
    assert bool(found.odd) == bool(wrong), (found.odd, wrong[:3])
    if not wrong:
        assert (found.size, found.root) == (report.size, report.root)
        assert (found.newest, found.checkpoints) == (report.newest, report.checkpoints)
    return report


def _quick(ledger: Ledger, kept: str | None) -> Audited | None:
    """In this process; whatever a changed database makes of reading it is odd."""
    with mock.patch.object(quick.os, "cpu_count", return_value=1):
        try:
            return quick.audit(ledger, kept=kept)
        except Exception as error:  # noqa: BLE001
            return Audited(0, [repr(error)])
