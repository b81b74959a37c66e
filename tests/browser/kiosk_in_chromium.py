"""The screen at the charger: what it shows without a log-in, on a small window."""

from playwright.async_api import Route, expect

from ampkeeper.firmware.faces.qr import drawn
from tests.browser.conftest import Visitor

SMALL = {"width": 480, "height": 320}
PIXELS_OF_MODULE = 3.0  # less is a blur to a phone's camera on such a screen


async def test_the_screen_shows_the_charge_and_a_fault_without_a_log_in(visitor: Visitor) -> None:
    page = visitor.page
    await page.set_viewport_size(SMALL)
    await page.goto(f"{visitor.home}/kiosk")
    await expect(page.locator(".status")).to_be_visible()
    await visitor.charger.car(plugged=True, ready=True)
    await expect(page.locator(".power")).to_have_text("22.1 kW")
    await visitor.fits()
    await visitor.look_for_barriers()
    await visitor.keep("kiosk")
    await visitor.charger.faults(PeLost=True)
    await expect(page.locator(".fault")).to_contain_text("The protective earth is missing.")
    await page.goto(f"{visitor.home}/kiosk?language=de&every=5")
    await expect(page.locator(".fault")).to_contain_text("Der Schutzleiter fehlt.")
    await visitor.keep("kiosk-fault")


async def test_the_screen_shows_a_code_to_pay_with_that_can_be_scanned(visitor: Visitor) -> None:
    page, address = visitor.page, "https://pay.example/AK-0001/1?code=731"
    side, path = drawn(address)
    code = {"address": address, "size": side, "path": path}

    async def free_to_pay(route: Route) -> None:
        answer = await route.fetch()
        state = await answer.json()
        state["evses"][0]["payment_code"] = code
        await route.fulfill(response=answer, json=state)

    await page.route("**/api/v1/display", free_to_pay)
    await page.set_viewport_size(SMALL)
    await page.goto(f"{visitor.home}/kiosk")
    picture = page.get_by_role("img")
    await expect(picture).to_be_visible()
    await visitor.fits()
    await visitor.look_for_barriers()
    await visitor.keep("kiosk-code")
    box = await picture.bounding_box()
    assert box is not None
    assert box["width"] / side >= PIXELS_OF_MODULE
    assert box["y"] + box["height"] <= SMALL["height"], "nobody can scroll there"
