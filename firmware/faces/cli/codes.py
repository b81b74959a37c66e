"""Exit codes: what a script can rely on."""

OK = 0
NO = 1
BAD_USAGE = 2  # argparse uses the same
NOT_REACHABLE = 3
NOT_THERE = 4

HELP = """\
exit codes:
  0  done
  1  the answer is no, or it failed
  2  wrong usage, or a configuration with problems: nothing was started
  3  no station answers in the state folder
  4  the fault that was to be cleared is not there
"""
