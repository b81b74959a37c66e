"""Settings of who may charge."""

from ampkeeper.firmware.ocpp.makers import counted, fixed, number, switch
from ampkeeper.firmware.ocpp.setting import Kind, Setting

LIST_ENTRIES_MAX, LIST_ITEMS_MAX, LIST_BYTES_MAX = 10_000, 1_000, 1_000_000
LIFE_S_MAX = 365 * 86_400

AUTHORISATION = (
    switch(
        "AuthCtrlr.AuthorizeRemoteStart", False,
        "Whether a token of a remote start is authorised first, as a card would be.",
        "AuthorizeRemoteTxRequests",
    ),
    switch(
        "AuthCtrlr.LocalAuthorizeOffline", True,
        "Whether a token known here starts while the central system is away.",
        "LocalAuthorizeOffline",
    ),
    switch(
        "AuthCtrlr.LocalPreAuthorize", False,
        "Whether a token known here starts without asking the central system.",
        "LocalPreAuthorize",
    ),
    switch(
        "AuthCtrlr.OfflineTxForUnknownIdEnabled", False,
        "Whether an unknown token starts while the central system is away.",
        "AllowOfflineTxForUnknownId",
    ),
    switch(
        "AuthCtrlr.DisableRemoteAuthorization", False,
        "Whether the local list and the cache alone decide: the central system is never asked.",
    ),
    fixed("AuthCacheCtrlr.Available", Kind.BOOLEAN, True, "There is an authorisation cache."),
    switch(
        "AuthCacheCtrlr.Enabled", True,
        "Whether tokens are remembered in the authorisation cache.", "AuthorizationCacheEnabled",
    ),
    number(
        "AuthCacheCtrlr.LifeTime", 0, 0, LIFE_S_MAX, "s",
        "How long a token is remembered after its last use if nothing is said of it; 0: for good.",
    ),
    switch(
        "AuthCacheCtrlr.DisablePostAuthorize", False,
        "Whether a token remembered as not accepted is refused without asking anew.",
    ),
    Setting(
        name="AuthCtrlr.MasterPassGroupId", kind=Kind.TEXT, default="", highest=36,
        help="Tokens of this group stop every transaction and start none; empty: there are none.",
    ),
    fixed("LocalAuthListCtrlr.Available", Kind.BOOLEAN, True, "There is a local list."),
    switch(
        "LocalAuthListCtrlr.Enabled", True,
        "Whether the central system's list of tokens is taken and asked.", "LocalAuthListEnabled",
    ),
    fixed("ReservationCtrlr.Available", Kind.BOOLEAN, True, "EVSEs can be reserved."),
    switch(
        "ReservationCtrlr.Enabled", True, "Whether the central system may reserve an EVSE.",
    ),
    fixed(
        "ReservationCtrlr.NonEvseSpecific", Kind.BOOLEAN, True,
        "A reservation need not name an EVSE: any that is free then, or of a connector type.",
    ),
    switch(
        "LocalAuthListCtrlr.DisablePostAuthorize", False,
        "Whether a token listed as not accepted is refused without asking the central system.",
    ),
    fixed(
        "LocalAuthListCtrlr.SupportsExpiryDateTime", Kind.BOOLEAN, True,
        "A listed token is no longer let in from its expiry on.",
    ),
    counted(
        "LocalAuthListCtrlr.Entries", LIST_ENTRIES_MAX,
        "Tokens on the local list; for 1.6 the most there can be.", "LocalAuthListMaxLength",
    ),
    fixed(
        "LocalAuthListCtrlr.ItemsPerMessage", Kind.INTEGER, LIST_ITEMS_MAX,
        "Most tokens of one SendLocalList request.", "SendLocalListMaxLength",
    ),
    fixed(
        "LocalAuthListCtrlr.BytesPerMessage", Kind.INTEGER, LIST_BYTES_MAX,
        "Longest SendLocalList request.",
    ),
)  # fmt: skip
