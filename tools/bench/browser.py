"""Row: how soon the page is of use in a real Chromium, over TLS on loopback, nothing cached.

From the request to the first moment in which the charger's status is shown, so that a charge can
be started or stopped. Needs what ``make browser`` fetches.
"""

import asyncio
from collections.abc import Iterator

from tools.bench.errors import CannotMeasureError
from tools.bench.faces import OWNER, station
from tools.bench.result import Result, from_samples
from tools.browser.fetch import browser_program
from tools.debian import ProgramMissing

ROW = "the page in a real Chromium"
VIEWS = 10
PATIENCE_MS = 30_000
USABLE = "() => document.querySelector('.evse [data-f=status]')?.textContent && performance.now()"
HOW = "run `make browser` once: it fetches what is needed"


def measure() -> Iterator[Result]:
    """Time until it is of use, and what it takes to load."""
    try:
        yield from asyncio.run(_measure())
    except (ImportError, ProgramMissing) as error:
        raise CannotMeasureError(f"{HOW} ({error})") from error


async def _measure() -> list[Result]:
    from playwright.async_api import async_playwright

    program, environment = browser_program()
    async with station("") as (_, client), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, env=dict(environment), args=["--no-sandbox"]
        )
        context = await browser.new_context(ignore_https_errors=True)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.goto(str(client.base_url))
        for name, value in OWNER.items():
            await page.fill(f"[name={name}]", value)
        await page.keyboard.press("Enter")
        await page.wait_for_function(USABLE)
        sizes: list[int] = []
        session = await context.new_cdp_session(page)
        session.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        await session.send("Network.enable")
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        times_ms = []
        for _ in range(VIEWS):
            sizes.clear()
            await page.reload()
            times_ms.append(float(await (await page.wait_for_function(USABLE)).json_value()))
        await browser.close()
    return [
        from_samples(ROW, "of use after", times_ms, "ms", limit="1,000", note=f"{VIEWS} views"),
        Result(ROW, "of the first view", sum(sizes) / 1e3, "KB", limit="150"),
    ]
