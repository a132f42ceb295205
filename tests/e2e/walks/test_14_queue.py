"""An inspector follows up: opens the list, a task, notes who does it, and finds it again."""


def test_what_is_to_be_followed_up_is_one_list(walk):
    page = walk.open("/inspect", "office")
    page.goto(page.url.replace("/inspect", "/inspect/queue"))
    walk.assert_sound(page)
    page.locator(".tasks tbody tr").first.locator("th a").click()
    walk.assert_sound(page)
