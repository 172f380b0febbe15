"""Decide what to do with an inbound text: `respond` has the order of the rules, the others one matter each. Pure."""
