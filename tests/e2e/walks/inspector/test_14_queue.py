"""An inspector follows up: finds what is new in the list, notes who does it, and finds it again."""

from playwright.sync_api import expect
from support.ledger.world import days_ago, event
from support.web.served import until

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes


def lose_more_than_there_was(walk, name):
    """The farm loses more of a lot of its own than it had."""
    ledger, cast = walk.people.ledger, walk.people.cast
    pen = ledger.pen(cast.parties["farm"].uri, signers(cast.seed)["farm"])
    lot = codes.uri_of(codes.new(), ledger.trust.host, "t")
    coded = steps.coding(name, days_ago(1), 5, None)
    lost = event("loss", lot, "70", extra={"suyuan:reason": "失水"})
    for body in (event("code", lot, "10", extra=coded), lost):
        ledger.write(pen, [Draft(event=body)])


def test_what_is_to_be_followed_up_is_one_list(walk):
    lot = f"空心菜 {walk.size} {walk.language}"
    lose_more_than_there_was(walk, lot)
    page = walk.open("/inspect/queue?severity=grave", "authority")
    row = page.locator(".tasks tbody tr").filter(has_text=lot)
    until(lambda: page.reload() and row.count() == 1)  # the follower takes it in
    expect(row).to_contain_text(walk.say("重大", "grave"))
    walk.assert_sound(page)

    # The task: its record, its law, and who does it until when.
    row.locator("th a").click()
    main = page.locator("main")
    expect(main).to_contain_text(walk.say("第50、53条", "arts. 50, 53"))
    expect(main.get_by_role("link", name=walk.say("条记录", "record no."))).to_be_visible()
    page.get_by_label(walk.say("整改中", "In correction")).check()
    office = walk.people.cast.parties["authority"]
    page.get_by_label(walk.say("承办人", "Who does it")).select_option(office.uri)
    page.get_by_label(walk.say("期限", "Due")).fill("2030-01-05")
    walk.assert_sound(page)
    page.get_by_role("button", name=walk.say("保存", "Save")).click()

    # Back in the list, it is found by who does it.
    page.locator("#assignee").select_option(office.uri)
    page.get_by_role("button", name=walk.say("查看", "Show")).click()
    expect(row).to_have_count(1)
    expect(row).to_contain_text(walk.say("整改中", "In correction"))
    expect(row).to_contain_text(walk.say("2030年1月5日", "5 Jan 2030"))
    assert page.errors == []
