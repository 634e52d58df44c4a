"""Whether everything that was accepted is there, once, in order and told: ledger, system, sink."""
