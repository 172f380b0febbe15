"""What a browser or Twilio sees: the webhooks, the health pages, the coach's pages, the demo's phone."""

LARGEST_REQUEST = 1_000_000
