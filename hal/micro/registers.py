"""Registers: the addresses and bits of the RP2040 that MicroPython has no names for.

From the RP2040 datasheet (sections are named at each block) and pico-sdk's
``hardware_regs``. Addresses are above 2**30, so they are objects made once, here; a driver
computes none in the tick. What is written or read through ``machine.mem32`` in the tick stays
below 2**30, since a larger number would be allocated.
"""

CLK_SYS_HZ = 125_000_000  # 2.15; one crystal feeds PLL_SYS, and PLL_USB for the 48 MHz of the ADC
CLEAR_ALIAS = 0x3000  # 2.1.2: writing here clears the bits that are set

# 4.9.6, ADC. 96 cycles of 48 MHz a conversion: 2 us
ADC_CS = 0x4004C000
ADC_FCS = 0x4004C008
ADC_FIFO = 0x4004C00C
ADC_DIV = 0x4004C010
CS_EN = 1
CS_START_MANY = 1 << 3
CS_ERR_STICKY = 1 << 10  # a conversion failed; written as 1 to clear
FCS_EN = 1
FCS_DREQ_EN = 1 << 3
FCS_UNDER = 1 << 10  # both written as 1 to clear
FCS_OVER = 1 << 11
FCS_LEVEL = 0xF << 16
FCS_THRESH_1 = 1 << 24

# 2.5.3.1, requests that pace a DMA channel
DREQ_PWM_WRAP0 = 24  # + number of the slice
DREQ_ADC = 36

# 4.5.3, PWM: eight slices of 0x14 bytes
PWM_BASE = 0x40050000
PWM_STRIDE = 0x14
PWM_CSR, PWM_DIV, PWM_CTR, PWM_CC, PWM_TOP = 0x00, 0x04, 0x08, 0x0C, 0x10
CSR_EN = 1
CSR_COUNT_FALLS = 3 << 4  # DIVMODE: the counter steps on falling edges of pin B
DIV_1 = 1 << 4  # whole part above four bits of fraction

# 2.19.6.1, IO_BANK0: eight bytes a pin, of which the second word is CTRL
IO_BANK0 = 0x40014000
FUNCTION_PWM = 4
OUTPUT_LOW = 2 << 8  # OUTOVER: low, whatever the function says

# 2.12.7, what reset the chip last; the watchdog is not among it
CHIP_RESET = 0x40064008
HAD_POWER_ON_RESET = 1 << 8  # or a brown-out
HAD_RUN_RESET = 1 << 16  # somebody pulled RUN, as a button does

# 4.7.6, watchdog
WATCHDOG_CTRL = 0x40058000
WATCHDOG_ENABLE = 1 << 30
WATCHDOG_SCRATCH0 = 0x4005800C  # 0 to 3 are free; they survive every reset but power-on
WATCHDOG_SCRATCH1 = 0x40058010
WATCHDOG_SCRATCH2 = 0x40058014


def slice_of(gpio: int) -> int:
    """The PWM slice of a pin; table 525."""
    return (gpio >> 1) & 7


def slice_address(gpio: int) -> int:
    """Where the registers of that slice begin."""
    return PWM_BASE + PWM_STRIDE * slice_of(gpio)


def ctrl_address(gpio: int) -> int:
    """The CTRL register of a pin."""
    return IO_BANK0 + 8 * gpio + 4
