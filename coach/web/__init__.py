"""What a browser or Twilio sees: the webhooks, the health pages, the coach's pages, the demo's phone."""
