"""Pages worked by the keyboard alone: Tab, arrows, Enter, Space and typing."""

from playwright.sync_api import expect

MOST_TABS = 80
# A control that is laid invisibly over its label shows the focus on the label.
SHOWN = """() => {
  const one = document.activeElement;
  return [one, ...(one.labels || [])].some((part) => {
    const { outlineStyle, outlineWidth, visibility } = getComputedStyle(part);
    const { width, height } = part.getBoundingClientRect();
    const isDrawn = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
    return isDrawn && visibility === "visible" && width > 1 && height > 1;
  });
}"""
WHERE = "document.activeElement.outerHTML.slice(0, 200)"


def assert_shown(page):
    """Fail unless the focused element has an outline."""
    assert page.evaluate(SHOWN), page.evaluate(WHERE)


def tab_to(page, selector, key="Tab"):
    """Press Tab until an element has the focus; every stop must have an outline."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement === document.body"):
            continue  # round the end of the page
        assert_shown(page)
        if page.evaluate("what => document.activeElement.matches(what)", selector):
            return
    raise AssertionError(f"{selector} is not reached by {key}")


def press(page, selector, key="Enter"):
    """Go to an element, and press a key there."""
    tab_to(page, selector)
    page.keyboard.press(key)


def write(page, selector, text):
    """Go to a field, and replace its text by typing."""
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def focused(page, selector):
    """A script has moved the focus there, where it is seen."""
    expect(page.locator(selector)).to_be_focused()
    assert_shown(page)


def sign(page):
    """Sign in the panel, to which the focus has gone."""
    focused(page, "#sign-title")
    press(page, "#sign-yes")


def decline(page, back):
    """Decline to sign: the focus goes back to the element that opened the panel."""
    focused(page, "#sign-title")
    press(page, "#sign-no")
    focused(page, back)
    expect(page.locator("#sign")).to_be_hidden()


def give_file(page, selector, file, key="Enter"):
    """Open a file control's own dialog by a key, and choose a file there."""
    # Expected before the way there: a browser that is slow to hear of it shows the dialog itself.
    with page.expect_file_chooser() as chooser:
        tab_to(page, selector)
        page.keyboard.press(key)
    chooser.value.set_files(file)
