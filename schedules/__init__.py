"""Who gets which text, when, and whether it arrived.

Owns participants, consent, decisions, check-ins, the outbox, the Twilio gateway and the scheduler. May import
`content`; knows nothing of `coach`, Flask or a browser.
"""
