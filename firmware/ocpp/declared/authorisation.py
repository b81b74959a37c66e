"""Settings of who may charge."""

from ampkeeper.firmware.ocpp.makers import fixed, switch
from ampkeeper.firmware.ocpp.setting import Kind

LIST_ENTRIES_MAX, LIST_ITEMS_MAX, LIST_BYTES_MAX = 10_000, 1_000, 1_000_000

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
    fixed("AuthCacheCtrlr.Available", Kind.BOOLEAN, True, "There is an authorisation cache."),
    switch(
        "AuthCacheCtrlr.Enabled", True,
        "Whether tokens are remembered in the authorisation cache.", "AuthorizationCacheEnabled",
    ),
    fixed("LocalAuthListCtrlr.Available", Kind.BOOLEAN, True, "There is a local list."),
    switch(
        "LocalAuthListCtrlr.Enabled", True,
        "Whether the central system's list of tokens is taken and asked.", "LocalAuthListEnabled",
    ),
    fixed(
        "LocalAuthListCtrlr.Entries", Kind.INTEGER, LIST_ENTRIES_MAX,
        "Most tokens on the local list.", "LocalAuthListMaxLength",
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
