"""PDF/A-1b as Apache PDFBox Preflight judges it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from support.ledger.world import is_ci

_JARS = "preflight pdfbox2 fontbox2 xmpbox commons-logging javax.activation jaxb-api"
_VALIDATOR = "org.apache.pdfbox.preflight.Validator_A1b"


def invalid(folder: Path) -> dict[str, str]:
    """What is wrong with each `.pdf` of a folder, by its name; skipped where Java is missing."""
    jars = [Path("/usr/share/java") / f"{name}.jar" for name in _JARS.split()]
    if shutil.which("java") is None or not all(jar.exists() for jar in jars):
        why = "no Java here, or not Debian's PDFBox: .ci/run lists the packages"
        (pytest.fail if is_ci() else pytest.skip)(why)
    files = sorted(folder.glob("*.pdf"))
    run = subprocess.run(
        ["java", "-cp", ":".join(map(str, jars)), _VALIDATOR, "batch", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    good = {file.name for file in files if f"The file {file.name} is a valid" in run.stdout}
    return {file.name: run.stdout + run.stderr for file in files if file.name not in good}
