"""Requirements of blocks C and F that no case of certification shows: tokens, and remote starts."""

import asyncio

import pytest

from ampkeeper.board.emulated.faults import apply
from tests.conformance.ocpp16.bench16 import CARD, OTHER
from tests.conformance.ocpp201.bench201 import EVSE_1, Bench201, Payload, central
from tests.support.rig import CAR

CACHE_ON = {"AuthCacheCtrlr__Enabled": True, "AuthCtrlr__LocalPreAuthorize": True}
LIST_ON = {
    "LocalAuthListCtrlr__Enabled": True,
    "AuthCtrlr__LocalPreAuthorize": True,
    "AuthCtrlr__LocalAuthorizeOffline": True,
}
BY_PEOPLE = {"idToken": {"idToken": CARD, "type": "Central"}}


def known(made: Bench201) -> set[str]:
    """What the cache remembers."""
    return set(made.app.station.entrance.known)


async def listed(made: Bench201, seconds: float) -> None:
    """A list of one card, which is over after so many seconds."""
    info = {"status": "Accepted", "cacheExpiryDateTime": made.at(seconds)}
    row = {"idToken": central(CARD), "idTokenInfo": info}
    asked = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [row]}
    assert await made.status_of("SendLocalList", asked) == "Accepted"


async def refused(made: Bench201) -> None:
    await made.until(lambda: made.trace.of("tag_refused") != [])


def test_a_token_of_the_central_system_is_not_asked_for_and_not_remembered(
    bench: Bench201,
) -> None:
    """C03.FR.01, FR.02, C05.FR.01, FR.02, FR.05."""

    async def case(made: Bench201) -> None:
        await made.configure(**CACHE_ON, AuthCtrlr__AuthorizeRemoteStart=True)
        await made.ev_connected()
        assert await made.remote_start(**BY_PEOPLE) == "Accepted"
        await made.charging()
        await made.until(lambda: made.events("Started") != [])
        assert made.events("Started")[0]["idToken"] == BY_PEOPLE["idToken"]
        await asyncio.sleep(2)
        assert made.calls("Authorize") == []
        assert known(made) == set()

    bench.play(case)


def test_who_charges_freely_is_not_remembered(bench: Bench201) -> None:
    """C02.FR.03: NoAuthorization, of which something is told."""

    async def case(made: Bench201) -> None:
        await made.configure(**CACHE_ON)
        await made.ev_connected()
        nobody = {"idToken": "", "type": "NoAuthorization"}
        assert await made.remote_start(idToken=nobody) == "Accepted"
        await made.charging()
        await made.until(lambda: made.events("Started") != [])
        assert made.events("Started")[0]["idToken"] == nobody
        await asyncio.sleep(2)
        assert known(made) == set()

    bench.play(case)


def test_a_local_token_is_asked_for(bench: Bench201) -> None:
    """C06.FR.02: one that was typed at the station, not read from a card."""

    async def case(made: Bench201) -> None:
        local = {"idToken": CARD, "type": "Local"}
        await made.configure(AuthCtrlr__AuthorizeRemoteStart=True)
        await made.ev_connected()
        assert await made.remote_start(idToken=local) == "Accepted"
        await made.charging()
        assert made.calls("Authorize") == [{"idToken": local}]

    bench.play(case)


def test_a_tariff_is_not_remembered_with_the_token(bench: Bench201) -> None:
    """C10.FR.09: who is let in from the cache sees no price of another day."""

    async def case(made: Bench201) -> None:
        await made.configure(**CACHE_ON)
        made.infos[CARD] = {"personalMessage": {"format": "UTF8", "content": "30 ct"}}
        await made.authorized()
        await made.until(lambda: made.trace.of("tariff_message") != [])
        assert CARD in known(made)
        assert "30 ct" not in repr(made.app.station.entrance.known[CARD])

    bench.play(case)


