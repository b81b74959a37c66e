"""Pins: which lines a rig on a Raspberry Pi has, what each is for, and which GPIO may be one."""

from typing import Any

from tools.hil import bench as b

MAINS = "mains"
CABLES = {f"pp_{current_a}": current_a for current_a in b.CABLES_A}
OUTPUTS = (MAINS, *(each for each in b.SWITCHES if each != b.PROXIMITY_OPEN), *CABLES)
OUTPUTS_NEEDED = (MAINS, b.PLUG)
COIL_IN, PWM_IN = "coil", "pwm"
INPUTS = (COIL_IN, PWM_IN)
INPUTS_NEEDED = INPUTS
WHAT = {
    MAINS: "the relay that feeds the rig",
    b.PLUG: "the relay of the pilot contact",
    COIL_IN: "the opto-coupler on the coil of the contactor",
    PWM_IN: "the comparator on the pilot, high above 0 V",
}
GPIO_MIN, GPIO_MAX = 2, 27  # of the Pi's header; 0 and 1 are the HAT's EEPROM
FREE = f"a GPIO of the Pi's header, {GPIO_MIN} to {GPIO_MAX}"


def is_free(value: Any) -> bool:
    """True for a GPIO that may be used."""
    return type(value) is int and GPIO_MIN <= value <= GPIO_MAX
