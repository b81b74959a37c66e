"""The screen at the charger: what it shows without a log-in, on a small window."""

from playwright.async_api import expect

from tests.browser.conftest import Visitor

SMALL = {"width": 480, "height": 320}


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
