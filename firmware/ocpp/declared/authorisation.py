"""Settings of who may charge."""

from ampkeeper.firmware.ocpp.makers import fixed, switch
from ampkeeper.firmware.ocpp.setting import Kind

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
)  # fmt: skip
