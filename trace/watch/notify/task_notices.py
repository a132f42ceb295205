"""Mails and webhooks of tasks: offices hear of what is grave, and who is late is reminded.

A job's key is made of what it is about, the day and the address. So a party that causes many grave
findings in a day is told of once for each rule; the queue, to which the notice leads, has them all.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission.access import Access, Remit
from suyuan.trace.findings.rule import Severity
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.messages import Language, Message, as_message, msg
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.inspection.complaints import Complaint
from suyuan.trace.inspection.followup.task_sources import Sources
from suyuan.trace.inspection.followup.tasks import Source, Task
from suyuan.trace.ledger.home import base_url
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.beside.jobs import Job
from suyuan.trace.store.beside.preferences import (
    EMAIL,
    Contact,
    contacts_of,
    contacts_with_roles,
    languages,
)
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .notice_text import clean, typed

REMINDER, GRAVE = "task.reminder", "task.grave"
# The page where a reminded party does what it has not done.
_PAGES: Mapping[Source, str] = {Source.OVERDUE: "/me/arrivals", Source.SILENT: "/me/recalls"}
_DRILL = msg("This is a drill.")


def is_remindable(task: Task) -> bool:
    """Whether a party can be reminded of a task: it is late with an answer of its own."""
    return task.source in _PAGES and task.party is not None


def offices(reader: Reader, ledger: Ledger) -> list[tuple[Contact, Remit]]:
    """The addresses of whoever inspects, each with its remit."""
    access = Access(reader, ledger.trust.genesis)
    contacts = contacts_with_roles(reader, sorted(roles_of("officer")))
    remits = ((contact, access.remit(contact.party)) for contact in contacts)
    return [(contact, remit) for contact, remit in remits if remit is not None]


@dataclass(frozen=True)
class TaskNotices:
    """What is sent of tasks at a moment, as jobs; nothing of a consumer's own words is."""

    reader: Reader
    ledger: Ledger
    now: datetime

    def reminders(self, task: Task) -> list[Job]:
        """A job for each address of a task's party that reminds it; the same all of a day."""
        assert task.party is not None
        url = base_url(self.ledger.trust.host) + _PAGES[task.source]
        lines = [*([_DRILL] if task.is_drill else []), msg("Answer here: %(url)s", url=url)]
        contacts = contacts_of(self.reader, [task.party]).get(task.party, [])
        about = (REMINDER, task.key, _day(self.now))
        return [self._job(to, about, task, lines) for to in contacts]

    def grave(self, items: Sequence[str]) -> list[Job]:
        """Jobs that tell offices of grave findings about these items, each those of its remit."""
        found = Lineage(self.reader).findings_of(items).values()
        every = (finding for of_item in found for finding in of_item)
        grave = [f for f in every if heading(f.rule).severity is Severity.GRAVE]
        jobs: dict[str, Job] = {}
        for contact, remit in offices(self.reader, self.ledger) if grave else ():
            sources = self._sources(remit)
            for finding in grave:
                order, task = sources.of_finding(finding)
                if task is not None:
                    day = _day(from_micros(order.since))
                    about = (GRAVE, finding.rule, str(finding.actor), day)
                    job = self._told(contact, about, task)
                    jobs.setdefault(job.key, job)
        return list(jobs.values())

    def report(self, report: Complaint) -> list[Job]:
        """Jobs that tell offices of a consumer's report of their remit, where it is grave."""
        jobs = []
        for contact, remit in offices(self.reader, self.ledger):
            _order, task = self._sources(remit).of_report(report)
            if task is not None and task.severity is Severity.GRAVE:
                whose = report.holder or report.item or ""
                about = (GRAVE, report.kind, whose, _day(self.now))
                jobs.append(self._told(contact, about, task))
        return jobs

    def _sources(self, remit: Remit) -> Sources:
        ledger = self.ledger
        return Sources(self.reader, ledger, remit, self.now)

    def _told(self, to: Contact, about: Sequence[str], task: Task) -> Job:
        """An office's notice of a task, with whose doing it is and the link of the queue."""
        name = None if task.party is None else self.reader.name(task.party) or task.party
        url = f"{base_url(self.ledger.trust.host)}/inspect/queue"
        named: list[Message | str] = [clean(name, 200)] if name else []
        lines = [*named, msg("Details: %(url)s", url=url)]
        return self._job(to, about, task, lines)

    def _job(
        self, to: Contact, about: Sequence[str], task: Task, lines: Sequence[Message | str]
    ) -> Job:
        spoken = languages(self.reader)(to.party)
        kind, text = about[0], "\n\n".join(_text(task, lines, each) for each in spoken)
        data = {"ledger": self.ledger.trust.origin, "task": task.key, "party": to.party,
                "severity": task.severity.value, "title": task.title.text(spoken[0])}  # fmt: skip
        content: dict[str, object] = {"body": typed(kind, self.now, data)}
        if to.kind == EMAIL:
            subject = " / ".join(task.title.text(language) for language in spoken)
            content = {"subject": subject, "text": f"{text}\n", "drill": task.is_drill}
        key = hashlib.sha256("\0".join((*about, to.party, to.kind, to.address)).encode())
        at = micros(self.now)
        # Of a recall it is no notice: who was only reminded of it has still to get one.
        leaf = 0 if task.source is Source.SILENT else task.index or 0
        return Job(key.hexdigest(), to.kind, to.party, to.address, leaf,
                   {"what": kind, **content}, at, at)  # fmt: skip


def _text(task: Task, lines: Sequence[Message | str], language: Language) -> str:
    reason = [task.reason] if isinstance(task.reason, Message) else []
    parts = (as_message(line).text(language) for line in (task.title, *reason, *lines))
    return "\n".join(clean(part) for part in parts)


def _day(moment: datetime) -> str:
    return moment.astimezone(zone()).date().isoformat()
