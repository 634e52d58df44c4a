"""A load generator: sends made-up contacts by every way, and keeps its own ledger of them."""
