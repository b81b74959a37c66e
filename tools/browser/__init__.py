"""Browser: a real Chromium for the tests of the page."""
