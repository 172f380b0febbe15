"""The way out to phones: the gateway protocol, the simulated gateways, Twilio, and the meaning of its error codes.

Knows no database and no participant. Only this package knows Twilio's SDK.
"""
