"""The face over MQTT: state, commands, and what Home Assistant needs to find them."""
