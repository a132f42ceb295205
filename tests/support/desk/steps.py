"""What an office, its inspectors, a stall and a laboratory do on their pages: the steps of walks.

Each takes the page on which it begins; what the page says is by its marks, the same in both
languages. Nothing is ever "the first of a list" here: goods, sheets and cases are found by name.
"""

from datetime import timedelta

from playwright.sync_api import expect
from support.web.served import until

from suyuan.trace.cli.demo.drawing import draw
from suyuan.trace.ledger.office_seals import OfficeSeals

PHOTO = {"name": "a.png", "mimeType": "image/png", "buffer": draw("leaves #2f7d43 #cfe6c4")}
VALUE = "5a" * 32  # of a draw


def fill(form, **said):
    """Type or choose what a form says, and press its button."""
    for name, text in said.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)
    form.locator("button:not([type=button])").click()


def sign(page):
    """Sign what the page shows, and be on the page that it leads to."""
    expect(page.locator("#sign")).to_be_visible()
    with page.expect_navigation():
        page.locator("#sign-yes").click()


def record(page, stage, **said):
    """Record a stage of a case on its page."""
    part = page.locator(f"#do-{stage}")
    if part.get_attribute("open") is None:
        part.locator("summary").click()
    fill(part.locator("form.stage"), **said)
    sign(page)


def open_case(page, **said):
    """Open a case by the form that the page shows; its path."""
    fill(page.locator("form.stage"), **said)
    sign(page)
    page.wait_for_url("**/cases/*")
    return path_of(page)


def path_of(page):
    """The path of a page, without what its language is."""
    return "/" + page.url.split("/", 3)[3].split("?")[0]


def shown(page, locator, text=None):
    """What the page shows, once the followers have taken it in."""
    found = locator if text is None else locator.filter(has_text=text)
    until(lambda: found.count() or not page.reload())
    return found


def follow(page, path):
    """Go on by a link of the page that leads to a path."""
    shown(page, page.locator(f"main a[href*='{path}']")).first.click()
    return page


# Traders.


def register(page, name, kilos):
    """On /me/register: a batch of a product of this name; its code as it is printed."""
    products = page.locator("#product")
    products.select_option(index=products.locator("option").count() - 1)  # another one
    for field, text in (("name", name), ("category", "蔬菜/叶菜类"), ("quantity", kilos)):
        page.locator(f"#{field}").fill(text)
    page.locator("#go").click()
    page.locator("#sign-yes").click()
    return page.locator("#registered .code").inner_text()


def dispatch(page, kilos, to):
    """On /me/process of a lot: so much of it to somebody."""
    page.locator("#goods .quantity").fill(kilos)
    page.locator("#to").fill(to)
    page.locator("#to-found button").filter(has_text=to).click()
    page.locator("#go").click()
    page.locator("#sign-yes").click()
    expect(page.locator("#done-title")).to_be_focused()


def receive(page, name):
    """On /me/arrivals: what is called so, as it was sent."""
    shown(page, page.locator("[data-slip]"), name).locator(".sign-it").click()
    send(page, 1)


def send(page, count, title=""):
    """Send what waits in the outbox now, so many records of one title."""
    waiting = page.locator("#waiting li").filter(has_text=title)
    expect(waiting).to_have_count(count)
    for left in reversed(range(count)):
        waiting.last.locator(".now").click()
        expect(waiting).to_have_count(left)
    expect(page.locator("#recorded li").filter(has_text=title).nth(count - 1)).to_be_visible()


def sell(page, name, kilos):
    """On /me/holdings: so much of what is called so."""
    lot = page.locator("#lots li").filter(has_text=name)
    lot.locator(".sell").click()
    lot.locator("form .number").fill(kilos)
    lot.locator("form .button").first.click()
    send(page, 1)


def answer_recall(page, name, **fates):
    """On /me/recalls: it knows of the recall of what is called so, and says what became of it."""
    acts = page.locator("section.act").filter(has=page.locator(".acknowledge, .four"))
    act = shown(page, acts, name)
    with page.expect_navigation():
        act.locator(".acknowledge").click()
    act = shown(page, acts, name)
    for fate, kilos in fates.items():
        act.locator(f"[name={fate}]").fill(kilos)
    do(page, act.locator("form.report .actions .button"))


# Consumers.


def complain(page, words, name="欧阳", contact="13900000000"):
    """On /report: that it is not fresh; the number of the receipt."""
    page.locator("[name=kind][value=spoiled]").check()
    for field, text in (("text", words), ("name", name), ("contact", contact)):
        page.locator(f"[name={field}]").fill(text)
    page.locator("form [name=text]").locator("xpath=ancestor::form").locator("button").click()
    return page.locator(".receipt").inner_text()


# Inspectors.


def menu(page, path):
    """Follow the line of the menu that leads to a path; on a phone it may be folded."""
    link = page.locator(f"nav.menu a[href^='{path}']").filter(visible=True)
    if not link.count():
        page.locator("nav.menu details summary").click()
    link.first.click()


def inspect(page, second, failed=(), note="", name="阿香"):
    """On the page of a shop: the checklist, of which these points failed, signed by two and it."""
    page.locator(".inspectors select").last.select_option(second)
    for check in ("licence", *failed):
        value = "fail" if check in failed else "pass"
        page.locator(f"[data-check={check}][value={value}]").check()
    page.locator("#note").fill(note)
    page.locator("#typed").fill(name)
    page.locator("#review").click()
    page.locator("#sign-yes").click()
    send(page, 1)


def fill_sheet(page, sheet, second, amount="2 kg"):
    """At the counter of a lot: a sampling sheet, filled in and ready to be signed."""
    if not page.locator("#sheet-form").is_visible():
        page.locator("#sheet summary").click()
    page.locator("#sheet-sheet").fill(sheet)
    page.locator("#sheet-amount").fill(amount)
    page.locator("#sheet-seal").fill("F001")
    page.locator("#sheet-second").select_option(second)
    page.locator("#sheet-photo").set_input_files(PHOTO)
    expect(page.locator("#sheet-photos")).to_contain_text("1")


def sign_sheet(page, sheet):
    """Sign it: the sheet and its photos wait on the phone."""
    page.locator("#sheet-form > button").click()
    expect(page.locator("#sign-what")).to_contain_text("F001")
    page.locator("#sign-yes").click()
    expect(page.locator("#waiting li").filter(has_text=sheet)).to_have_count(2)


def report_test(page, office, **said):
    """On /samples/report: that a sample failed, signed by the laboratory's own key."""
    for name, text in said.items():
        page.locator(f"#{name.replace('_', '-')}").fill(text)
    page.locator("#office").select_option(office)
    page.locator("[name=result][value=failed]").check()
    page.locator("#report button").click()
    page.locator("#sign-yes").click()
    expect(page.locator("#said")).not_to_be_empty()


def do(page, button):
    """Press a button, and sign what it offers."""
    button.click()
    sign(page)


def draw_up(page, form, **said):
    """On a case's page: a document of this form; its path."""
    page.locator("#form").select_option(form)
    page.locator("form:has(#form) button").click()
    fill(page.locator("form.drawing"), **said)
    page.wait_for_url("**/document/*")
    return path_of(page)


def sealing(people):
    """The seals of the demo city's office: the administrator issues the key, not the day."""
    seals = OfficeSeals(people.served.home, people.cast.parties["office"].uri)
    if not seals.is_here:
        now = people.ledger.now() - timedelta(hours=1)
        seals.create(people.cast.parties["office"].name, "鹭湖市监", now)
    return seals
