"""Both audits of a ledger at once: the quick one must see whenever the thorough one finds."""

from unittest import mock

from suyuan.trace.audit import Report
from suyuan.trace.audit import audit as thorough
from suyuan.trace.auditing import quick
from suyuan.trace.ledger import Ledger


def audit(ledger: Ledger, **options) -> Report:
    """The thorough audit's report, once the quick one is seen to agree that all is well, or not."""
    report = thorough(ledger, **options)
    if "signatures" not in options:
        try:
            with mock.patch.object(quick.os, "cpu_count", lambda: 1):  # in this process
                found = quick.audit(ledger, kept=options.get("kept"))
        except Exception as error:  # noqa: BLE001  what a changed database makes of it
            assert report.findings, error
        else:
            wrong = [one for one in report.findings if one.rule != "file"]
            assert found is None or bool(found.odd) == bool(wrong), (found.odd, wrong[:3])
            if found is not None and not wrong:
                assert (found.size, found.root) == (report.size, report.root)
                assert found.newest == report.newest
                assert found.checkpoints == report.checkpoints
    return report
