"""Nothing stands in anybody's way: each view in the dark and in the light, in both languages."""

import pytest
from playwright.async_api import expect

from ampkeeper.firmware.faces.cli.client import ask
from tests.browser.conftest import DESKTOP, PHONE, Visitor

VIEWS = pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [(DESKTOP, "light", "de"), (PHONE, "dark", "en")],
    ids=["light-de", "dark-en"],
)
PLACES = 9  # that an owner may go to
HEADING = {"en": "Log in", "de": "Anmelden"}


@VIEWS
async def test_each_view_is_for_everybody(
    visitor: Visitor, size: dict[str, int], scheme: str, language: str
) -> None:
    page, name = visitor.page, f"{scheme}-{language}"
    await page.set_viewport_size(size)
    await page.emulate_media(color_scheme=scheme)
    code = ask(visitor.charger.state_dir, "access", action="show")["code"]
    await page.goto(visitor.home)
    await page.select_option("#language", language)
    await expect(page.locator("[name=code]")).to_be_visible()
    await look(visitor, f"set-up-{name}")
    await page.fill("[name=code]", code)
    await visitor.enter()
    await page.evaluate("document.querySelector('#logout').click()")
    await expect(page.get_by_role("heading", name=HEADING[language])).to_be_visible()
    await look(visitor, f"log-in-{name}")
    await visitor.enter()
    await visitor.charger.car(plugged=True)
    await visitor.charger.faults(PeLost=True)
    await expect(page.locator(".faults")).to_be_visible()
    places = page.locator("nav a")
    await expect(places).to_have_count(PLACES)
    for number in range(PLACES):
        link = places.nth(number)
        await link.click()
        await expect(link).to_have_attribute("aria-current", "page")
        await expect(page.locator("main .card").first).to_be_visible()
        place = (await link.get_attribute("href") or "").removeprefix("#/") or "overview"
        await look(visitor, f"{place}-{name}")


async def look(visitor: Visitor, name: str) -> None:
    """A picture, nothing too wide, no barriers."""
    await visitor.fits()
    await visitor.look_for_barriers()
    await visitor.keep(name)
