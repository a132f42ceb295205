"""One's own records are found again, and the day begins with what there is to do."""

from playwright.sync_api import expect


def test_records_are_found_by_product_step_and_counterparty(walk):
    page = walk.open("/me/records", "stall-greens")
    expect(page.locator("h1")).to_contain_text(walk.say("我的记录", "My records"))
    walk.assert_sound(page)
    page.locator("main section summary").click()
    page.locator("#step").select_option("receive")
    expect(page.locator("#product")).to_be_visible()
    page.wait_for_load_state()
    page.locator("#product").select_option("黄瓜")
    rows = page.locator(".records tbody tr")
    expect(rows.first).to_contain_text("黄瓜")
    assert "step=receive" in page.url and "product=" in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename == "records.xlsx"


def test_the_day_begins_with_what_there_is_to_do(walk):
    page = walk.open("/me", "stall-greens")
    expect(page.locator(".today")).to_contain_text(walk.say("待确认的到货", "Arrivals to confirm"))
    expect(page.locator(".self dl")).not_to_be_visible()
    walk.assert_sound(page)
    page.locator(".self summary").click()
    expect(page.locator(".self dl")).to_be_visible()
