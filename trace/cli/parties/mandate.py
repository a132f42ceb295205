"""`suyuan registrar`, `mandate`: who may admit parties, and who may record for whom."""

from datetime import UTC

import click

from suyuan.trace.admission import acts

from ..command import Run, argument, command, option

_UTC = "%Y-%m-%dT%H:%M:%SZ"
_GIVER = option("--party", help="The giver [default: the signer's party].")

registrar = click.Group("registrar", help="Appoint and dismiss registrars.")
mandate = click.Group("mandate", help="Give and withdraw mandates.")


@command("appoint", registrar, signs=True)
def registrar_appoint(
    run: Run,
    who: str = argument(),
    remit: tuple[str, ...] = option(required=True, help="A division or a place's URI."),
) -> None:
    """Let a party admit others in its remit."""
    run.state(acts.appoint(run.party(who), remit))


@command("dismiss", registrar, signs=True)
def registrar_dismiss(run: Run, who: str = argument()) -> None:
    """End an appointment."""
    run.state(acts.dismiss(run.party(who)))


@command("give", mandate, signs=True)
def mandate_give(
    run: Run,
    to: str = argument(),
    who: str | None = _GIVER,
    steps: tuple[str, ...] = option("--step", required=True, help="A bare business step."),
    start: str = option("--from", help="From this moment, 2026-11-24T00:00."),
    until: str = option(help="Until before this moment."),
    paper: str | None = option(help="SHA-256 of the signed paper, where another enters it."),
) -> None:
    """Let TO record these steps for a party."""
    giver = _giver(run, who)
    first, last = (run.instant(text).astimezone(UTC).strftime(_UTC) for text in (start, until))
    run.state(acts.give_mandate(giver, run.party(to), steps, first, last, paper=paper))


@command("withdraw", mandate, signs=True)
def mandate_withdraw(run: Run, to: str = argument(), who: str | None = _GIVER) -> None:
    """Withdraw all mandates to TO."""
    giver = _giver(run, who)
    run.state(acts.withdraw_mandate(giver, run.party(to)))


def _giver(run: Run, text: str | None) -> str:
    return run.party(text) if text else run.pen.actor
