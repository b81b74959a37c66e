"""Which profile a car gets."""

from ampkeeper.firmware.config import model
from ampkeeper.firmware.safety.profile import (
    WAKE_CP_OPEN,
    WAKE_F,
    WAKE_LADDER,
    WAKE_NEVER,
    Profile,
    is_valid,
)
from ampkeeper.firmware.vehicles import Garage, Vehicle, choose, shipped


def test_every_shipped_profile_is_one_that_ring_1_takes() -> None:
    assert all(is_valid(profile) for profile in shipped().values())


def test_the_configuration_names_the_shipped_profiles() -> None:
    assert set(model.VEHICLES) == set(shipped())
    assert model.WAKES == choose.WAKES


def test_the_wakes_stand_in_the_order_of_ring_1() -> None:
    assert [choose.WAKES[n] for n in (WAKE_NEVER, WAKE_F, WAKE_CP_OPEN, WAKE_LADDER)] == [
        "never",
        "f",
        "cut",
        "ladder",
    ]


def test_a_car_about_which_nothing_is_known_gets_the_standard() -> None:
    assert vars(Garage().of(None)) == vars(Profile())
    assert vars(Garage().of("04A224B1")) == vars(Profile())


def test_a_zoe_of_the_first_generation_never_sees_the_relay_move() -> None:
    zoe = Garage("zoe_gen1").of(None)
    assert (zoe.may_switch_phases, zoe.min_ma) == (0, 8_000)


def test_a_card_brings_its_cars_profile_whatever_its_case() -> None:
    garage = Garage("default", [Vehicle(("04A224B1", "WVWZZZ"), "vw", {"min_ma": 7_000})])
    for token in ("04A224B1", "04a224b1", "wvwzzz"):
        profile = garage.of(token)
        assert (profile.min_ma, profile.wake_method) == (7_000, WAKE_LADDER)
    assert garage.of("04A224B2") is garage.default


def test_a_car_that_hates_f_is_woken_by_a_cut_pilot_unless_told_otherwise() -> None:
    plain = Vehicle(("A",), "default", {"never_f": 1})
    never = Vehicle(("B",), "default", {"never_f": 1, "wake_method": WAKE_NEVER})
    garage = Garage("default", [plain, never])
    assert garage.of("A").wake_method == WAKE_CP_OPEN
    assert garage.of("B").wake_method == WAKE_NEVER


def test_changes_leave_the_shipped_profile_as_it_is() -> None:
    garage = Garage("kona", [Vehicle(("A",), "kona", {"min_ma": 9_000})])
    assert garage.of("A").min_ma == 9_000
    assert garage.default.min_ma == 6_000
