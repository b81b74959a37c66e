"""A charger with its page, and somebody with a real Chromium in front of it.

Each test is a charger of its own, as a process, and a window of its own in one browser. A word on
the console, or a request that leaves the charger, fails it. Screenshots are kept in
``bench-out/browser``.
"""

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from ampkeeper.firmware.faces.cli.client import ask
from tests.support.configs import FREE
from tests.support.emulator import Emulator
from tools.browser.fetch import axe_source, browser_program

WEB = """
[web]
listen = "127.0.0.1:{port}"
kiosk = true
"""
ANNA, PASSWORD = "anna", "Blaue Ampel 7"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 30_000
SPEED = 4.0  # of the charger's time: what takes seconds by the standard is not waited for in full
SERIOUS = ("serious", "critical")
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

    async def look_for_barriers(self) -> None:
        """Nothing stands in the way of anybody, as far as axe-core can tell."""
        await self.page.evaluate(axe_source())
        told = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found = [
            (one["id"], [node["html"][:120] for node in one["nodes"]])
            for one in told["violations"]
            if one["impact"] in SERIOUS
        ]
        assert found == [], json.dumps(found, indent=1)
        assert len(told["passes"]) > 5, "it did look"

    async def fits(self) -> None:
        """Nothing is wider than the window."""
        width = await self.page.evaluate("document.scrollingElement.scrollWidth")
        assert width <= await self.page.evaluate("window.innerWidth")

    def _look(self, request: Any) -> None:
        if not request.url.startswith(self.home):
            self.complaints.append(f"asks {request.url}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One loop for all, as the browser lives in it."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program, environment = browser_program()
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(
            executable_path=program, env=dict(environment), args=["--no-sandbox"]
        )
        yield made
        await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, tmp_path: Path) -> AsyncIterator[Visitor]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    charger = Emulator(tmp_path, FREE + WEB.format(port=port), speed=SPEED)
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
