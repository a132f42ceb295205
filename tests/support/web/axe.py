"""axe-core as every browser test runs it: WCAG 2.2 A and AA, and axe's best practices."""

from axe_playwright_python.sync_playwright import Axe

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# axe leaves the rule about small targets out unless it is asked for by name.
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}


def violations(page) -> list[str]:
    """The violations on a page by axe, a line for each element: rule, element, failure."""
    return [
        f"{violation['id']}: {node['html']} ({node['failureSummary']})"
        for violation in Axe().run(page, options=OPTIONS).response["violations"]
        for node in violation["nodes"]
    ]


def assert_accessible(page, *where):
    """Fail where axe finds violations, naming `where` and all of them."""
    lines = violations(page)
    assert not lines, "\n".join([" ".join(map(str, (*where, page.url))), *lines])


def assert_fits(page, *where):
    """Nothing stands over the side of the window."""
    over = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? []
          : [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > innerWidth)
            .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert not over, (*where, page.url, over)


def assert_sound(page, *where, controls="button, select, .button, input", least=44):
    """Fail where an element is inaccessible, over the side, or too low in pixels."""
    assert_accessible(page, *where)
    assert_fits(page, *where)
    small = page.evaluate(
        """([controls, least]) => [...document.querySelectorAll(`main :is(${controls})`)]
          .map((one) => (["radio", "checkbox"].includes(one.type) ? one.parentNode : one))
          .filter((one) => one.offsetParent && !one.disabled)
          .filter((one) => one.getBoundingClientRect().height < least)
          .map((one) => one.outerHTML.slice(0, 120))""",
        [controls, least],
    )
    assert (*where, small) == (*where, [])
