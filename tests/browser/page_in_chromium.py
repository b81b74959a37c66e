"""The page in a real Chromium: set up, charge, limit, stop, faults, keys, phone and desktop."""

import json

from playwright.async_api import expect

from ampkeeper.firmware.faces.cli.client import ask
from tests.browser.conftest import PHONE, PICTURES, Visitor

FIRST_VIEW_BYTES_MAX = 150_000
VIEWS = 5
# Milliseconds from the request to the first frame in which the charge can be stopped or started.
USABLE = "() => document.querySelector('.evse [data-f=status]')?.textContent && performance.now()"


async def test_the_owner_sets_up_charges_limits_and_stops(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.set_up()
    waits = page.locator("[data-f=waits]")
    await expect(waits).to_have_text("Plug in the car.")
    await visitor.keep("free")
    await page.get_by_role("button", name="Plugged in").click()
    await expect(page.locator("[data-f=status]")).to_have_text("Charging")
    await expect(waits).to_have_text("")
    await expect(page.locator("[data-f=power]")).to_have_text("22.1")
    await page.fill("[name=current]", "10")
    await page.get_by_role("button", name="Set").click()
    await expect(page.locator("[data-f=why]")).to_contain_text("At most 10.0 A per phase")
    await expect(page.locator("[data-f=why]")).to_contain_text("your own limit")
    await expect(page.locator("[data-f=power]")).to_have_text("6.9")
    await visitor.keep("charging")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("[data-f=status]")).to_have_text("Ended, still plugged in")
    await expect(waits).to_have_text("Unplug, or start again.")
    entries = ask(visitor.charger.state_dir, "access", action="audit")["entries"]
    assert [one["action"] for one in entries] == ["stop", "limit", "set-up"]
    await expect(page.get_by_text("stopped here")).to_be_visible()


async def test_who_logs_out_sees_nothing_until_he_logs_in_again(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.set_up()
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await expect(page.locator(".evse")).to_have_count(0)
    await visitor.enter()


async def test_a_fault_says_what_to_do_in_both_languages(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.set_up()
    await page.select_option("[data-f=fault]", "PeLost")
    await page.get_by_role("button", name="Raise").click()
    await expect(page.locator(".faults")).to_contain_text("The protective earth is missing.")
    await page.select_option("#language", "de")
    await expect(page.locator(".faults")).to_contain_text("Der Schutzleiter fehlt.")
    assert await page.evaluate("document.documentElement.lang") == "de"
    await visitor.keep("fault")


async def test_on_a_phone_nothing_is_wider_than_the_window(visitor: Visitor) -> None:
    page = visitor.page
    await page.set_viewport_size(PHONE)
    await page.emulate_media(color_scheme="dark")
    await visitor.set_up()
    await page.get_by_role("button", name="Plugged in").click()
    await expect(page.locator("[data-f=status]")).to_have_text("Charging")
    width = await page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= PHONE["width"]
    await visitor.keep("phone")


async def test_everything_is_reached_by_keys_and_has_a_name(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.set_up()
    await page.locator("body").press("Tab")
    names = set()
    for _ in range(60):
        name = await page.evaluate(
            "(() => { const one = document.activeElement; return (one.labels && one.labels[0]"
            " || one).textContent.trim().slice(0, 30) || one.tagName; })()"
        )
        names.add(name)
        await page.keyboard.press("Tab")
    assert {"Skip to content", "Log out", "Set", "Charge now", "Plugged in"} <= names
    unnamed = await page.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter((one) =>"
        " !(one.textContent.trim() || (one.labels && one.labels.length))).map((o) => o.outerHTML)"
    )
    assert unnamed == []


async def test_the_first_view_is_small(visitor: Visitor) -> None:
    page = visitor.page
    sizes: list[int] = []
    await visitor.set_up()
    browser = await page.context.new_cdp_session(page)
    browser.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    await browser.send("Network.enable")
    await browser.send("Network.setCacheDisabled", {"cacheDisabled": True})
    times_ms = []
    for _ in range(VIEWS):
        sizes.clear()
        await page.reload()
        usable = await page.wait_for_function(USABLE)
        times_ms.append(round(await usable.json_value()))
        await expect(page.locator("[data-f=power]")).to_be_visible()
    told = {"bytes": sum(sizes), "requests": len(sizes), "usable_ms": sorted(times_ms)}
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "first-view.json").write_text(json.dumps(told) + "\n")
    print("first view:", told)  # a figure, no test: the machine may have other work
    assert 10_000 < sum(sizes) <= FIRST_VIEW_BYTES_MAX
