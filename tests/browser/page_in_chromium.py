"""The page in a real Chromium: set up, charge, limit, stop, faults, keys, phone and desktop.

Each test is a charger of its own, as a process. A word on the console, or a request that leaves
the charger, fails it. Screenshots are kept in ``bench-out/browser``.
"""

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from ampkeeper.firmware.faces.cli.client import ask
from tests.support.configs import FREE
from tests.support.emulator import Emulator
from tools.browser.fetch import browser_program

WEB = """
[web]
listen = "127.0.0.1:{port}"
"""
ANNA, PASSWORD = "anna", "Blaue Ampel 7"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 30_000
FIRST_VIEW_BYTES_MAX = 150_000
PICTURES = Path("bench-out/browser")

expect.set_options(timeout=PATIENCE_MS)


class Visitor:
    """A browser at the page of a charger."""

    def __init__(self, page: Page, home: str, charger: Emulator) -> None:
        self.page = page
        self.home = home
        self.charger = charger
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda told: self.complaints.append(told.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._look)

    async def set_up(self) -> None:
        """Become the owner."""
        code = ask(self.charger.state_dir, "access", action="show")["code"]
        await self.page.goto(self.home)
        await self.page.fill("[name=code]", code)
        await self.enter()

    async def enter(self) -> None:
        """Fill in the rest, and see the charger."""
        await self.page.fill("[name=name]", ANNA)
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator(".evse")).to_be_visible()

    async def keep(self, name: str) -> None:
        """Take a picture."""
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def _look(self, request: Any) -> None:
        if not request.url.startswith(self.home):
            self.complaints.append(f"asks {request.url}")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program, environment = browser_program()
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(
            executable_path=program, env=dict(environment), args=["--no-sandbox"]
        )
        yield made
        await made.close()


@pytest.fixture
async def visitor(browser: Browser, tmp_path: Path) -> AsyncIterator[Visitor]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    charger = Emulator(tmp_path, FREE + WEB.format(port=port), speed=1.0)
    await charger.start()
    try:
        context = await browser.new_context(
            ignore_https_errors=True, locale="en-US", viewport=DESKTOP
        )
        made = Visitor(await context.new_page(), f"https://127.0.0.1:{port}", charger)
        yield made
        await context.close()
        assert made.complaints == []
    finally:
        await charger.end()


async def test_the_owner_sets_up_charges_limits_and_stops(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.set_up()
    await visitor.keep("free")
    await page.get_by_role("button", name="Plugged in").click()
    await expect(page.locator("[data-f=status]")).to_have_text("Charging")
    await expect(page.locator("[data-f=power]")).to_have_text("22.1")
    await page.fill("[name=current]", "10")
    await page.get_by_role("button", name="Set").click()
    await expect(page.locator("[data-f=why]")).to_contain_text("At most 10.0 A per phase")
    await expect(page.locator("[data-f=why]")).to_contain_text("your own limit")
    await expect(page.locator("[data-f=power]")).to_have_text("6.9")
    await visitor.keep("charging")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("[data-f=status]")).to_have_text("Ended, still plugged in")
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
    sizes: list[int] = []

    async def count(answer: Any) -> None:
        if "events" not in answer.url:
            sizes.append(len(await answer.body()))

    visitor.page.on("response", count)
    await visitor.page.goto(visitor.home, wait_until="networkidle")
    assert 10_000 < sum(sizes) <= FIRST_VIEW_BYTES_MAX
