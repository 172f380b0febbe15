"""The people behind the accounts: what their colleagues call them, and when they are on leave."""
