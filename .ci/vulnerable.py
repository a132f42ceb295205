"""Says what pip-audit found of the lock file, and fails where it found something.

Where nothing could be looked up it says so: "not looked" is never mistaken for "nothing found".
"""

import json
import sys


def judged(text: str) -> tuple[int, str]:
    """The exit code, and the sentence, for what pip-audit wrote as JSON; 0 where it is none."""
    try:
        found = json.loads(text)["dependencies"]
        looked = [one for one in found if "skip_reason" not in one]
        bad = [one for one in looked if one["vulns"]]
        names = [f"{one['name']} {one['version']}: {v['id']}" for one in bad for v in one["vulns"]]
    except (ValueError, KeyError, TypeError):
        return 0, "NOT LOOKED: the service of known vulnerabilities cannot be reached from here"
    if names:
        return 1, "known vulnerabilities:\n  " + "\n  ".join(names)
    if not looked:
        return 0, f"NOT LOOKED: nothing is known here of any of {len(found)} packages"
    missing = len(found) - len(looked)
    more = f"; NOT LOOKED: {missing}, of which nothing is known here" if missing else ""
    return 0, f"no known vulnerability in {len(looked)} packages{more}"


if __name__ == "__main__":
    code, said = judged(sys.stdin.read())
    print(said)
    sys.exit(code)
