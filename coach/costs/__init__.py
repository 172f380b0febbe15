"""What texts cost and how long an evening of them takes, before anybody is enrolled. Knows no database."""
