"""[update]: whose software the station takes, and when it counts as good."""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import (
    boolean,
    file,
    integer,
    number,
    text,
    texts,
)
from ampkeeper.firmware.config.model_energy import CLOCK, CLOCK_WORDS, DAYS, END


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """New software for the station."""

    enabled: bool = boolean("false: nobody can install new software.", default=True)
    installer: str = text(
        "How software is replaced: the application, in two folders; or the whole system of the "
        "machine, by rauc.",
        default="folders",
        choices=("folders", "rauc"),
    )
    factory_file: str = file(
        "What came with the machine, by `ampkeeper image factory`: its board, its security counter "
        "and the roots that are believed; left out: no image is."
    )
    allow_unsigned_orders: bool = boolean(
        "true: the central system may order updates without an OCPP signature too, for images "
        "that the maker signed, unless it sets UnsignedUpdateAllowed to false; it cannot allow "
        "them by itself.",
        default=False,
    )
    confirm_within_s: float = number(
        "By then all pilot boards have answered and no self-test has failed, or the software "
        "before starts again.",
        unit="s",
        low=30.0,
        high=3_600.0,
        default=120.0,
    )
    csms_within_s: float = number(
        "How long new software waits for the central system; then it counts as good without.",
        unit="s",
        low=0.0,
        high=86_400.0,
        default=600.0,
    )
    install_begin: str = text(
        'When new software may begin to be installed, in local time, such as "01:00"; left out: at '
        "any time. A time that the central system names is kept to, hours or not.",
        default="",
        pattern=CLOCK + "|",
        words=CLOCK_WORDS,
    )
    install_end: str = text(
        'When it may begin no more; "24:00" is the end of the day. What waits for cars by then '
        "goes on to wait.",
        default="",
        pattern=END + "|",
        words=CLOCK_WORDS,
    )
    install_days: tuple[str, ...] = texts(
        "Days on which those hours begin.", default=DAYS, count_min=1, count_max=7, choices=DAYS
    )
    download_within_s: int = integer(
        "All attempts to fetch an update, and the waits between them, together.",
        unit="s",
        low=600,
        high=604_800,
        default=86_400,
    )
    stick_folder: str = text(
        "Folder in which images (NAME.image) are looked for, such as where USB sticks are mounted; "
        "left out: nowhere. What the maker signed for this station is installed without an order.",
        default="",
        pattern=r"(/[^\x00-\x1f\x7f]*)?",
        words="an absolute path",
    )
