"""Every setting that OCPP may see, declared once: name, 1.6 key, range, default, one line of help.

A setting stands here only if this firmware obeys it. OCPP 1.6 §9: an optional key that is absent
says that the function is absent; so no BlinkRepeat and LightIntensity: the lights
tell states, and cannot be dimmed. SETTINGS.md is generated from these pages.
"""

from ampkeeper.firmware.ocpp.declared.authorisation import AUTHORISATION
from ampkeeper.firmware.ocpp.declared.charging import LIMITS, SMART_CHARGING
from ampkeeper.firmware.ocpp.declared.communication import COMMUNICATION
from ampkeeper.firmware.ocpp.declared.device import DEVICE
from ampkeeper.firmware.ocpp.declared.display import DISPLAY
from ampkeeper.firmware.ocpp.declared.hardware import PARTS
from ampkeeper.firmware.ocpp.declared.metering import METERING
from ampkeeper.firmware.ocpp.declared.monitoring import MONITORING
from ampkeeper.firmware.ocpp.declared.network import NETWORK
from ampkeeper.firmware.ocpp.declared.only_16 import ONLY_16
from ampkeeper.firmware.ocpp.declared.plug_and_charge import PLUG_AND_CHARGE
from ampkeeper.firmware.ocpp.declared.prices import PRICES
from ampkeeper.firmware.ocpp.declared.resumption import RESUMPTION
from ampkeeper.firmware.ocpp.declared.route import ROUTE
from ampkeeper.firmware.ocpp.declared.security import SECURITY
from ampkeeper.firmware.ocpp.declared.tariffs import TARIFFS
from ampkeeper.firmware.ocpp.declared.transaction import TRANSACTION
from ampkeeper.firmware.ocpp.declared.transfer import TRANSFER
from ampkeeper.firmware.ocpp.declared.web_payment import WEB_PAYMENT

SETTINGS = (
    COMMUNICATION
    + NETWORK
    + ROUTE
    + AUTHORISATION
    + TRANSACTION
    + RESUMPTION
    + LIMITS
    + SMART_CHARGING
    + METERING
    + MONITORING
    + SECURITY
    + TRANSFER
    + DISPLAY
    + TARIFFS
    + DEVICE
    + PARTS
    + PRICES
    + WEB_PAYMENT
    + PLUG_AND_CHARGE
    + ONLY_16
)
