"""Settings of what is sampled, and when."""

from ampkeeper.firmware.ocpp.makers import fixed, measurands, number, switch
from ampkeeper.firmware.ocpp.samples import MEASURANDS_ALLOWED
from ampkeeper.firmware.ocpp.setting import Kind, Setting

DAY_S = 86_400

METERING = (
    fixed("SampledDataCtrlr.Available", Kind.BOOLEAN, True, "Sampled data is supported."),
    number(
        "SampledDataCtrlr.TxUpdatedInterval", 60, 0, DAY_S, "s",
        "Time between samples during a transaction, from its start; 0 is off.",
        "MeterValueSampleInterval",
    ),
    measurands(
        "SampledDataCtrlr.TxUpdatedMeasurands",
        "What is sampled during a transaction.", "MeterValuesSampledData",
    ),
    measurands("SampledDataCtrlr.TxStartedMeasurands", "What goes with a transaction's start."),
    measurands(
        "SampledDataCtrlr.TxEndedMeasurands",
        "What goes with a transaction's end, as measured at its start and its end.",
        "StopTxnSampledData",
    ),
    number(
        "SampledDataCtrlr.TxEndedInterval", 0, 0, DAY_S, "s",
        "Time between samples that go with a transaction's end; 0: only its start and its end.",
    ),
    switch(
        "SampledDataCtrlr.SignReadings", False,
        "Whether the begin and the end of a transaction go with what the meter signed; there is"
        " no such variable where none signs.",
    ),
    fixed(
        "SampledDataCtrlr.RegisterValuesWithoutPhases", Kind.BOOLEAN, True,
        "Energy registers are totals over all phases.",
    ),
    fixed("AlignedDataCtrlr.Available", Kind.BOOLEAN, True, "Clock-aligned data is supported."),
    number(
        "AlignedDataCtrlr.Interval", 0, 0, DAY_S, "s",
        "Time between clock-aligned samples, counted from midnight UTC; 0 is off.",
        "ClockAlignedDataInterval",
    ),
    measurands(
        "AlignedDataCtrlr.Measurands", "What is sampled clock-aligned.", "MeterValuesAlignedData",
    ),
    Setting(
        name="AlignedDataCtrlr.TxEndedMeasurands", key="StopTxnAlignedData",
        kind=Kind.MEMBERS, default=(), allowed=MEASURANDS_ALLOWED,
        help="More of what goes with a transaction's end, as measured at its start and its end.",
    ),
    number(
        "AlignedDataCtrlr.TxEndedInterval", 0, 0, DAY_S, "s",
        "Time between clock-aligned samples that go with a transaction's end; 0: none do.",
    ),
    switch(
        "AlignedDataCtrlr.SendDuringIdle", False,
        "Whether clock-aligned samples are sent only while no transaction runs at the station.",
    ),
)  # fmt: skip
