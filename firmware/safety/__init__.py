"""Ring 1: decides whether the contactor may close, and opens it. Runs on both interpreters."""
