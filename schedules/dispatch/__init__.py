"""From the outbox to the carrier and back: claim, hand over, record, receive receipts, reconcile.

Nothing here may send a text twice: a claim is renewed just before its request is sent. `rate_limit` and
`provider_match` are pure.
"""
