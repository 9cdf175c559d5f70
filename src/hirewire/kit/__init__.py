"""The floor everything stands on: clock, ids, money, refusals, facts; no I/O at all."""
