"""An evening on which everything dies: workers, the provider's answers, the database."""
