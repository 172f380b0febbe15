"""Mail to coaches: queued in the database, handed to the SMTP server, settled by what it said; and the digests."""
