"""From a bundled film to a signed report in a real browser, as a newcomer does it; and again after a restart."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench_page import NAMELESS, forgive, inspect, picture, settle, upload


def middle_of(page: Any, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_from_a_film_to_a_signed_pdf_and_again_after_a_restart(
    serve: Callable[..., Any], open_page: Callable[..., Any]
) -> None:
    server = serve()
    page = open_page(server.url)
    upload(page)
    inspect(page)
    found = page.locator("[role=option]").count()

    # window and level: the right mouse button on the film; the tiles that follow are rendered for the new window
    low = page.get_by_role("slider", name="Black at")
    before = float(low.get_attribute("aria-valuenow"))
    x, y = middle_of(page, ".film-area")
    with page.expect_response(
        lambda response: "/tiles/" in response.url and f"low={before:g}&" not in response.url
    ) as tile:
        page.mouse.move(x, y)
        page.mouse.down(button="right")
        page.mouse.move(x - 200, y + 30, steps=3)
        page.mouse.up(button="right")
    assert tile.value.ok
    assert float(low.get_attribute("aria-valuenow")) != before

    # decisions by keys: the first accepted, the second rejected and taken back
    page.locator("[role=option]").first.click()
    page.keyboard.press("a")
    page.locator("[role=option].accepted").first.wait_for()
    page.keyboard.press("r")
    page.locator("[role=option].rejected").first.wait_for()
    page.keyboard.press("Control+z")
    page.locator("[role=option].rejected").first.wait_for(state="detached")

    picture(page, "workbench-indications")

    # what no film shows is typed, and kept
    page.get_by_label("Depth or height in mm").fill("0,4")
    with page.expect_response(lambda response: response.request.method == "PATCH") as stated:
        page.get_by_role("button", name="Save depth").click()
    assert stated.value.json()["depth_mm"] == 0.4
    page.get_by_role("button", name="History", exact=True).click()
    page.get_by_role("dialog").get_by_text("– → 0.4 mm").wait_for()
    page.keyboard.press("Escape")

    # drawn by hand, and its shape changed
    page.keyboard.press("b")
    page.mouse.move(x + 60, y + 60)
    page.mouse.down()
    page.mouse.move(x + 110, y + 90, steps=3)
    page.mouse.up()
    page.get_by_role("searchbox").fill("gas pore")
    page.keyboard.press("Enter")
    page.locator(f"[role=option]:nth-child({found + 1})[aria-selected=true]").wait_for()
    page.keyboard.press("e")
    settle(page)
    corner_x, corner_y = middle_of(page, ".handles .corner >> nth=2")
    page.mouse.move(corner_x, corner_y)
    page.mouse.down()
    page.mouse.move(corner_x + 20, corner_y + 20, steps=3)
    page.mouse.up()
    with page.expect_response(lambda response: response.request.method == "PATCH") as saved:
        page.get_by_role("button", name="Save shape").click()
    assert saved.value.ok

    # what the table says, once it knows the weld
    page.get_by_role("tab", name="Verdict").click()
    page.get_by_label("Acceptance table").select_option("iso5817:2023")
    page.get_by_text("Still to be stated").wait_for()
    page.get_by_label("Quality level").select_option("B")
    page.get_by_label("Joint").select_option("butt")
    page.get_by_label("Thickness t in mm").fill("12,5")
    page.keyboard.press("Tab")
    page.get_by_text("ISO 5817 · 2023 · level B").wait_for()
    assert page.get_by_text("An aid, not a decision").is_visible()
    assert page.locator(".verdict-table tbody tr").count() >= 2
    picture(page, "workbench-verdict")

    # signed, by a name that is typed
    page.get_by_role("tab", name="Report").click()
    page.get_by_role("button", name="Sign", exact=True).first.click()
    page.get_by_role("dialog").get_by_label("Name").fill("Ada Lindqvist")
    page.get_by_role("dialog").get_by_role("button", name="Sign").click()
    page.get_by_text("Ada Lindqvist").wait_for()
    picture(page, "workbench-report")

    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^PDF")).click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")

    # all of it is there when the server has been stopped and started
    server.stop()
    server.start()
    forgive(page)  # that the server was away is meant, however long it took to start
    page.reload()
    page.locator("[role=option]").nth(found).wait_for()
    assert page.locator("[role=option].accepted").count() == 2
    page.get_by_role("tab", name="Report").click()
    assert page.get_by_text("Ada Lindqvist").is_visible()
    assert page.get_by_text("changed after this signature").count() == 0
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^PDF")).click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")


KEEP_ANSWERS = """() => {
  const [real, late] = [window.fetch, (window.late = [])];
  window.fetch = async (url, options) => {
    const answer = await real(url, options);
    const held = !late.over && options.method === "GET" && /films\\/[^/]+$/.test(url);
    if (held) await new Promise((tell) => late.push(tell));
    return answer;
  };
}"""


def test_a_late_answer_takes_nothing_back_from_the_weld(
    serve: Callable[..., Any], open_page: Callable[..., Any]
) -> None:
    page = open_page(serve().url)
    upload(page)
    page.get_by_role("tab", name="Verdict").click()
    page.evaluate(KEEP_ANSWERS)

    def state(label: str, value: str) -> None:
        with page.expect_response(lambda response: response.request.method == "PUT"):
            page.get_by_label(label).select_option(value)

    def read(more_than: int = 0) -> int:
        page.wait_for_function("count => late.length > count", arg=more_than)
        return page.evaluate("late.length")

    def tell(count: int) -> None:
        page.evaluate("count => late.splice(0, count).forEach((each) => each())", count)
        page.wait_for_timeout(300)

    state("Acceptance table", "iso5817:2023")
    while not page.locator("select[name=level] option[value=B]").count():
        tell(read())
    page.locator("button.film").click()
    early = read()  # before the level is stated; told after it
    state("Quality level", "B")
    read(more_than=early)
    tell(early)
    with page.expect_response(lambda response: response.request.method == "PUT") as saved:
        page.get_by_label("Joint").select_option("butt")
        page.evaluate("() => { late.over = true; late.forEach((each) => each()); }")
    assert saved.value.request.post_data_json == {"table": "iso5817:2023", "level": "B", "joint": "butt"}


def test_a_newcomer_tries_the_example_film(serve: Callable[..., Any], open_page: Callable[..., Any]) -> None:
    page = open_page(serve().url)
    page.get_by_role("button", name="Try an example film").click()
    page.locator("[role=option]").first.wait_for()
    assert page.locator("[role=option]").count() == page.locator(".overlay .shape").count() >= 5
    assert page.locator(".film[aria-current=true] .name").text_content() == "pores-and-cracks.png"
    page.locator("button.film").hover()
    page.get_by_role("button", name="Delete film").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Try an example film").wait_for()  # of an empty project only
    upload(page)
    assert page.get_by_role("button", name="Try an example film").count() == 0


def test_everything_has_a_name_and_the_keyboard_reaches_the_film(
    serve: Callable[..., Any], open_page: Callable[..., Any]
) -> None:
    page = open_page(serve().url)
    upload(page)
    assert page.evaluate(NAMELESS) == []
    reached = set()
    for _ in range(47):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("() => document.activeElement.ariaLabel || document.activeElement.textContent.trim()")
        )
    assert {
        "Light box",
        "Black at",
        "White at",
        "Window and level",
        "1Indications",
        "Threshold",
        "Inspect film",
    } <= reached

    # a distance without a mouse: the key of the tool, the space bar for both ends, arrows between
    page.keyboard.press("d")
    for key in (" ", *["ArrowRight"] * 5, " "):
        page.keyboard.press(key)
    text = page.locator(".measure.distance text").text_content()
    scale = 8 * 5 / page.evaluate("parseFloat(document.querySelector('.zoom').textContent) / 100")
    assert abs(float(text.removesuffix(" mm")) - scale * 0.0403) < 0.3


def test_the_page_speaks_german(serve: Callable[..., Any], open_page: Callable[..., Any]) -> None:
    page = open_page(serve().url, language="de")
    page.get_by_role("heading", name="Filme hier ablegen").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Tastenkürzel").wait_for()
    assert page.evaluate("document.documentElement.lang") == "de"


def test_a_team_signs_in_first(serve: Callable[..., Any], open_page: Callable[..., Any]) -> None:
    server = serve("--team")
    page = open_page(server.url)
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").filter(has_text="wrong").wait_for()
    forgive(page)  # the browser's own lines on the two answers 401: before the login, and to the wrong one
    password = re.search(r"password[^\n]*?([\w-]{16,})", server.said)[1]
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Accounts").wait_for()
    page.get_by_role("cell", name="admin", exact=True).wait_for()

    # their own account: a token that is shown once, and a password that only they know
    page.get_by_role("button", name="admin").click()
    page.get_by_role("button", name="New token").click()
    page.get_by_label("What it is for").fill("line 7")
    page.keyboard.press("Enter")
    token = page.get_by_label("Token", exact=True).last.input_value()
    assert len(token) > 30
    page.get_by_role("button", name="OK", exact=True).click()
    page.get_by_role("cell", name="line 7").wait_for()
    picture(page, "workbench-account")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").last.click()
    page.get_by_text("No token.").wait_for()
    page.get_by_role("button", name="Change password").click()
    page.get_by_label("Password until now").fill(password)
    page.get_by_label("New password").fill("correct horse battery")
    page.get_by_role("button", name="OK", exact=True).click()
    page.get_by_text("Password changed").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Accounts").wait_for()
    forgive(page)  # the browser's own line on the answer 401 between the two
