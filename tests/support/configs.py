"""Configurations that more than one folder of tests starts from."""

FREE = """
[station]
vendor = "Ampkeeper"
model = "Emulated"
serial = "AK-0001"
[board]
name = "emulated"
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = 32
phases = 3
socket = true
"""  # one emulated socket that charges whoever plugs in; no central system