@pytest.mark.parametrize("may_anybody", [False, True])
@pytest.mark.parametrize("is_over", [False, True])
def test_away_a_listed_card_charges_until_its_time_is_over(
    bench: Bench201, may_anybody: bool, is_over: bool
) -> None:
    """C13.FR.05, FR.06: LocalAuthListCtrlr.SupportsExpiryDateTime is true here."""

    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON, AuthCtrlr__OfflineTxForUnknownIdEnabled=may_anybody)
        assert await made.value("LocalAuthListCtrlr.SupportsExpiryDateTime") == "true"
        await listed(made, 5 if is_over else 900)
        await made.ev_connected()
        await asyncio.sleep(6)
        await made.lose(reconnects=False)
        made.swipe(CARD)
        await (refused(made) if is_over else made.charging())

    bench.play(case)


def test_a_listed_card_charges_unasked_until_its_time_is_over(bench: Bench201) -> None:
    """C14.FR.04, FR.05."""

    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON, AuthCacheCtrlr__Enabled=False)
        await listed(made, 30)
        await made.ev_connected()
        made.swipe(CARD)
        await made.charging()
        assert made.calls("Authorize") == []
        await made.stop_authorized()
        await made.ev_disconnected()
        await asyncio.sleep(30)
        await made.ev_connected()
        await made.authorized()
        await made.charging()

    bench.play(case)


def test_who_was_let_in_unknown_is_not_remembered(bench: Bench201) -> None:
    """C15.FR.01."""

    async def case(made: Bench201) -> None:
        await made.configure(**CACHE_ON, AuthCtrlr__OfflineTxForUnknownIdEnabled=True)
        await made.lose(reconnects=False)
        made.plug(**CAR)
        made.swipe(CARD)
        await made.charging()
        assert known(made) == set()

    bench.play(case)


def test_who_was_withdrawn_is_not_replaced_by_another(bench: Bench201) -> None:
    """C01.FR.23: the transaction goes on paused, and stays the one of its card."""

    async def case(made: Bench201) -> None:
        await made.configure(TxCtrlr__StopTxOnInvalidId=False, TxCtrlr__MaxEnergyOnInvalidId=0)
        await made.configure(AuthCtrlr__OfflineTxForUnknownIdEnabled=True)
        await made.ev_connected()
        await made.lose(reconnects=False)
        made.swipe(CARD)
        await made.charging()
        made.judge(CARD, "Invalid")
        await made.back()
        await made.until(lambda: made.states()[-1:] == ["SuspendedEVSE"])
        made.swipe(OTHER)
        await refused(made)
        await asyncio.sleep(3)
        assert made.states()[-1] == "SuspendedEVSE"
        tokens = [each["idToken"] for each in made.events() if "idToken" in each]
        assert central(OTHER) not in tokens

    bench.play(case)


def test_without_an_evse_the_remote_start_finds_one(bench: Bench201) -> None:
    """F01.FR.20, F02.FR.22."""

    async def case(made: Bench201) -> None:
        asked = {"remoteStartId": 7, "idToken": central(CARD)}
        assert await made.status_of("RequestStartTransaction", asked) == "Accepted"
        await made.ev_connected()
        await made.charging()
        await made.until(lambda: made.events("Started") != [])
        assert made.events("Started")[0]["evse"] == {"id": 1, "connectorId": 1}

    bench.play(case)


@pytest.mark.parametrize(("group", "word"), [("OTHERS", "Rejected"), ("FLEET", "Accepted")])
@pytest.mark.parametrize("is_plugged", [True, False])
def test_reserved_for_a_group_only_that_group_is_started(
    bench: Bench201, group: str, word: str, is_plugged: bool
) -> None:
    """F01.FR.22, F02.FR.24."""

    async def case(made: Bench201) -> None:
        fleet = {"groupIdToken": {"idToken": "FLEET", "type": "Central"}}
        wish = {"id": 5, "expiryDateTime": made.at(90), "idToken": central(CARD), "evseId": 1}
        assert await made.status_of("ReserveNow", wish | fleet) == "Accepted"
        await made.wait_status("Reserved")
        if is_plugged:
            made.plug(**CAR)
            await asyncio.sleep(1)
        named = {"groupIdToken": {"idToken": group, "type": "Central"}}
        assert await made.remote_start(OTHER, **named) == word

    bench.play(case)


