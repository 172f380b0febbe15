"""Who hears what, when, and whether it arrived.

This room needs a clock or a phone line. It owns participants, consent, decisions, check-ins, the outbox, the gateway
to Twilio and the scheduler. It may import `content`; it knows nothing of `coach`, Flask or a browser.
"""
