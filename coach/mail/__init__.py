"""Mail to coaches: digests, reminders and pages, queued in the database and sent through an SMTP server."""
