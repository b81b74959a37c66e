"""Each place of the page in a real Chromium: its main use, on a desktop and on a phone."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from ampkeeper.firmware.config.schema import schema
from ampkeeper.firmware.faces.cli.client import ask
from tests.browser.conftest import DESKTOP, PASSWORD, PHONE, Visitor

METER_SERIAL = "21000001"
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


async def enter(visitor: Visitor, size: Any, place: str) -> None:
    """Become the owner, and go to a place by its link."""
    await visitor.page.set_viewport_size(size)
    await visitor.set_up()
    await visitor.page.get_by_role("link", name=place, exact=True).click()
    link = visitor.page.get_by_role("link", name=place, exact=True)
    await expect(link).to_have_attribute("aria-current", "page")


async def leave(visitor: Visitor, size: Any, name: str) -> None:
    """What holds of every place: a picture, no barriers, nothing too wide."""
    await visitor.fits()
    await visitor.look_for_barriers()
    await visitor.keep(f"{name}-{'phone' if size is PHONE else 'desktop'}")


async def fetched(page: Page, name: str) -> bytes:
    """Click, and take the file that comes."""
    async with page.expect_download() as told:
        await page.get_by_role("button", name=name).click()
    return (await (await told.value).path()).read_bytes()


@SIZES
async def test_the_overview_plans_a_departure(visitor: Visitor, size: Any) -> None:
    await enter(visitor, size, "Overview")
    page = visitor.page
    await page.get_by_role("button", name="Plugged in").click()
    await expect(page.locator("[data-f=status]")).to_have_text("Charging")
    await page.fill("[name=by]", "07:30")
    await page.fill("[name=energy]", "12.5")
    await page.get_by_role("button", name="Plan", exact=True).click()
    await expect(page.locator("[data-f=departure]")).to_contain_text("12.5 kWh")
    await page.fill("[name=current]", "10")
    await page.fill("[name=hours]", "2")
    await page.get_by_role("button", name="Set", exact=True).click()
    await expect(page.locator("[data-f=power]")).to_have_text("6.9")
    why = ask(visitor.charger.state_dir, "why")["evses"][0]["entries"]
    assert any(one["source"] == "owner" and one["expires"] for one in why)
    await expect(page.locator(".sessions tbody")).not_to_contain_text("-")
    await leave(visitor, size, "overview")


@SIZES
async def test_the_history_shows_what_was_charged(visitor: Visitor, size: Any) -> None:
    await visitor.page.set_viewport_size(size)
    await visitor.set_up()
    page = visitor.page
    await page.get_by_role("button", name="Plugged in").click()
    await expect(page.locator("[data-f=status]")).to_have_text("Charging")
    await page.get_by_role("link", name="History", exact=True).click()
    await expect(page.get_by_text("in the last 31 days")).to_be_visible()
    await expect(page.locator(".bars rect")).to_have_count(31)
    await page.get_by_role("button", name="By month").click()
    await expect(page.locator(".bars rect")).to_have_count(12)
    await expect(page.get_by_text("still runs")).to_be_visible()
    await visitor.charger.car(plugged=False)
    await visitor.charger.until_status("Available")
    await page.reload()
    assert (await fetched(page, "Receipt: ")).startswith(b"%PDF")
    assert (await fetched(page, "Charge log: CSV")).startswith(b"session,")
    await leave(visitor, size, "history")


@SIZES
async def test_a_setting_is_found_and_set_within_its_range(visitor: Visitor, size: Any) -> None:
    await enter(visitor, size, "Settings")
    page = visitor.page
    await page.get_by_label("Search").fill("evconnectiontimeout")
    box = page.get_by_label("EVConnectionTimeOut")
    await expect(box).to_be_visible()
    assert await box.get_attribute("type") == "number"
    await box.fill("77")
    await box.press("Enter")
    await expect(page.get_by_text("Changed.")).to_be_visible()
    shown = ask(visitor.charger.state_dir, "setting", action="show")["settings"]
    assert {"TxCtrlr.EVConnectionTimeOut": "77"}.items() <= {
        one["name"]: one["value"] for one in shown
    }.items()
    await page.get_by_label("Search").fill("idle_min")
    await expect(page.get_by_text("Who does nothing for so long is logged out.")).to_be_visible()
    await expect(page.get_by_text(re.compile("1 . 1440; default 30"))).to_be_visible()
    await expect(page.get_by_text("[mqtt]", exact=True)).to_be_hidden()
    await page.get_by_label("Search").fill("")
    heads = await page.locator(".section > summary").all_inner_texts()
    tables = {re.sub(r"[\[\]].*?([a-z_]+)\].*", r"\1", head) for head in heads}
    assert tables >= set(schema()["properties"]), "the whole model"
    await page.get_by_text("[web]", exact=True).click()
    await expect(page.get_by_text("logged out after so long")).to_be_visible()
    await leave(visitor, size, "settings")


@SIZES
async def test_the_owner_lets_somebody_in_and_makes_a_token(visitor: Visitor, size: Any) -> None:
    await enter(visitor, size, "People")
    page = visitor.page
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_text("Add a person").click()
    person = page.locator("form").filter(has=page.get_by_role("button", name="Add", exact=True))
    await person.locator("[name=name]").fill("gustav")
    await person.locator("[name=password]").fill("Rote Ampel 99")
    await person.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("button", name="Remove: gustav")).to_be_visible()
    await page.get_by_text("Add a program").click()
    program = page.locator("form").filter(has=page.get_by_role("button", name="Make a token"))
    await program.locator("[name=name]").fill("home")
    await program.get_by_role("button", name="Make a token").click()
    await expect(page.locator("code")).to_have_text(re.compile("[0-9a-f]{64}"))
    await leave(visitor, size, "people")
    await page.get_by_role("button", name="Remove: gustav").click()
    await expect(page.get_by_role("button", name="Remove: gustav")).to_have_count(0)
    known = ask(visitor.charger.state_dir, "access", action="show")
    assert [one["name"] for one in known["users"]] == ["anna"]
    assert [one["name"] for one in known["tokens"]] == ["home"]


@SIZES
async def test_somebody_changes_his_password(visitor: Visitor, size: Any) -> None:
    await enter(visitor, size, "People")
    page = visitor.page
    await page.get_by_label("Password of now").fill(PASSWORD)
    form = page.locator("form").filter(has=page.locator("[name=old]"))
    await form.locator("[name=new]").fill("Gelbe Ampel 8")
    await form.get_by_role("button", name="Change").click()
    await expect(page.locator("#said")).to_have_text("Done.")


@SIZES
async def test_the_installer_runs_the_self_tests(visitor: Visitor, size: Any) -> None:
    await enter(visitor, size, "Service")
    page = visitor.page
    await page.get_by_role("button", name="Run all that may run now").click()
    await expect(page.get_by_role("cell", name="contactor").first).to_be_visible()
    await expect(page.get_by_text("none is on its way")).to_be_visible()
    await leave(visitor, size, "service")


@SIZES
async def test_the_logs_tell_who_asked_for_what(visitor: Visitor, size: Any) -> None:
    await enter(visitor, size, "Logs")
    await expect(visitor.page.get_by_text("set-up")).to_be_visible()
    await expect(visitor.page.get_by_text("StartupOfTheDevice").first).to_be_visible()
    await leave(visitor, size, "logs")


@SIZES
async def test_the_owner_knows_drivers_and_teaches_their_cards(visitor: Visitor, size: Any) -> None:
    await enter(visitor, size, "Drivers")
    page = visitor.page
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_text("Add a driver").click()
    await page.fill("[name=user]", "Gustav Grün")
    await page.fill("[name=budget]", "150")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("button", name="Learn a card: Gustav Grün").click()
    await expect(page.locator("#said")).to_have_text("Hold the new card to the reader now.")
    await visitor.charger.swipe("04A224B1")
    await expect(page.get_by_role("cell", name="04A224B1")).to_be_visible()
    await leave(visitor, size, "drivers")
    known = ask(visitor.charger.state_dir, "user", action="list")["users"]
    assert [(one["name"], one["cards"], one["budget_wh"]) for one in known] == [
        ("Gustav Grün", ["04A224B1"], 150_000)
    ]
    told = json.loads(await fetched(page, "Data: Gustav Grün"))
    assert told["cards"] == ["04A224B1"]
    await page.get_by_text("Add many from a table").click()
    file = {"name": "d.csv", "mimeType": "text/csv", "buffer": b"name,cards\nRita,04B1C2D3\n"}
    await page.set_input_files("[name=table]", files=[file])
    await page.get_by_role("button", name="Take it over").click()
    await page.get_by_role("button", name="Forget: Rita").click()
    await expect(page.locator("#said")).to_have_text("Forgotten.")
    await page.get_by_role("button", name="Remove: Gustav Grün").click()
    await expect(page.get_by_text("Nobody is known yet.")).to_be_visible()


@SIZES
async def test_the_installer_hands_the_charger_over_with_a_report(
    visitor: Visitor, size: Any
) -> None:
    await enter(visitor, size, "Handover")
    page, charger = visitor.page, visitor.charger
    await page.fill("[name=installer]", "Ida Iske")
    await page.fill("[name=company]", "Strom & Söhne")
    await page.get_by_role("button", name="Begin", exact=True).click()
    sign = page.get_by_role("button", name="Sign the report")
    await expect(sign).to_be_disabled()
    await expect(page.get_by_text("Enter it below.").first).to_be_visible()
    await page.fill("[name=fuse_a]", "32")
    await page.fill("[name=meter_serial]", METER_SERIAL)
    await page.get_by_role("button", name="Enter", exact=True).click()
    await page.get_by_role("button", name="Run all that may run now").click()
    await charger.car(plugged=True)
    await charger.until_status("Charging")
    await charger.car(plugged=False)
    await expect(sign).to_be_enabled()
    await leave(visitor, size, "commissioning")
    await sign.click()
    await expect(page.locator("#said")).to_have_text("The report is signed.")
    file = await fetched(page, "Report: PDF")
    assert file.startswith(b"%PDF-1.7")
    assert b"/adbe.pkcs7.detached" in file


@SIZES
async def test_the_owner_says_in_which_hours_to_charge(visitor: Visitor, size: Any) -> None:
    await enter(visitor, size, "Hours")
    page = visitor.page
    await expect(page.get_by_text("There are none.")).to_be_visible()
    await page.get_by_text("Add hours").click()
    await page.fill("[name=name]", "night")
    await page.uncheck("[name=sun]")
    await page.fill("[name=begin]", "22:00")
    await page.fill("[name=end]", "06:00")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("cell", name=re.compile("22:00 . 06:00"))).to_be_visible()
    await leave(visitor, size, "hours")
    (told,) = ask(visitor.charger.state_dir, "hours")["hours"]
    assert (told["name"], told["days"][-1], told["max_a"]) == ("night", "sat", None)
    await page.get_by_role("button", name="As in the configuration").click()
    await expect(page.get_by_text("There are none.")).to_be_visible()
