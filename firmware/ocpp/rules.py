"""Rules: in which words each OCPP version complains about a frame or a payload."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """In which words a version complains."""

    subprotocol: str
    format_error: str
    occurrence_error: str
    shape_error: str
    replay_error: str
    answers_unreadable: bool  # 1.6 has no id for it, so says nothing
    has_send: bool
    rounds_decimals: bool


RULES = {
    "ocpp1.6": Rules(
        subprotocol="ocpp1.6",
        format_error="FormationViolation",
        occurrence_error="OccurenceConstraintViolation",  # the standard's own spelling
        shape_error="FormationViolation",
        replay_error="GenericError",
        answers_unreadable=False,
        has_send=False,
        rounds_decimals=True,
    ),
    **{
        name: Rules(
            subprotocol=name,
            format_error="FormatViolation",
            occurrence_error="OccurrenceConstraintViolation",
            shape_error="RpcFrameworkError",
            replay_error="RpcFrameworkError",
            answers_unreadable=True,
            has_send=name == "ocpp2.1",
            rounds_decimals=False,
        )
        for name in ("ocpp2.0.1", "ocpp2.1")
    },
}
