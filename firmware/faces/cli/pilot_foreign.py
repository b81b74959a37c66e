"""Pilot foreign: names that objects of MicroPython have, which no step may change.

What CPython's own types and the modules that a pilot board imports have, asked of CPython; and
what only MicroPython has, listed here from its documentation for the RP2 port, 1.24 to 1.27.
"""

import array
import binascii
import gc
import hashlib
import io
import os
import struct
import sys
import time

_HERE = (array, binascii, gc, hashlib, io, os, struct, sys, time)
_TYPES: tuple[object, ...] = (
    array.array("B"),
    BaseException(),
    OSError(),
    False,
    b"",
    bytearray(),
    {},
    {}.items(),
    set[int](),
    frozenset[int](),
    [],
    (),
    0.0,
    memoryview(b""),
    object(),
    range(0),
    "",
    type,
    _HERE,
    hashlib.sha256(),
    io.BytesIO(),
    io.StringIO(),
    (each for each in (0,)),
    print,
    (lambda: None),
)
# fmt: off
_MICROPYTHON = """
    ADC CORE_TEMP CORE_VREF CORE_VBAT CORE_VREFINT VREF read_u16 read_uv atten width block
    BitStream bitstream DHT I2C I2CTarget I2S Pin PWM RTC SD SDCard SPI Signal SoftI2C SoftSPI
    Timer UART USBDevice WDT
    PWRON_RESET HARD_RESET WDT_RESET DEEPSLEEP_RESET SOFT_RESET reset reset_cause soft_reset
    bootloader freq idle lightsleep deepsleep sleep wake_reason unique_id time_pulse_us
    rng disable_irq enable_irq mem8 mem16 mem32 dht_readinto
    IN OUT OPEN_DRAIN ALT ALT_OPEN_DRAIN ANALOG ALT_SPI ALT_UART ALT_I2C ALT_PWM ALT_SIO ALT_PIO0
    ALT_PIO1 ALT_GPCK ALT_USB ALT_HSTX ALT_XIP_CS1 ALT_PIO2 ALT_UART_AUX
    PULL_UP PULL_DOWN PULL_HOLD PULL_NONE DRIVE_0 DRIVE_1 DRIVE_2 DRIVE_3
    IRQ_FALLING IRQ_RISING IRQ_LOW_LEVEL IRQ_HIGH_LEVEL IRQ_RXIDLE IRQ_TXIDLE IRQ_BREAK IRQ_RX
    init deinit value low high on off toggle mode pull drive irq alt af board cpu debug dict mapper
    names gpio af_list
    duty duty_u16 duty_ns freq invert
    any read readinto readline write sendbreak txdone flush baudrate RTS CTS INV_TX INV_RX
    scan start stop readfrom readfrom_into writeto writevto readfrom_mem readfrom_mem_into
    writeto_mem MSB LSB CONTROLLER PERIPHERAL write_readinto
    ONE_SHOT PERIODIC callback counter period source_freq datetime now alarm alarm_left
    cancel memory calibration feed timeout_ms shift
    PIO StateMachine PIOASMError DMA Flash asm_pio asm_pio_encode bootsel_button country
    IN_LOW IN_HIGH OUT_LOW OUT_HIGH SHIFT_LEFT SHIFT_RIGHT JOIN_NONE JOIN_TX JOIN_RX
    IRQ_SM0 IRQ_SM1 IRQ_SM2 IRQ_SM3 add_program remove_program state_machine gpio_base
    active restart exec get put rx_fifo tx_fifo
    config count ctrl pack_ctrl unpack_ctrl read_addr write_addr registers channel close
    readblocks writeblocks ioctl
    const opt_level alloc_emergency_exception_buf mem_info qstr_info stack_use heap_lock
    heap_unlock heap_locked kbd_intr schedule native viper asm_thumb RingIO ringbuffer
    ticks_ms ticks_us ticks_cpu ticks_add ticks_diff sleep_ms sleep_us gmtime localtime mktime
    mem_alloc mem_free threshold collect isenabled enable disable
    ilistdir mount umount statvfs dupterm dupterm_notify urandom sync
    VfsFat VfsLfs1 VfsLfs2 VfsPosix
    acquire locked release poll ipoll modify register unregister connect stall submit_xfer
    remote_wakeup mem_backup trigger IDLE DEEPSLEEP RX TX MONO STEREO IRQ_END_READ IRQ_END_WRITE
    print_exception implementation platform modules path argv exit stdin stdout stderr buffer
    hexlify unhexlify crc32 a2b_base64 b2a_base64 digest hexdigest update sha256 sha1 md5
    append extend decode encode
"""
# fmt: on
FOREIGN = frozenset(
    {name for each in (*_HERE, *_TYPES) for name in dir(each)} | {*_MICROPYTHON.split()}
)
