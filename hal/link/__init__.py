"""The link between station and ring 1: frames, messages, and both ends of the talk."""
