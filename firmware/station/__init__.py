"""Where the slices meet: sessions, authorisation, limits, metering and the books."""
