"""What we promise to drivers, tried with a whole charger."""

from ampkeeper.board.emulated.rig.charger import Charger


def test_a_driver_charges_by_card(charger: Charger) -> None:
    charger.plug(max_a=16, cable_a=20)
    charger.swipe("04A224B1")
    charger.wait_for_evse("5 Wh", lambda evse: (evse["session"] or {}).get("energy_wh", 0) >= 5)
    charger.swipe("04A224B1")
    charger.unplug()
    charger.wait_for_status("Available")
    charger.wait_delivered()


def test_a_power_cut_is_survived(charger: Charger) -> None:
    charger.plug(max_a=16, cable_a=20)
    charger.swipe("04A224B1")
    charger.wait_for_status("Charging")
    charger.cut_power()
    charger.start()
    charger.wait_registered()
    charger.unplug()
    charger.wait_for_status("Available")
    charger.wait_delivered()
