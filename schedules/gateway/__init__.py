"""The way out to a phone: the protocol of a gateway, the simulated ones, Twilio, and what its codes mean.

Knows no database and no participant. Only this package knows Twilio's SDK.
"""
