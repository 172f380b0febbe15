"""What a coach has at hand beside the inbox: flags, ready-made answers, and words that were kept."""
