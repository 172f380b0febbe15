"""The participant's own page, opened by a link that was texted to them: without a password, without script."""
