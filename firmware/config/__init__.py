"""Configuration: one TOML file, read into frozen values or refused with every problem named."""

from ampkeeper.firmware.config.load import Checkers, load, parse
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.problems import ConfigError, Problem

__all__ = ["Checkers", "Config", "ConfigError", "Problem", "load", "parse"]
