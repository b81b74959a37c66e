"""Fuse: for how long a protective device surely bears more than its rating. Pure.

Two devices. A fuse link of class gG: IEC 60269-1, Table 2 (conventional currents and times) and
Table 3 (gates). A miniature circuit-breaker of type B: IEC 60898-1, Table 7 (time-current
operating characteristics). Both tables say only at a few currents for how long a device must not
operate; between those, the time is taken on a straight line of the logarithms of both, as makers
draw it. Below the conventional non-operating current it is the conventional time, after which a
device is not tried any further: the answer is never more than that.
"""

import math
from itertools import pairwise

GG, MCB_B = "gG fuse", "B breaker"
KINDS = (GG, MCB_B)
HOUR_S = 3_600.0
INSTANT_S = 0.1

# IEC 60269-1 Table 2: up to this rating, A, the conventional time, h
GG_HOURS = ((63.0, 1.0), (160.0, 2.0), (400.0, 3.0), (math.inf, 4.0))
GG_NON_FUSING = 1.25  # of the rating, from 16 A on
# IEC 60269-1 Table 3: rating, least current that melts it in 10 s, and in 0.1 s, A
GG_GATES = (
    (16.0, 33.0, 85.0),
    (20.0, 42.0, 110.0),
    (25.0, 52.0, 150.0),
    (32.0, 75.0, 200.0),
    (40.0, 95.0, 260.0),
    (50.0, 125.0, 350.0),
    (63.0, 160.0, 450.0),
    (80.0, 215.0, 610.0),
    (100.0, 290.0, 820.0),
    (125.0, 355.0, 1_100.0),
    (160.0, 460.0, 1_450.0),
    (200.0, 610.0, 1_910.0),
    (250.0, 750.0, 2_590.0),
    (315.0, 1_050.0, 3_420.0),
    (400.0, 1_420.0, 4_500.0),
)
# IEC 60898-1 Table 7: multiples of the rating
MCB_HOURS = ((63.0, 1.0), (math.inf, 2.0))
MCB_NON_TRIPPING = 1.13
MCB_GATE, MCB_GATE_S = 2.55, 1.0  # it trips in more than 1 s
MCB_INSTANT = 3.0  # of type B: in more than 0.1 s


def bears_s(kind: str, rating_a: float, current_a: float) -> float:
    """Seconds for which a cold device surely does not operate; inf at its rating and below."""
    if current_a <= rating_a:
        return math.inf
    points = _gg(rating_a) if kind == GG else _mcb(rating_a)
    if current_a <= points[0][0]:
        return points[0][1]
    for (from_a, from_s), (to_a, to_s) in pairwise(points):
        if current_a <= to_a:
            part = math.log(current_a / from_a) / math.log(to_a / from_a)
            return math.exp(math.log(from_s) + part * math.log(to_s / from_s))
    return 0.0


def _gg(rating_a: float) -> tuple[tuple[float, float], ...]:
    """Current and time of each point that the standard sets.

    Of a rating that is not in the table, that of the next smaller one, in proportion; of one
    below the smallest, a breaker is the stricter measure.
    """
    known = [row for row in GG_GATES if row[0] <= rating_a]
    if not known:
        return _mcb(rating_a)
    row_a, ten_a, tenth_a = known[-1]
    by = rating_a / row_a
    return (
        (GG_NON_FUSING * rating_a, _conventional_s(GG_HOURS, rating_a)),
        (ten_a * by, 10.0),
        (tenth_a * by, INSTANT_S),
    )


def _mcb(rating_a: float) -> tuple[tuple[float, float], ...]:
    return (
        (MCB_NON_TRIPPING * rating_a, _conventional_s(MCB_HOURS, rating_a)),
        (MCB_GATE * rating_a, MCB_GATE_S),
        (MCB_INSTANT * rating_a, INSTANT_S),
    )


def _conventional_s(hours: tuple[tuple[float, float], ...], rating_a: float) -> float:
    return next(each for most_a, each in hours if rating_a <= most_a) * HOUR_S