@pytest.mark.parametrize("is_plugged", [True, False])
def test_out_of_service_nothing_is_started_from_afar(bench: Bench201, is_plugged: bool) -> None:
    """F01.FR.23, F02.FR.25: Unavailable."""

    async def case(made: Bench201) -> None:
        off = {"operationalStatus": "Inoperative"} | EVSE_1
        assert await made.status_of("ChangeAvailability", off) == "Accepted"
        await made.wait_status("Unavailable")
        if is_plugged:
            made.plug(**CAR)
            await asyncio.sleep(1)
        assert await made.remote_start() == "Rejected"

    bench.play(case)


@pytest.mark.parametrize("is_plugged", [True, False])
def test_faulted_nothing_is_started_from_afar(bench: Bench201, is_plugged: bool) -> None:
    """F01.FR.23, F02.FR.25: Faulted."""

    async def case(made: Bench201) -> None:
        if is_plugged:
            await made.ev_connected()
        apply(made.world, made.car, {"emergency_stop": True})
        await made.wait_status("Faulted")
        assert await made.remote_start() == "Rejected"

    bench.play(case)


@pytest.mark.parametrize("is_remote", [True, False])
def test_where_somebody_was_let_in_nobody_else_is_started(bench: Bench201, is_remote: bool) -> None:
    """F01.FR.24, F02.FR.26: with a transaction, and before the plug."""

    async def case(made: Bench201) -> None:
        if is_remote:
            assert await made.remote_start() == "Accepted"
            await made.wait_status("Occupied")
        else:
            await made.energy_transfer_started()
        other: Payload = {"remoteStartId": 8, "evseId": 1, "idToken": central(OTHER)}
        assert await made.status_of("RequestStartTransaction", other) == "Rejected"

    bench.play(case)


def test_where_a_stop_does_not_end_it_the_plug_does(bench: Bench201) -> None:
    """F03.FR.02, F04.FR.02, FR.03: TxStopPoint is EVConnected."""

    async def case(made: Bench201) -> None:
        await made.configure(TxCtrlr__TxStopPoint="EVConnected")
        await made.energy_transfer_started()
        assert await made.remote_stop() == "Accepted"
        await made.until(lambda: made.events()[-1]["triggerReason"] == "RemoteStop")
        told = made.events()[-1]
        assert told["eventType"] == "Updated"
        await made.until(lambda: not made.car.contactor.is_closed)
        await asyncio.sleep(2)
        assert made.events("Ended") == []
        await made.ev_disconnected()
        await made.gone()
        (ended,) = made.events("Ended")
        assert ended["transactionInfo"]["stoppedReason"] == "Remote"

    bench.play_one(case)


def test_a_remote_start_that_nobody_plugs_in_for_ends_what_it_began(bench: Bench201) -> None:
    """F02.FR.07: TxStartPoint and TxStopPoint are Authorized."""

    async def case(made: Bench201) -> None:
        await made.configure(TxCtrlr__TxStartPoint="Authorized", TxCtrlr__TxStopPoint="Authorized")
        await made.configure(TxCtrlr__EVConnectionTimeOut=3)
        assert await made.remote_start() == "Accepted"
        await made.gone()
        started, ended = made.events("Started")[0], made.events("Ended")[0]
        assert started["transactionInfo"]["remoteStartId"] == 7
        assert ended["triggerReason"] == "EVConnectTimeout"
        assert ended["transactionInfo"]["stoppedReason"] == "Timeout"

    bench.play(case)


def test_a_fault_that_ends_it_is_an_abnormal_condition(bench: Bench201) -> None:
    """E06.FR.08, FR.16, E07.FR.06."""

    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        apply(made.world, made.car, {"emergency_stop": True})
        await made.gone()
        (ended,) = made.events("Ended")
        assert ended["triggerReason"] == "AbnormalCondition"
        assert ended["transactionInfo"]["stoppedReason"] == "EmergencyStop"

    bench.play(case)


def test_the_cable_is_free_when_it_has_ended(bench: Bench201) -> None:
    """E06.FR.10, E07.FR.07, E08.FR.03, F04.FR.02."""

    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert made.app.desk.device.condition(1).is_locked
        await made.stop_authorized()
        await made.until(lambda: made.app.desk.device.condition(1).is_locked is False)
        assert made.statuses()[-1] == "Occupied"

    bench.play(case)
